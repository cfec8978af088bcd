/**
 * How the roles of others came to their keys: the steps that the old keys signed, each looked at before
 * it counts for anything.
 *
 * @module
 */
import type { RemoteRole } from "../keep/records.ts";
import {
  type Chain,
  extendChain,
  isRightSuccession,
  type PublicKeys,
  sameKeyPair,
  type Succession,
} from "../keep/succession.ts";
import { type Proposal, sameAll, sameKeys } from "./proposal.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";

/** The steps of all roles. */
export class Successions {
  readonly #chains = new Map<string, Chain>();

  /** Takes up what the keep holds. */
  constructor(private readonly road: Road) {
    for (const chain of road.keep.chains()) {
      if (chain.steps.every((step) => this.isRight(chain.role, step))) {
        this.#chains.set(chain.role, chain);
      } else road.counters.add("successions_refused");
    }
  }

  /** Whether the old keys of a step signed the new ones. */
  isRight(role: string, step: Succession): boolean {
    return isRightSuccession(this.road.crypto, role, step);
  }

  /** How a role came to its keys; null if they are the first. */
  of(role: string): Chain | null {
    return this.#chains.get(role) ?? null;
  }

  /** The same with the step that a proposal tells of. */
  with(proposal: Proposal): Chain | null {
    const step = this.stepOf(proposal);
    return step ? extendChain(this.of(proposal.role), proposal.role, step) : this.of(proposal.role);
  }

  /** The step by which whoever joins came to its keys, if it said so and it is right. */
  stepOf({ succession: step, role, verifyKey, boxKey }: Proposal): Succession | null {
    if (!step || !sameKeyPair(step.to, { verifyKey, boxKey })) return null;
    return this.isRight(role, step) ? step : null;
  }

  /** Whether a join comes with the keys of a remote, or with those that they signed. */
  isOf(remote: Remote, proposal: Proposal): boolean {
    if (sameKeys(remote, proposal)) return true;
    const step = this.stepOf(proposal);
    return step !== null && proposal.role === remote.role && sameKeyPair(step.from, remote.keys);
  }

  /** Whether a join says nothing new of a remote but keys that those on record signed. */
  isAllThatIsNew(remote: Remote, proposal: Proposal): boolean {
    const step = this.stepOf(proposal);
    if (!step || !sameKeyPair(step.from, remote.keys)) return false;
    return sameAll(remote, { ...proposal, ...step.from });
  }

  /** Writes a step, before the keys that it leads to: a crash in between is made good by `newest`. */
  save(role: string, step: Succession): void {
    const chain = extendChain(this.of(role), role, step);
    this.road.keep.saveChain(chain);
    this.#chains.set(role, chain);
  }

  /** Forgets a role. Its file goes with the keys. */
  forget(role: string): void {
    this.#chains.delete(role);
  }

  /** A role's record as a crash left it to be written; null if nothing is left to do. */
  newest(onRecord: RemoteRole): RemoteRole | null {
    const steps = this.of(onRecord.role)?.steps ?? [];
    const isBehind = steps.some((step) => sameKeyPair(step.from, onRecord));
    return isBehind ? { ...onRecord, ...steps.at(-1)!.to } : null;
  }

  /** The keys before those of a role. */
  before(role: RemoteRole): PublicKeys | null {
    return this.of(role.role)?.steps.find(({ to }) => sameKeyPair(to, role))?.from ?? null;
  }
}
