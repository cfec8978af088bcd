/**
 * The remotes of a stack, by number and by name, the keys of their roles, and their way to and from
 * the keep. What is in memory and what is on disk change together.
 *
 * @module
 */
import { equalBytes } from "../base/bytes.ts";
import { assert, RaetError } from "../base/errors.ts";
import { HALF_OPEN_JOINS_MAX, PENDING_ROLES_MAX, REMOTES_MAX } from "../base/limits.ts";
import { nextSerial } from "../base/serial.ts";
import { judge } from "../keep/judge.ts";
import type { Acceptance, LocalRecord, RemoteRecord, RemoteRole } from "../keep/records.ts";
import { Peer, type PeerLinks } from "./peer.ts";
import { type Proposal, sameKeys, sameSession } from "./proposal.ts";
import { Remote, type RemoteKeys } from "./remote.ts";
import type { Road } from "./road.ts";

/** All remotes that we are joined with. */
export class Estates {
  readonly byUid: Map<number, Peer> = new Map<number, Peer>();
  readonly byName: Map<string, Peer> = new Map<string, Peer>();
  readonly roles: Map<string, RemoteRole> = new Map<string, RemoteRole>();
  readonly #byRole = new Map<string, Set<Peer>>();
  /** Remotes that joined and never showed that they hold their keys, oldest first. */
  readonly #unproven = new Set<Peer>();
  #local: LocalRecord | null;
  #lastUid: number;

  constructor(private readonly road: Road, private readonly links: PeerLinks) {
    this.#local = road.keep.loadLocal();
    this.#lastUid = Math.max(this.#local?.lastUid ?? 0, road.local.uid);
    for (const role of road.keep.roles()) this.roles.set(role.role, role);
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
   * @returns the verdict, and the role's record as it has to be written if the join completes
   */
  judge(proposal: Proposal): { verdict: Acceptance; record: RemoteRole | null } {
    const { auto } = this.road.local;
    const { role, verifyKey, boxKey } = proposal;
    let onRecord = this.roles.get(role) ?? null;
    const differs = onRecord !== null && !(equalBytes(onRecord.verifyKey, verifyKey) &&
      equalBytes(onRecord.boxKey, boxKey));
    if (differs && onRecord?.acceptance === "accepted" && auto !== "never") {
      const bearers = this.ofRole(role);
      if (bearers.some((peer) => peer.remote.proven && peer.remote.name !== proposal.name)) {
        return { verdict: "rejected", record: null };
      }
      if (bearers.length > 0 && bearers.every((peer) => !this.isFirm(peer))) onRecord = null;
    }
    return judge(auto, onRecord, verifyKey, boxKey, role);
  }

  /** Writes the keys of a role. */
  saveRole(record: RemoteRole): void {
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
  }

  /** Writes a remote's record and our facts about it. */
  save(peer: Peer): void {
    const { keep } = this.road;
    const { remote } = peer;
    const { hinted, proven } = remote;
    const facts = keep.loadPeer(remote.name);
    if (facts?.hinted !== hinted || facts?.proven !== proven) {
      keep.savePeer(remote.name, { hinted, proven });
    }
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
    if (target === null && !this.#makeRoom()) return null;
    if (role) this.saveRole(role);
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
    peer.joinedAt = this.road.now;
    this.#saveLocal();
    this.save(peer);
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
    const { name, role, main, kind, nearUid, farUid, address } = proposal;
    const record: RemoteRecord = {
      name,
      nearUid,
      farUid,
      address,
      internalAddress: null,
      natted: null,
      fqdn: address.host === "127.0.0.1" || address.host === "::1" ? "localhost" : address.host,
      dynamicIp: null,
      sessionId: 0,
      main,
      kind,
      joined: true,
      role,
    };
    const remote = new Remote(record, this.#keysOf(proposal.verifyKey, proposal.boxKey), true);
    remote.proven = false;
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
    remote.main = proposal.main;
    remote.kind = proposal.kind;
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
    const remote = new Remote(record, this.#keysOf(role.verifyKey, role.boxKey), true);
    const facts = this.road.keep.loadPeer(record.name);
    // Without facts of ours it comes from a reference's keep, or from a time before a session.
    remote.proven = record.joined && facts?.proven !== false;
    remote.hinted = facts?.hinted === true;
    // Written when it is used: a start doesn't write a file for each of a thousand idle remotes.
    remote.sessionId = nextSerial(record.sessionId);
    remote.sessionIdUnsaved = true;
    const peer = this.#register(remote);
    peer.rejected = role.acceptance === "rejected";
    // Who is not main was joined by nobody.
    peer.joinedByUs = !this.road.local.main;
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
