/**
 * What an operator does about keys, with effect at once: who waits for a decision learns it, and a
 * rejected role's sessions end.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Acceptance, RemoteRole } from "../keep/records.ts";
import { type PublicKeys, sameKeyPair } from "../keep/succession.ts";
import type { Estates } from "./estates.ts";
import type { OurJoins } from "./our_joins.ts";
import type { Road } from "./road.ts";
import type { TheirJoins } from "./their_joins.ts";

/** A role with its keys, and who bears it. */
export interface KeyView {
  /** The role's name. */
  readonly role: string;
  /** What was decided about its keys. */
  readonly acceptance: Acceptance;
  /** Ed25519 public key, 32 bytes. */
  readonly verifyKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly boxKey: Uint8Array;
  /** Names of the estates on record, and of those that are joining. */
  readonly estates: readonly string[];
}

/** What becomes of a key that is carried here from elsewhere; `record` has to be written if there is one. */
export interface Merged {
  /** What became of it. */
  readonly result: "added" | "changed" | "same" | "left";
  /** One clause; empty unless it was left. */
  readonly why: string;
  /** What has to be on disk; null if nothing has to change. */
  readonly record: RemoteRole | null;
}

/**
 * Puts a key that is carried here from elsewhere beside what is on record. What an operator here said
 * stays: a key that they rejected, and one that is another. Waiting ones are decided.
 *
 * @param own the role and keys that we bear ourselves: nothing is put on record of them
 */
export function mergeKey(
  onRecord: RemoteRole | null,
  carried: RemoteRole,
  own: (PublicKeys & { readonly role: string }) | null,
): Merged {
  if (own?.role === carried.role) {
    if (sameKeyPair(own, carried)) return { result: "same", why: "", record: null };
    return { result: "left", why: "it is this estate's own role", record: null };
  }
  if (!onRecord) return { result: "added", why: "", record: carried };
  if (!sameKeyPair(onRecord, carried)) {
    return { result: "left", why: "another key of that role is on record", record: null };
  }
  if (onRecord.acceptance === carried.acceptance || carried.acceptance === "pending") {
    return { result: "same", why: "", record: null };
  }
  if (onRecord.acceptance !== "pending" && carried.acceptance === "accepted") {
    return { result: "left", why: "it was rejected here", record: null };
  }
  return { result: "changed", why: "", record: { ...onRecord, acceptance: carried.acceptance } };
}

/** The keys of a stack, for its operator. All verbs take a role, or the name of an estate that bears it. */
export class Keys {
  /** For the stack. */
  constructor(
    private readonly road: Road,
    private readonly estates: Estates,
    private readonly ours: OurJoins,
    private readonly theirs: TheirJoins,
  ) {}

  /** All roles on record, by name. */
  list(): KeyView[] {
    const names = new Map<string, Set<string>>();
    const note = (role: string, name: string) => {
      if (!names.has(role)) names.set(role, new Set());
      names.get(role)!.add(name);
    };
    for (const { remote } of this.estates.byUid.values()) note(remote.role, remote.name);
    for (const { proposal } of this.theirs.transactions()) note(proposal.role, proposal.name);
    for (const { awaiting } of this.ours.transactions()) {
      if (awaiting) note(awaiting.role, awaiting.name);
    }
    return [...this.estates.roles.records.values()]
      .sort((a, b) => a.role < b.role ? -1 : 1)
      .map((record) => ({ ...record, estates: [...names.get(record.role) ?? []].sort() }));
  }

  /**
   * Accepts a role's keys.
   *
   * @throws {RaetError} `no_key`
   */
  accept(roleOrName: string, now: number): void {
    this.road.now = now;
    const record = this.#find(roleOrName);
    this.estates.decide({ ...record, acceptance: "accepted" });
    for (const peer of this.estates.roles.bearers(record.role)) this.estates.roles.checkPin(peer);
    this.#tell(record.role);
  }

  /**
   * Rejects a role's keys: sessions with who bears it end.
   *
   * @throws {RaetError} `no_key`
   */
  reject(roleOrName: string, now: number): void {
    this.road.now = now;
    const record = this.#find(roleOrName);
    this.estates.decide({ ...record, acceptance: "rejected" });
    for (const peer of this.estates.roles.bearers(record.role)) peer.setRejected(true);
    this.#tell(record.role);
  }

  /**
   * Forgets a role's keys, and the estates that bear it: whoever comes with that role next is new.
   *
   * @throws {RaetError} `no_key`
   */
  remove(roleOrName: string, now: number): void {
    this.road.now = now;
    const { role } = this.#find(roleOrName);
    for (const peer of this.estates.roles.bearers(role)) {
      this.estates.remove(peer, "an operator removed its key");
    }
    this.estates.roles.remove(role);
    this.theirs.forgetRole(role);
    this.ours.forgetRole(role);
  }

  /** Takes over a key from elsewhere, with effect at once. */
  merge(carried: RemoteRole, now: number): Merged {
    this.road.now = now;
    const { role } = carried;
    const own = { ...this.road.identities.newest, role: this.road.local.role };
    const onRecord = this.estates.roles.records.get(role) ?? null;
    const merged = mergeKey(onRecord, carried, own);
    // A key that the mode took is the operator's word from now on.
    if (onRecord && merged.result === "same" && carried.acceptance !== "pending") {
      this.estates.decide(onRecord);
    }
    if (!merged.record) return merged;
    this.estates.decide(merged.record);
    for (const peer of this.estates.roles.bearers(role)) this.estates.roles.checkPin(peer);
    this.#tell(role);
    return merged;
  }

  #tell(role: string): void {
    this.theirs.roleJudged(role);
    this.ours.roleJudged(role);
  }

  #find(roleOrName: string): RemoteRole {
    const { byName } = this.estates;
    const { records } = this.estates.roles;
    const direct = records.get(roleOrName);
    if (direct) return direct;
    let role = byName.get(roleOrName)?.remote.role;
    for (const { proposal } of this.theirs.transactions()) {
      if (proposal.name === roleOrName) role ??= proposal.role;
    }
    for (const { awaiting } of this.ours.transactions()) {
      if (awaiting?.name === roleOrName) role ??= awaiting.role;
    }
    const record = role === undefined ? undefined : records.get(role);
    if (record) return record;
    throw new RaetError(
      "no_key",
      `no key is on record for "${roleOrName}": expected a role or an estate`,
    );
  }
}
