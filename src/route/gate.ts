/**
 * The gate of a router: whether a message that is taken on may pass, by the rules in force (policy.ts)
 * and, for yards of operators, by whether they may send at all.
 *
 * It is asked for every message, so where there are no rules it costs two comparisons.
 *
 * @module
 */
import { REQUESTS_OPEN_MAX, REQUESTS_OPEN_PER_ESTATE_MAX, TTL_MS_DEFAULT } from "../base/limits.ts";
import type { RuleView } from "./control.ts";
import type { Envelope } from "./envelope.ts";
import { OpenRequests } from "./open_requests.ts";
import { failure, type Result } from "./outcome.ts";
import { Policy, type PolicyPlace, type PolicySubject, subjectOf } from "./policy.ts";
import type { Party } from "./relay.ts";

/** Why a message does not pass. */
export interface Denial {
  /** what its sender is told: nothing of the rules */
  readonly result: Result;
  /** for our own log: which rule */
  readonly detail: string;
}

/** The gate of one manor. */
export class Gate {
  readonly #place: PolicyPlace;
  /** where no rule asks for a role, none is looked up */
  readonly #placeWithoutRoles: PolicyPlace;
  /** by whose they are: a far estate that asks much pushes none of ours out */
  readonly #requests = {
    ours: new OpenRequests(REQUESTS_OPEN_MAX),
    theirs: new OpenRequests(REQUESTS_OPEN_PER_ESTATE_MAX),
  };
  readonly #silent = new Set<string>();
  #policy: Policy | null = null;

  /** @param place who we are, and how roles are found */
  constructor(place: PolicyPlace) {
    this.#place = place;
    this.#placeWithoutRoles = { ...place, roleOf: () => "" };
  }

  /** Whether there are rules at all. */
  get hasRules(): boolean {
    return this.#policy !== null;
  }

  /** The rules in force, for an operator, and last what holds where none matches. */
  rows(): RuleView[] {
    return (this.#policy ?? NO_RULES).rows();
  }

  /** Puts other rules in force, at once; null for none. */
  enforce(policy: Policy | null): void {
    this.#policy = policy?.rules.length ? policy : null;
  }

  /** Whether a yard may send messages; all may, unless told otherwise. */
  setSilent(yard: string, silent: boolean): void {
    if (silent) this.#silent.add(yard);
    else this.#silent.delete(yard);
  }

  /** Why a message may not pass; null if it may. */
  denial(envelope: Envelope, from: Party, now: number): Denial | null {
    if (this.#policy === null && this.#silent.size === 0) return null;
    if (from.kind === "yard" && this.#silent.has(from.name)) return SILENT;
    return this.#policy === null ? null : this.#judge(this.#policy, envelope, from, now);
  }

  /** The same before a message is taken on, when it will be asked about again: only a denial counts. */
  denialAhead(envelope: Envelope, from: Party, now: number): Denial | null {
    const policy = this.#policy;
    if (policy === null || policy.find(this.#subject(policy, envelope, from)).allowed) return null;
    return this.denial(envelope, from, now);
  }

  #judge(policy: Policy, envelope: Envelope, from: Party, now: number): Denial | null {
    const { estate } = this.#place;
    const isAnswer = envelope.job !== "" && envelope.reply !== null;
    const asker = (isAnswer ? envelope.destination : envelope.source).estate || estate;
    const requests = this.#requests[asker === estate ? "ours" : "theirs"];
    if (isAnswer && requests.awaits(envelope, estate, now)) return null;
    const { allowed, rule } = policy.decide(this.#subject(policy, envelope, from));
    if (!allowed) {
      const why = `a rule of estate "${estate}" does not let the message through`;
      return { result: failure("denied", why), detail: policy.nameOf(rule) };
    }
    if (envelope.job !== "" && !isAnswer) {
      const until = now + (envelope.ttlMs ?? TTL_MS_DEFAULT);
      requests.note(envelope, estate, until, now);
    }
    return null;
  }

  #subject(policy: Policy, envelope: Envelope, from: Party): PolicySubject {
    const place = policy.needsRoles ? this.#place : this.#placeWithoutRoles;
    return subjectOf(place, from, envelope.destination, envelope.type ?? "");
  }
}

const NO_RULES = new Policy([]);
const SILENT: Denial = {
  result: failure(
    "denied",
    `operators of this manor may not send messages: expected "send" in its groupVerbs`,
  ),
  detail: "groupVerbs: an operator may not send",
};
