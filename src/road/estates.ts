/**
 * The remotes of a stack, by number and by name, and their way to and from the keep. What is in memory
 * and what is on disk change together.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { assert, RaetError } from "../base/errors.ts";
import { HALF_OPEN_JOINS_MAX, REMOTES_MAX, ROLES_MAX } from "../base/limits.ts";
import { isSameOrNewer, nextSerial } from "../base/serial.ts";
import type { LocalRecord, RemoteRecord, RemoteRole } from "../keep/records.ts";
import { Claims } from "./claims.ts";
import { Proofs } from "./proofs.ts";
import { Peer } from "./peer.ts";
import type { PeerLinks } from "./peer_links.ts";
import {
  isElsewhere,
  type JoinNews,
  type Proposal,
  recordOf,
  sameAll,
  sameKeys,
  sameSession,
} from "./proposal.ts";
import { Remote } from "./remote.ts";
import type { Road } from "./road.ts";
import { Roles } from "./roles.ts";

/** All remotes that we are joined with. */
export class Estates {
  readonly byUid: Map<number, Peer> = new Map<number, Peer>();
  readonly byName: Map<string, Peer> = new Map<string, Peer>();
  /** The keys of their roles. */
  readonly roles: Roles;
  /** Proofs that are asked for. */
  readonly proofs: Proofs;
  /** Remotes that joined and never showed that they hold their keys, oldest first. */
  readonly #unproven = new Set<Peer>();
  /** Since when their names and roles wait for that. */
  readonly #claims = new Claims();
  #local: LocalRecord | null;
  #lastUid: number;

  constructor(private readonly road: Road, private readonly links: PeerLinks<Peer>) {
    this.proofs = new Proofs(road);
    this.#local = road.keep.loadLocal();
    this.#lastUid = Math.max(this.#local?.lastUid ?? 0, road.local.uid);
    this.roles = new Roles(road);
    for (const record of this.#recorded()) this.#load(record);
  }

  /** Who is at an address: of several the one that showed its keys, and was heard of last. */
  at(address: Address): Peer | null {
    const [known] = this.allAt(address).sort((a, b) =>
      Number(b.remote.proven) - Number(a.remote.proven) ||
      Number(b.presence.heardAt > a.presence.heardAt) -
        Number(a.presence.heardAt > b.presence.heardAt)
    );
    return known ?? null;
  }

  /** All that are on record at an address. */
  allAt(address: Address): Peer[] {
    return [...this.byUid.values()].filter(({ remote }) => sameAddress(remote.address, address));
  }

  /** Our next number for a remote: one that is not in use. */
  nextUid(): number {
    do this.#lastUid = nextSerial(this.#lastUid); while (
      this.byUid.has(this.#lastUid) || this.#lastUid === this.road.local.uid
    );
    return this.#lastUid;
  }

  /** Writes a remote's record and our facts about it. */
  save(peer: Peer): void {
    if (peer.remote.proven) this.#shown(peer);
    this.#write(peer.remote);
  }

  /** It showed that it holds its keys. */
  #shown(peer: Peer): void {
    this.roles.shown(peer);
    if (this.#unproven.delete(peer)) this.#claims.settle(peer.remote);
  }

  /** An operator decided about the keys of a role. On disk when this returns. */
  decide(record: RemoteRole): void {
    const wasUnseen = this.roles.isUnseen(record.role);
    this.roles.save(record);
    if (!wasUnseen) return;
    for (const peer of this.roles.bearers(record.role)) this.saveOrLater(peer);
  }

  /** @param record as it has to be on disk */
  #write(remote: Remote, record: RemoteRecord = remote.record()): void {
    const { keep } = this.road;
    const { hinted, proven, addressProven: reached, identity } = remote;
    const knows = this.road.identities.lastStep ? identity.fingerprint : "";
    const facts = keep.loadPeer(remote.name);
    const unseen = !proven && this.roles.isUnseen(remote.role);
    const now = { hinted, proven, reached, knows, unseen };
    const same = facts?.hinted === hinted && facts.proven === proven &&
      facts.reached === reached && facts.knows === knows && facts.unseen === unseen;
    if (!same) keep.savePeer(remote.name, now);
    keep.saveRemote(record);
    remote.sessionIdUnsaved = false;
  }

  /**
   * The same for what changes in the middle of a session: a disk that is full must not stop it half
   * way. Should we crash before it is written, the far side has seen a later number of ours than we
   * know of, says so, and we go on past it.
   */
  saveOrLater(peer: Peer, onUnsaved?: (error: RaetError) => void): void {
    try {
      this.save(peer);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      // The next packet that begins something tries again.
      peer.remote.sessionIdUnsaved = true;
      this.road.counters.add("records_unsaved");
      onUnsaved?.(error);
    }
  }

  /**
   * Whether a join would change what is on record of a remote that proved its keys, or by which of our
   * keys it knows us; or lead us away from where our operator said that one is which did not yet.
   */
  needsProof(target: Peer | null, proposal: Proposal): target is Peer {
    if (!this.road.settings.wary || target === null) return false;
    if (!target.remote.proven) return !proposal.byUs && isElsewhere(target, proposal);
    return !sameAll(target.remote, proposal) || target.remote.identity !== proposal.shown;
  }

  /**
   * Finds out whether a join that would change what is on record of a remote is by whoever holds the keys
   * that it names. One that changes nothing needs no proof, nor does one of a stranger that never proved anything.
   *
   * @param report called once, perhaps before this returns
   */
  prove(target: Peer | null, proposal: Proposal, report: (isProven: boolean) => void): void {
    if (!this.needsProof(target, proposal)) return report(true);
    if (target.remote.sessionIdUnsaved) this.saveOrLater(target);
    const isOnRecord = () => this.byUid.get(target.remote.nearUid) === target;
    this.proofs.begin(target.remote, proposal, (isProven) => report(isProven && isOnRecord()));
  }

  /**
   * A join completed: makes a remote of it, or brings the one on record up to date, if what is on record
   * by now has nothing against it. On disk when this returns; if it throws nothing has changed but perhaps
   * the keys of the role.
   *
   * @returns the remote and what changed; a clause if nothing comes of it. The caller tells the peer once
   * it has sent what has to be sent first.
   * @throws {RaetError} `bad_config` if it can't be written
   */
  establish(
    proposal: Proposal,
    target: Peer | null,
  ): { readonly peer: Peer; readonly news: JoinNews } | string {
    const named = this.byName.get(proposal.name);
    if (named && named !== target) return "another took its name";
    // An operator, or another join, may have said something about the role since it was answered.
    const { verdict, record: role, why } = this.roles.judge(proposal, target);
    if (verdict !== "accepted") return why;
    if (!this.#hasRoomFor(role) || target === null && !this.#makeRoom()) {
      this.road.counters.add("remote_limit");
      return "there is no room for one more";
    }
    const changed = target !== null && !sameSession(target.remote, proposal);
    const isNews = target === null || !target.remote.joined;
    const write = (remote: Remote, at?: RemoteRecord) => {
      if (!role) return this.#write(remote, at);
      this.roles.take(role, proposal, remote.proven, () => this.#write(remote, at));
    };
    const peer = target
      ? this.#update(target, proposal, changed, write)
      : this.#add(proposal, write);
    const { remote } = peer;
    if (proposal.byUs) peer.sought = true;
    // Perhaps it has left the address whose pin was against it.
    peer.rejected = false;
    // Where keys are accepted whatever an operator said of them, what was said is over now.
    const bearers = role ? this.roles.bearers(role.role) : [];
    for (const bearer of bearers) this.roles.checkPin(bearer);
    if (remote.proven) this.#shown(peer);
    else {
      const isUnseen = this.roles.isUnseen(remote.role);
      const since = this.#claims.claim(remote, isUnseen, this.road.now);
      peer.joinedAt = Math.min(target?.joinedAt ?? since, since);
      this.#unproven.add(peer);
    }
    return { peer, news: { changed, isNews, isStranger: !remote.proven && !proposal.byUs } };
  }

  /** Forgets a remote, with its record; the keys of its role stay. */
  remove(peer: Peer, why: string): void {
    // Where there is no session to end our owner has to hear of it, too: something may wait for one.
    if (!peer.ready) peer.emit("unready", { why });
    peer.endSession(why);
    peer.outbox.failAll("rejected", why);
    peer.dispose();
    this.byUid.delete(peer.remote.nearUid);
    this.byName.delete(peer.remote.name);
    this.roles.leave(peer);
    this.#unproven.delete(peer);
    this.road.keep.removeRemote(peer.remote.name);
  }

  #add(proposal: Proposal, write: (remote: Remote) => void): Peer {
    const keys = this.roles.keysOf(proposal);
    const remote = new Remote(recordOf(proposal), keys, proposal.shown, true);
    remote.proven = remote.addressProven = false;
    remote.hinted = proposal.hinted;
    this.#join(remote, proposal, true);
    this.#saveLocal();
    try {
      write(remote);
    } catch (error) {
      this.#tidy(() => this.road.keep.removeRemote(remote.name));
      throw error;
    }
    return this.#register(remote);
  }

  #update(
    peer: Peer,
    proposal: Proposal,
    changed: boolean,
    write: (remote: Remote, at?: RemoteRecord) => void,
  ): Peer {
    const { remote } = peer;
    const before = { ...remote };
    this.#change(remote, proposal);
    try {
      this.#join(remote, proposal, changed);
      this.#saveLocal();
      if (remote.role !== before.role) {
        this.#tidy(() => this.roles.unlinkUnseen(before.role, peer));
      }
      write(remote, proposal.name === before.name ? undefined : renamed(remote));
    } catch (error) {
      // What is on disk by now is written over with what is so.
      Object.assign(remote, before, { sessionIdUnsaved: true });
      throw error;
    }
    if (remote.nearUid !== before.nearUid) {
      this.byUid.delete(before.nearUid);
      this.byUid.set(remote.nearUid, peer);
    }
    if (remote.role !== before.role) {
      this.roles.leave(peer, before.role);
      this.roles.enter(peer);
      this.#tidy(() => this.roles.dropUnseen(before.role));
    }
    if (remote.name !== before.name) {
      this.byName.delete(before.name);
      this.byName.set(remote.name, peer);
      const why = `it is called "${remote.name}" now`;
      this.road.emitState("unready", before.name, before.role, before.address, { why });
      this.#tidy(() => this.road.keep.removeRemote(before.name));
    }
    return peer;
  }

  /** Removes what is of no use any more: a disk that fails at that must not undo what was written. */
  #tidy(remove: () => void): void {
    try {
      remove();
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.road.counters.add("records_unsaved");
    }
  }

  /** A remote as a proposal has it, in memory. */
  #change(remote: Remote, proposal: Proposal): void {
    // Whether it is one of ours an unsigned body says only of who showed no key, or shows others.
    if (!remote.proven || !sameKeys(remote, proposal)) remote.hinted = proposal.hinted;
    else if (proposal.signed) remote.hinted = true;
    if (!sameKeys(remote, proposal)) {
      // One that was proven has shown these, too (`prove`).
      remote.keys = this.roles.keysOf(proposal);
      remote.farSessionId = 0;
    }
    if (!sameAddress(remote.address, proposal.address)) remote.addressProven = false;
    // Who numbers us anew has made a new record of us: it counts its sessions anew, too.
    if (remote.farUid !== proposal.farUid) remote.farSessionId = 0;
    const { name, nearUid, farUid, role, main, kind, address, shown: identity } = proposal;
    Object.assign(remote, { name, nearUid, farUid, role, main, kind, address, identity });
  }

  /** A remote is joined. @param isNew whether no session holds from before */
  #join(remote: Remote, proposal: Proposal, isNew: boolean): void {
    remote.skipTransactionIds(proposal.lastTransactionId);
    Object.assign(remote, { joined: true, joinPending: false, rejectedKeys: null });
    if (remote.sessionId === 0) remote.sessionId = this.road.firstSessionId(0);
    if (proposal.vacuous) {
      // The far side may count its sessions anew; while there is a session they can't restart.
      if (remote.session && !isNew) remote.farSessionMayRestart = true;
      else remote.farSessionId = 0;
    }
    // Who joined us may have made its address up; the one that we joined at was named to us.
    if (proposal.byUs) remote.addressProven = true;
  }

  #register(remote: Remote): Peer {
    assert(!this.byUid.has(remote.nearUid), "a number names one remote");
    assert(!this.byName.has(remote.name), "a name names one remote");
    const peer = new Peer(this.road, remote, this.links);
    this.byUid.set(remote.nearUid, peer);
    this.byName.set(remote.name, peer);
    this.roles.enter(peer);
    return peer;
  }

  /** What the keep holds; of a remote that a crash left there under two names only the newer record. */
  #recorded(): Iterable<RemoteRecord> {
    const { keep } = this.road;
    const records = new Map<number, RemoteRecord>();
    for (const record of keep.remotes()) {
      const other = records.get(record.nearUid);
      if (other && other.sessionId === record.sessionId) continue;
      const isNewer = !other || isSameOrNewer(record.sessionId, other.sessionId);
      if (isNewer) records.set(record.nearUid, record);
      if (other) this.#tidy(() => keep.removeRemote((isNewer ? other : record).name));
    }
    return records.values();
  }

  /** A remote of the keep. One whose role has no keys on record can't be believed: it joins again. */
  #load(record: RemoteRecord): void {
    const role = this.roles.records.get(record.role);
    const facts = this.road.keep.loadPeer(record.name);
    if (!role || record.farUid === 0) {
      this.road.counters.add("records_without_keys");
      // Half written: what it says of keys is not about those that come for its role later.
      if (facts?.unseen) this.#tidy(() => this.road.keep.removeRemote(record.name));
      return;
    }
    const identity = this.road.identities.knownBy(facts?.knows ?? "");
    const remote = new Remote(record, this.roles.loadedKeys(role), identity, true);
    // Without facts of ours it comes from a reference's keep, or from a time before a session.
    remote.proven = record.joined && facts?.proven !== false;
    remote.hinted = facts?.hinted === true;
    remote.addressProven = facts?.reached ?? remote.proven;
    remote.sessionId = this.road.firstSessionId(record.sessionId);
    // Written when it is used: a start doesn't write a file for each of a thousand idle remotes.
    remote.sessionIdUnsaved = true;
    // As a reference leaves it whose operator took the acceptance back: it joins again, and waits.
    if (role.acceptance === "pending") remote.joined = false;
    const peer = this.#register(remote);
    peer.rejected = role.acceptance === "rejected";
    if (remote.proven) this.roles.shown(peer);
    else if (facts?.unseen) this.roles.loadUnseen(peer);
    // Who is not main was joined by nobody.
    if (!this.road.local.main) remote.addressProven = true;
    if (!remote.proven) this.#unproven.add(peer);
    this.#lastUid = Math.max(this.#lastUid, record.nearUid);
  }

  #saveLocal(): void {
    if (!this.#local || this.#local.lastUid >= this.#lastUid) return;
    const local = { ...this.#local, lastUid: this.#lastUid };
    this.road.keep.saveLocal(local);
    this.#local = local;
  }

  /** Strangers that never proved anything give way to others, so that nobody can fill the road. */
  #makeRoom(): boolean {
    if (this.#unproven.size < HALF_OPEN_JOINS_MAX && this.byUid.size < REMOTES_MAX) return true;
    // Whom we look for ourselves is nobody's to crowd out: nobody would look again.
    for (const oldest of this.#unproven) {
      if (oldest.sought) continue;
      const { role } = oldest.remote;
      this.roles.unlinkUnseen(role, oldest);
      this.remove(oldest, "it never showed that it holds its keys");
      this.roles.dropUnseen(role);
      return true;
    }
    return false;
  }

  /** An estate that proved its keys may go from role to role, and each keeps what was accepted for it. */
  #hasRoomFor(role: RemoteRole | null): boolean {
    const { records } = this.roles;
    return role === null || records.has(role.role) || records.size < ROLES_MAX;
  }
}

/**
 * The record of a remote under a new name. The one under the old name is removed after that, and tells which
 * of the two is older by its session number should that fail: a later one on disk is as good.
 */
function renamed(remote: Remote): RemoteRecord {
  return { ...remote.record(), sessionId: nextSerial(remote.sessionId) };
}
