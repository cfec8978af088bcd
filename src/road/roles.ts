/**
 * The keys of the roles on record, who bears them, and what is taken for the keys of a role: by the mode,
 * by pins, and by signatures of the keys before. What is in memory and what is on disk change together.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { PENDING_ROLES_MAX } from "../base/limits.ts";
import { groupFingerprint } from "../crypto/fingerprint.ts";
import { judge, type Judgement } from "../keep/judge.ts";
import type { Acceptance, RemoteRole } from "../keep/records.ts";
import { printOf, type PublicKeys, sameKeyPair, type Succession } from "../keep/succession.ts";
import type { Peer } from "./peer.ts";
import { Pins } from "./pins.ts";
import type { Proposal } from "./proposal.ts";
import type { RemoteKeys } from "./remote.ts";
import type { Road } from "./road.ts";
import { Successions } from "./successions.ts";

const NOT_OURS = "it is our own role, and the key is not ours";

/** All roles of others. */
export class Roles {
  readonly records: Map<string, RemoteRole> = new Map<string, RemoteRole>();
  readonly pins: Pins = new Pins();
  readonly successions: Successions;
  /** Told of a role that gave way to another one: joins of it end. */
  crowdedOut: (role: string) => void = () => {};
  readonly #bearers = new Map<string, Set<Peer>>();
  /** Roles whose keys a join brought, which no operator judged and nobody has shown to hold. */
  readonly #unseen = new Set<string>();

  /** Takes up what the keep holds. */
  constructor(private readonly road: Road) {
    this.successions = new Successions(road);
    for (const role of road.keep.roles()) {
      const newest = this.successions.newest(role);
      if (newest) this.save(newest);
      else this.records.set(role.role, role);
    }
  }

  /** The remotes that bear a role. */
  bearers(role: string): Peer[] {
    return [...this.#bearers.get(role) ?? []];
  }

  /** A remote bears its role from now on. */
  enter(peer: Peer): void {
    const { role } = peer.remote;
    const bearers = this.#bearers.get(role);
    if (bearers) bearers.add(peer);
    else this.#bearers.set(role, new Set([peer]));
  }

  /** A remote bears a role no more. */
  leave(peer: Peer, role: string = peer.remote.role): void {
    const bearers = this.#bearers.get(role);
    bearers?.delete(peer);
    if (bearers?.size === 0) this.#bearers.delete(role);
  }

  /**
   * Judges the keys of a proposal by the rules of the mode (protocol.md 2), with two exceptions: keys
   * that were accepted unseen and never proven don't stand in the way of others, and nobody replaces
   * the keys of a role that another estate has proven to hold. What it says holds at the moment: a join
   * is judged as it is answered, and again as it completes.
   *
   * A pin on the address comes before all that, and so do the keys of the remote that would change, and
   * those that an operator accepted for the name.
   *
   * @param target the remote on record that would become what is proposed; null for a new one
   * @returns the verdict, and the role's record as it has to be written if the join completes; a clause
   * that says why not, for keys that are not accepted
   */
  judge(proposal: Proposal, target: Peer | null): Judgement & { readonly why: string } {
    const { address, role } = proposal;
    const pinned = this.pins.agrees(address, proposal, this.successions.with(proposal));
    if (pinned === false) return rejected(this.pins.fault(address, proposal));
    if (target && this.#keepsPlace(target, proposal)) {
      const { name, keys } = target.remote;
      return rejected(differ(proposal, keys, `estate "${name}"`));
    }
    const holder = this.#holderOf(proposal);
    if (holder && !sameKeyPair(holder, proposal)) {
      return rejected(differ(proposal, holder, `role "${holder.role}"`));
    }
    if (!this.records.has(role) && !this.#mayBeOurs(proposal)) return rejected(NOT_OURS);
    const judgement = this.#judge(proposal, pinned === true);
    return { ...judgement, why: this.#whyNot(judgement.verdict, proposal) };
  }

  /** The same without what a pin has against it. @param isPinned whether a pin is for it */
  #judge(proposal: Proposal, isPinned: boolean): Judgement {
    const { role, verifyKey, boxKey } = proposal;
    const step = this.successions.stepOf(proposal);
    // Whoever names a key has accepted it; of another one on record the rules of "once" hold.
    const auto = isPinned ? "once" : this.road.local.auto;
    let onRecord = this.records.get(role) ?? null;
    // Whom an operator named by its key does not wait for others that nobody judged.
    if (isPinned && onRecord?.acceptance === "pending") onRecord = null;
    const differs = onRecord !== null && !sameKeyPair(onRecord, proposal);
    if (differs && step && sameKeyPair(step.from, onRecord!)) {
      // The old keys signed the new ones: what was decided about those holds for these.
      const followed = { ...onRecord!, verifyKey, boxKey };
      const { verdict, record } = judge(auto, followed, verifyKey, boxKey, role);
      return { verdict, record: verdict === "rejected" ? null : record ?? followed };
    }
    if (differs && onRecord?.acceptance === "accepted") {
      const bearers = this.bearers(role);
      const isAmongOthers = bearers.some(({ remote }) =>
        remote.proven && remote.name !== proposal.name
      );
      if (this.#holdsFormer(proposal)) return { verdict: "accepted", record: null };
      if (auto !== "never") {
        if (isAmongOthers) return { verdict: "rejected", record: null };
        if (this.#unseen.has(role) && bearers.every((peer) => !peer.isFirm)) onRecord = null;
      }
    }
    return judge(auto, onRecord, verifyKey, boxKey, role);
  }

  /**
   * Whether keys that are not a remote's own are kept from its place. Under its role those on record of the
   * role decide about them. Another role has none on record that could, and those that were accepted
   * for it were so for others. A pin goes along with who is at its address, wherever a join comes from.
   */
  #keepsPlace({ remote }: Peer, proposal: Proposal): boolean {
    const { address, role, keys } = remote;
    if (sameKeyPair(keys, proposal)) return false;
    const isPinned = this.pins.agrees(address, keys, this.successions.of(role)) === true;
    const isPinsToo = this.pins.agrees(address, proposal, this.successions.with(proposal));
    if (isPinned && !isPinsToo) return true;
    return remote.proven && role !== proposal.role && this.road.local.auto !== "always";
  }

  /**
   * The role that a name is kept for: the one that is called so, which estates are unless they are told
   * otherwise, where its keys are accepted, by an operator or because they were shown once, and no estate has
   * shown under another name that they are its own. Under the role itself they decide anyway.
   */
  #holderOf({ name, role }: Proposal): RemoteRole | null {
    const holder = this.records.get(name);
    if (!holder || role === name || this.road.local.auto === "always") return null;
    if (holder.acceptance !== "accepted" || this.#unseen.has(name)) return null;
    const isOthers = this.bearers(name).some(({ remote }) => remote.proven && remote.name !== name);
    return isOthers ? null : holder;
  }

  /** Our operator decides, who has to see both keys where there are two. */
  #whyNot(verdict: Acceptance, proposal: Proposal): string {
    if (verdict === "accepted") return "";
    if (verdict === "pending") return "its key waits for an operator here";
    const { role } = proposal;
    const onRecord = this.records.get(role);
    if (!onRecord || sameKeyPair(onRecord, proposal)) return "its key was rejected here";
    return differ(proposal, onRecord, `role "${role}"`);
  }

  /**
   * An operator named the key that has to be at an address, and another one on record there is of no use;
   * or took that back.
   *
   * @returns whether that is news
   */
  pin(address: Address, pin: string | undefined): boolean {
    if (!this.pins.set(address, pin)) return false;
    for (const bearers of this.#bearers.values()) {
      for (const peer of bearers) {
        if (sameAddress(peer.remote.address, address)) this.checkPin(peer);
      }
    }
    return true;
  }

  /** The host's name leads to another address now: what is there has to bear the same key. */
  movePin(from: Address, to: Address): void {
    const pin = this.pins.at(from);
    if (pin === undefined) return;
    this.pin(from, undefined);
    this.pin(to, pin);
  }

  /** Ends what goes on with a remote whose key is not the one that was named for its address. */
  checkPin(peer: Peer): void {
    const { address, keys, role } = peer.remote;
    const agrees = this.pins.agrees(address, keys, this.successions.of(role));
    const fault = agrees === false ? this.pins.fault(address, keys) : null;
    const isRejected = this.records.get(role)?.acceptance === "rejected";
    peer.setRejected(isRejected || fault !== null, fault ?? undefined);
  }

  /** Takes up new keys that a remote told us of in its session, if the ones on record signed them. */
  succeed(peer: Peer, step: Succession): void {
    const { remote } = peer;
    const { role, keys } = remote;
    if (sameKeyPair(step.to, keys)) return;
    const onRecord = this.records.get(role);
    // Another estate of the same role may have told us before; but a role has one pair of keys.
    const isNext = onRecord && [step.from, step.to].some((one) => sameKeyPair(onRecord, one));
    if (!isNext || !sameKeyPair(step.from, keys) || !this.successions.isRight(role, step)) {
      this.road.counters.add("successions_refused");
      return;
    }
    try {
      if (sameKeyPair(onRecord, step.from)) {
        this.successions.save(role, step);
        this.save({ ...onRecord, ...step.to });
      }
    } catch (error) {
      // As if it had not been said: it is said again.
      if (!(error instanceof RaetError)) throw error;
      this.road.counters.add("records_unsaved");
      return;
    }
    remote.keys = { ...this.keysOf(step.to), former: keys };
    peer.emit("rekeyed", { why: `signed by the ones before; fingerprint ${printOf(step.to)}` });
  }

  /** Writes the keys of a role, as an operator or the keys before have it. */
  save(record: RemoteRole): void {
    this.#write(record);
    this.#unseen.delete(record.role);
  }

  #write(record: RemoteRole): void {
    this.road.keep.saveRole(record);
    this.records.set(record.role, record);
  }

  /**
   * Writes the keys of a role that a join brought, with how it came to them. That nobody has shown them stands
   * with the remote that bears them, which is written first then: without it they would pass for shown after a
   * crash.
   *
   * @param isShown whether who joins has shown them
   */
  take(record: RemoteRole, proposal: Proposal, isShown: boolean, writeBearer: () => void): void {
    const { role } = record;
    const wasUnseen = this.#unseen.has(role);
    const step = this.successions.stepOf(proposal);
    const chain = this.successions.with(proposal);
    const isWanted = this.pins.agrees(proposal.address, proposal, chain) === true;
    const before = this.records.get(role);
    // What was known of keys on record is known of those that they signed; a step from others is anybody's.
    const follows = step !== null && before !== undefined && sameKeyPair(step.from, before);
    const isUnseen = follows ? wasUnseen : !isWanted;
    // A step is kept for what was believed at its beginning: whoever made that up would be believed with it.
    const isBelieved = follows && !isUnseen && before.acceptance === "accepted";
    if (step && (isBelieved || this.pins.leads(proposal.address, proposal, chain))) {
      this.successions.save(role, step);
    }
    if (!isUnseen || isShown) {
      this.save(record);
      return writeBearer();
    }
    this.#unseen.add(role);
    try {
      writeBearer();
      this.#write(record);
    } catch (error) {
      if (!wasUnseen) this.#unseen.delete(role);
      throw error;
    }
  }

  /**
   * The same for keys that wait for an operator; where too many wait those that have waited longest give
   * way, as anybody can make some up. Whoever means it comes again, and is new then.
   */
  takePending(record: RemoteRole, proposal: Proposal): void {
    this.take(record, proposal, false, () => {});
    const overdue = this.#overduePending();
    if (overdue === null) return;
    this.road.counters.add("pending_limit");
    this.remove(overdue);
    this.crowdedOut(overdue);
  }

  /** Whether nobody judged a role's keys, nor showed that they are held. */
  isUnseen(role: string): boolean {
    return this.#unseen.has(role);
  }

  /** A remote that never showed its keys was noted down with keys that nobody judged. */
  loadUnseen({ remote: { role } }: Peer): void {
    // Unless a crash, or a full disk, kept it from being noted that somebody did since.
    const isSeen = this.bearers(role).some(({ remote }) => remote.proven);
    if (!isSeen && this.records.get(role)?.acceptance === "accepted") this.#unseen.add(role);
  }

  /** A remote has shown that it holds its keys. */
  shown({ remote }: Peer): void {
    const onRecord = this.records.get(remote.role);
    if (onRecord && sameKeyPair(onRecord, remote.keys)) this.#unseen.delete(remote.role);
  }

  /** Unseen keys would stay for ever once nobody bears them, a file for each name made up. */
  dropUnseen(role: string): void {
    if (this.#unseen.has(role) && !this.#bearers.has(role)) this.remove(role);
  }

  /** The same on disk for those that only one remote bears, before its file says so no more. */
  unlinkUnseen(role: string, leaving: Peer): void {
    const isLast = this.bearers(role).every((peer) => peer === leaving);
    if (this.#unseen.has(role) && isLast) this.road.keep.removeRole(role);
  }

  /** Forgets the keys of a role. */
  remove(role: string): void {
    this.road.keep.removeRole(role);
    this.records.delete(role);
    this.#unseen.delete(role);
    this.successions.forget(role);
  }

  /**
   * Whether an estate comes with the keys that it has on record, though the role has new ones by now. Where another
   * one has given it those it keeps the old ones until they are copied to it, wherever it moves; and who
   * gave them shows the old ones until it hears that we took up the new ones, and has used none of those.
   */
  #holdsFormer({ role, name, ...keys }: Proposal): boolean {
    const known = this.bearers(role).find(({ remote }) => remote.name === name)?.remote.keys;
    return [known, known?.former].some((held) => held !== undefined && sameKeyPair(held, keys));
  }

  /** Keys of a role that we bear ourselves are known from the start. */
  #mayBeOurs({ role, ...keys }: Proposal): boolean {
    if (role !== this.road.local.role) return true;
    return this.road.identities.all.some((ours) => sameKeyPair(ours, keys));
  }

  /** The keys that have waited longest for an operator, where too many wait. */
  #overduePending(): string | null {
    let waiting = 0;
    let oldest: string | null = null;
    for (const { role, acceptance } of this.records.values()) {
      if (acceptance !== "pending" || this.#bearers.has(role)) continue;
      oldest ??= role;
      waiting++;
    }
    return waiting > PENDING_ROLES_MAX ? oldest : null;
  }

  /** A role's keys with those before them, as a start finds them. */
  loadedKeys(role: RemoteRole): RemoteKeys {
    const before = this.successions.before(role);
    return { ...this.keysOf(role), former: before ? this.keysOf(before) : undefined };
  }

  /** Keys, ready for use. */
  keysOf({ verifyKey, boxKey }: PublicKeys): RemoteKeys {
    return { verifyKey, boxKey, verifier: this.road.crypto.verifier(verifyKey) };
  }
}

/** Says of keys that others are on record. */
function differ(keys: PublicKeys, onRecord: PublicKeys, whose: string): string {
  const [shown, known] = [keys, onRecord].map((pair) => groupFingerprint(printOf(pair)));
  return `the fingerprint of its key is ${shown}, and on record for ${whose} is ${known}`;
}

function rejected(why: string): Judgement & { readonly why: string } {
  return { verdict: "rejected", record: null, why };
}
