/**
 * The remotes of a stack, by number and by name, the keys of their roles, and their way to and from
 * the keep. What is in memory and what is on disk change together.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { assert, RaetError } from "../base/errors.ts";
import { HALF_OPEN_JOINS_MAX, PENDING_ROLES_MAX, REMOTES_MAX } from "../base/limits.ts";
import { nextSerial } from "../base/serial.ts";
import { judge, type Judgement } from "../keep/judge.ts";
import type { LocalRecord, RemoteRecord, RemoteRole } from "../keep/records.ts";
import { Proofs } from "./proofs.ts";
import { printOf, sameKeyPair, type Succession } from "../keep/succession.ts";
import { Pins } from "./pins.ts";
import { Peer } from "./peer.ts";
import type { PeerLinks } from "./peer_links.ts";
import { type Proposal, recordOf, sameKeys, sameSession } from "./proposal.ts";
import { Remote, type RemoteKeys } from "./remote.ts";
import type { Road } from "./road.ts";
import { Successions } from "./successions.ts";

/** Why a key is rejected, where no pin is against it. */
export const NOT_ON_RECORD = "its key is not the one on record, or was rejected here";

/** All remotes that we are joined with. */
export class Estates {
  readonly byUid: Map<number, Peer> = new Map<number, Peer>();
  readonly byName: Map<string, Peer> = new Map<string, Peer>();
  readonly roles: Map<string, RemoteRole> = new Map<string, RemoteRole>();
  readonly pins: Pins = new Pins();
  /** Proofs that are asked for. */
  readonly proofs: Proofs;
  readonly successions: Successions;
  readonly #byRole = new Map<string, Set<Peer>>();
  /** Remotes that joined and never showed that they hold their keys, oldest first. */
  readonly #unproven = new Set<Peer>();
  #local: LocalRecord | null;
  #lastUid: number;

  constructor(private readonly road: Road, private readonly links: PeerLinks<Peer>) {
    this.proofs = new Proofs(road);
    this.#local = road.keep.loadLocal();
    this.#lastUid = Math.max(this.#local?.lastUid ?? 0, road.local.uid);
    this.successions = new Successions(road);
    for (const role of road.keep.roles()) {
      const newest = this.successions.newest(role);
      if (newest) this.saveRole(newest);
      else this.roles.set(role.role, role);
    }
    for (const record of road.keep.remotes()) this.#load(record);
  }

  /** Our next number for a remote: one that is not in use. */
  nextUid(): number {
    do this.#lastUid = nextSerial(this.#lastUid); while (
      this.byUid.has(this.#lastUid) || this.#lastUid === this.road.local.uid
    );
    return this.#lastUid;
  }

  /** The remotes that bear a role. */
  ofRole(role: string): Peer[] {
    return [...this.#byRole.get(role) ?? []];
  }

  /**
   * Judges the keys of a proposal by the rules of the mode (protocol.md 2), with two exceptions: keys
   * that were accepted unseen and never proven don't stand in the way of others, and nobody replaces
   * the keys of a role that another estate has proven to hold.
   *
   * A pin on the address comes before all that.
   *
   * @returns the verdict, and the role's record as it has to be written if the join completes
   */
  judge(proposal: Proposal): Judgement & { readonly why?: string } {
    const { role, verifyKey, boxKey, address } = proposal;
    const step = this.successions.stepOf(proposal);
    const pinned = this.pins.agrees(address, proposal, this.successions.with(proposal));
    if (pinned === false) {
      return { verdict: "rejected", record: null, why: this.pins.fault(address, proposal) };
    }
    // Whoever names a key has accepted it; of another one on record the rules of "once" hold.
    const auto = pinned ? "once" : this.road.local.auto;
    let onRecord = this.roles.get(role) ?? null;
    const differs = onRecord !== null && !sameKeyPair(onRecord, proposal);
    if (differs && step && sameKeyPair(step.from, onRecord!)) {
      // The old keys signed the new ones: what was decided about those holds for these.
      const followed = { ...onRecord!, verifyKey, boxKey };
      const { verdict, record } = judge(auto, followed, verifyKey, boxKey, role);
      return { verdict, record: verdict === "rejected" ? null : record ?? followed };
    }
    if (differs && onRecord?.acceptance === "accepted" && auto !== "never") {
      const bearers = this.ofRole(role);
      if (bearers.some((peer) => peer.remote.proven && peer.remote.name !== proposal.name)) {
        return { verdict: "rejected", record: null };
      }
      if (bearers.length > 0 && bearers.every((peer) => !this.isFirm(peer))) onRecord = null;
    }
    return judge(auto, onRecord, verifyKey, boxKey, role);
  }

  /**
   * An operator named the key that has to be at an address, and another one on record there is of no use;
   * or took that back.
   *
   * @returns whether that is news
   */
  pin(address: Address, pin: string | undefined): boolean {
    if (!this.pins.set(address, pin)) return false;
    for (const peer of this.byUid.values()) {
      if (sameAddress(peer.remote.address, address)) this.checkPin(peer);
    }
    return true;
  }

  /** Ends what goes on with a remote whose key is not the one that was named for its address. */
  checkPin(peer: Peer): void {
    const { address, keys, role } = peer.remote;
    const agrees = this.pins.agrees(address, keys, this.successions.of(role));
    const fault = agrees === false ? this.pins.fault(address, keys) : null;
    const isRejected = this.roles.get(role)?.acceptance === "rejected";
    peer.setRejected(isRejected || fault !== null, fault ?? undefined);
  }

  /** Takes up new keys that a remote told us of in its session, if the ones on record signed them. */
  succeed(peer: Peer, step: Succession): void {
    const { remote } = peer;
    const { role, keys } = remote;
    if (sameKeyPair(step.to, keys)) return;
    if (!sameKeyPair(step.from, keys) || !this.successions.isRight(role, step)) {
      this.road.counters.add("successions_refused");
      return;
    }
    const onRecord = this.roles.get(role);
    try {
      // Another estate of the same role may have told us before.
      if (onRecord && sameKeyPair(onRecord, step.from)) {
        this.successions.save(role, step);
        this.saveRole({ ...onRecord, ...step.to });
      }
    } catch (error) {
      // As if it had not been said: it is said again.
      if (!(error instanceof RaetError)) throw error;
      this.road.counters.add("records_unsaved");
      return;
    }
    remote.keys = { ...this.#keysOf(step.to.verifyKey, step.to.boxKey), former: keys };
    peer.emit("rekeyed", { why: `signed by the ones before; fingerprint ${printOf(step.to)}` });
  }

  /** Writes the keys of a role. @param proposal with how it came to them */
  saveRole(record: RemoteRole, proposal?: Proposal): void {
    const step = proposal ? this.successions.stepOf(proposal) : null;
    if (step) this.successions.save(record.role, step);
    this.road.keep.saveRole(record);
    this.roles.set(record.role, record);
  }

  /**
   * The keys that have waited longest for an operator, where too many wait: anybody can make some up.
   */
  overduePending(): string | null {
    let waiting = 0;
    let oldest: string | null = null;
    for (const { role, acceptance } of this.roles.values()) {
      if (acceptance !== "pending" || this.#byRole.has(role)) continue;
      oldest ??= role;
      waiting++;
    }
    return waiting > PENDING_ROLES_MAX ? oldest : null;
  }

  /** Forgets the keys of a role. */
  removeRole(role: string): void {
    this.road.keep.removeRole(role);
    this.roles.delete(role);
    this.successions.forget(role);
  }

  /** Writes a remote's record and our facts about it. */
  save(peer: Peer): void {
    const { keep } = this.road;
    const { remote } = peer;
    const { hinted, proven, addressProven: reached, identity } = remote;
    const knows = this.road.identities.lastStep ? identity.fingerprint : "";
    const facts = keep.loadPeer(remote.name);
    const now = { hinted, proven, reached, knows };
    const same = facts?.hinted === hinted && facts.proven === proven &&
      facts.reached === reached && facts.knows === knows;
    if (!same) keep.savePeer(remote.name, now);
    keep.saveRemote(remote.record());
    remote.sessionIdUnsaved = false;
    if (proven) this.#unproven.delete(peer);
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
   * Whether what is on record of a remote stands against a join that says otherwise: it was proven, or
   * it is so new that it could not be yet.
   */
  isFirm(peer: Peer): boolean {
    return peer.remote.proven || this.road.now - peer.joinedAt < PROOF_GRACE_MS;
  }

  /** Whether a join would change what a remote that proved its keys is reached by. */
  needsProof(target: Peer | null, proposal: Proposal): target is Peer {
    return this.road.settings.wary && target !== null && target.remote.proven &&
      !sameSession(target.remote, proposal);
  }

  /**
   * Finds out whether a join that would end the session of a remote, or lead its packets elsewhere, is
   * by whoever holds the keys that it names. One that changes no such thing needs no proof, and one of
   * a remote that never proved anything itself gets none.
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
   * A join completed: makes a remote of it, or brings the one on record up to date. On disk when this
   * returns.
   *
   * @returns the remote, whether a session that there was can't hold, and whether this is news; null if there is no room for
   * one more. The caller tells the peer once it has sent what has to be sent first.
   */
  establish(
    proposal: Proposal,
    target: Peer | null,
    role: RemoteRole | null,
  ): { readonly peer: Peer; readonly changed: boolean; readonly isNews: boolean } | null {
    if (target === null && !this.#makeRoom()) {
      this.road.counters.add("remote_limit");
      return null;
    }
    if (role) this.saveRole(role, proposal);
    const peer = target ?? this.#add(proposal);
    const changed = target !== null && !sameSession(target.remote, proposal);
    if (target) this.#update(target, proposal);
    const { remote } = peer;
    const isNews = target === null || !remote.joined;
    remote.joined = true;
    remote.joinPending = false;
    if (remote.sessionId === 0) remote.sessionId = 1;
    if (proposal.vacuous) {
      // The far side may count its sessions anew; while there is a session they can't restart.
      if (remote.session && !changed) remote.farSessionMayRestart = true;
      else remote.farSessionId = 0;
    }
    peer.joinedByUs = proposal.byUs;
    // Who joined us may have made its address up; the one that we joined at was named to us.
    if (proposal.byUs) remote.addressProven = true;
    peer.joinedAt = this.road.now;
    this.#saveLocal();
    this.save(peer);
    // Where keys are accepted whatever an operator said of them, what was said is over now.
    if (role?.acceptance === "accepted") {
      peer.rejected = false;
      for (const other of this.ofRole(role.role)) other.setRejected(false);
    }
    if (!remote.proven) this.#unproven.add(peer);
    return { peer, changed, isNews };
  }

  /** Forgets a remote, with its record; the keys of its role stay. */
  remove(peer: Peer, why: string): void {
    peer.endSession(why);
    peer.outbox.failAll("rejected", why);
    peer.dispose();
    this.byUid.delete(peer.remote.nearUid);
    this.byName.delete(peer.remote.name);
    this.#leaveRole(peer);
    this.#unproven.delete(peer);
    this.road.keep.removeRemote(peer.remote.name);
  }

  #add(proposal: Proposal): Peer {
    const keys = this.#keysOf(proposal.verifyKey, proposal.boxKey);
    const remote = new Remote(recordOf(proposal), keys, proposal.shown, true);
    remote.proven = remote.addressProven = false;
    remote.hinted = proposal.hinted;
    remote.skipTransactionIds(proposal.lastTransactionId);
    return this.#register(remote);
  }

  #update(peer: Peer, proposal: Proposal): void {
    const { remote } = peer;
    if (!sameKeys(remote, proposal)) {
      remote.keys = this.#keysOf(proposal.verifyKey, proposal.boxKey);
      remote.proven = false;
    }
    if (remote.name !== proposal.name) {
      this.road.keep.removeRemote(remote.name);
      this.byName.delete(remote.name);
      remote.name = proposal.name;
      this.byName.set(remote.name, peer);
    }
    if (remote.nearUid !== proposal.nearUid) {
      this.byUid.delete(remote.nearUid);
      remote.nearUid = proposal.nearUid;
      this.byUid.set(remote.nearUid, peer);
    }
    if (remote.role !== proposal.role) {
      this.#leaveRole(peer);
      remote.role = proposal.role;
      this.#enterRole(peer);
    }
    remote.identity = proposal.shown;
    remote.main = proposal.main;
    remote.kind = proposal.kind;
    if (!sameAddress(remote.address, proposal.address)) remote.addressProven = false;
    remote.address = proposal.address;
    remote.farUid = proposal.farUid;
    // While it answers in its session an unsigned body doesn't talk us out of what was signed.
    remote.hinted = proposal.hinted || remote.hinted && remote.session !== null;
    remote.skipTransactionIds(proposal.lastTransactionId);
  }

  #register(remote: Remote): Peer {
    assert(!this.byUid.has(remote.nearUid), "a number names one remote");
    assert(!this.byName.has(remote.name), "a name names one remote");
    const peer = new Peer(this.road, remote, this.links);
    this.byUid.set(remote.nearUid, peer);
    this.byName.set(remote.name, peer);
    this.#enterRole(peer);
    return peer;
  }

  #enterRole(peer: Peer): void {
    const { role } = peer.remote;
    const bearers = this.#byRole.get(role);
    if (bearers) bearers.add(peer);
    else this.#byRole.set(role, new Set([peer]));
  }

  #leaveRole(peer: Peer): void {
    const bearers = this.#byRole.get(peer.remote.role);
    bearers?.delete(peer);
    if (bearers?.size === 0) this.#byRole.delete(peer.remote.role);
  }

  /** A remote of the keep. One whose role has no keys on record can't be believed: it joins again. */
  #load(record: RemoteRecord): void {
    const role = this.roles.get(record.role);
    if (!role || record.farUid === 0) {
      this.road.counters.add("records_without_keys");
      return;
    }
    if (this.byUid.has(record.nearUid) || this.byName.has(record.name)) return;
    const facts = this.road.keep.loadPeer(record.name);
    const identity = this.road.identities.knownBy(facts?.knows ?? "");
    const before = this.successions.before(role);
    const former = before ? this.#keysOf(before.verifyKey, before.boxKey) : undefined;
    const keys = { ...this.#keysOf(role.verifyKey, role.boxKey), former };
    const remote = new Remote(record, keys, identity, true);
    // Without facts of ours it comes from a reference's keep, or from a time before a session.
    remote.proven = record.joined && facts?.proven !== false;
    remote.hinted = facts?.hinted === true;
    remote.addressProven = facts?.reached ?? remote.proven;
    // Written when it is used: a start doesn't write a file for each of a thousand idle remotes.
    remote.sessionId = nextSerial(record.sessionId);
    remote.sessionIdUnsaved = true;
    const peer = this.#register(remote);
    peer.rejected = role.acceptance === "rejected";
    // Who is not main was joined by nobody.
    peer.joinedByUs = !this.road.local.main;
    if (peer.joinedByUs) remote.addressProven = true;
    if (!remote.proven) this.#unproven.add(peer);
    this.#lastUid = Math.max(this.#lastUid, record.nearUid);
  }

  #keysOf(verifyKey: Uint8Array, boxKey: Uint8Array): RemoteKeys {
    return { verifyKey, boxKey, verifier: this.road.crypto.verifier(verifyKey) };
  }

  #saveLocal(): void {
    if (!this.#local || this.#local.lastUid >= this.#lastUid) return;
    this.#local = { ...this.#local, lastUid: this.#lastUid };
    this.road.keep.saveLocal(this.#local);
  }

  /** Strangers that never proved anything give way to others, so that nobody can fill the road. */
  #makeRoom(): boolean {
    if (this.#unproven.size < HALF_OPEN_JOINS_MAX && this.byUid.size < REMOTES_MAX) return true;
    const [oldest] = this.#unproven;
    if (!oldest) return false;
    const { role } = oldest.remote;
    this.remove(oldest, "it never showed that it holds its keys");
    // Keys that were taken unseen and never used would stay for ever, a file for each name made up.
    if (this.road.local.auto !== "never" && !this.#byRole.has(role)) this.removeRole(role);
    return true;
  }
}

/** How long a new remote has for showing that it holds its keys before others may take its place. */
const PROOF_GRACE_MS = 5000;
