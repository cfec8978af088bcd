/**
 * What must hold whatever happens, looked at after every step. Each checker says what it found in one
 * sentence. New promises get a checker; those of durable and ordered messages are in `durable_checkers.ts`.
 *
 * @module
 */
import {
  DELIVERIES_MAX,
  HALF_OPEN_JOINS_MAX,
  MESSAGES_PER_REMOTE_MAX,
  MESSAGES_PER_SHARE_MAX,
  MESSAGES_PER_YARD_MAX,
  REMOTES_MAX,
  SHARES_MAX,
  YARDS_MAX,
} from "../../src/base/limits.ts";
import type { EstateView } from "../../src/route/control.ts";
import type { DurableLoad } from "../../src/route/control.ts";
import { DURABLE_CHECKERS } from "./durable_checkers.ts";
import type { Sent, Take, Witness } from "./witness.ts";

/** A manor as checkers see it. */
export interface ManorFacts {
  readonly name: string;
  readonly estates: readonly EstateView[];
  readonly shares: readonly { readonly name: string; readonly held: number }[];
  readonly yards: readonly { readonly name: string; readonly queued: number }[];
  /** durable messages that wait, and how many may on each side; null where none are kept */
  readonly durable: DurableLoad & { readonly max: number } | null;
  /** messages that have no outcome; durable ones apart */
  readonly open: number;
  /** whether it may have a session with the estate of that name now */
  mayTrust(estate: string): boolean;
  /** names of estates that had a session with it, which is on its disk: they keep their names */
  readonly met: ReadonlySet<string>;
}

/** What checkers are given. */
export interface Scene {
  readonly now: number;
  readonly witness: Witness;
  /** the manor that did something in this step; null if none did */
  readonly acted: ManorFacts | null;
}

/** More than what can't be counted adds up to where nobody stands still. */
const LATE_MS_MAX = 20_000;

/** Looks for one kind of fault. */
export interface Checker {
  readonly name: string;
  taken?(sent: Sent, take: Take): string | null;
  told?(sent: Sent): string | null;
  /** a process was told of an outcome by its manor, for the so-manieth time */
  receipt?(id: string, times: number): string | null;
  step?(scene: Scene): string | null;
}

/** No message is handed over twice, not even after a restart of whoever. */
export const onceOnly: Checker = {
  name: "handed over once",
  taken(sent, take) {
    // A durable one may come again: durable_checkers.ts.
    if (take.copy || sent.durable || sent.takes.length === 1) return null;
    const takers = sent.takes.map(({ estate, yard, at }) =>
      `${estate}/${yard} at ${at.toFixed(1)}`
    );
    return `message ${sent.n} was handed over ${sent.takes.length} times: ${takers.join(", ")}`;
  },
};

/** Nobody gets what was for others, nor under a false name. */
export const rightTaker: Checker = {
  name: "for whom it was",
  taken(sent, take) {
    const { to } = sent;
    const isThere = take.estate === to.estate && (to.yard === "" || to.yard === take.yard) &&
      (sent.kind === "answer" || take.share === to.share);
    if (!isThere) {
      return `message ${sent.n} for ${to.estate}/${to.yard}/${to.share} was taken by ` +
        `${take.estate}/${take.yard}/${take.share}`;
    }
    const { from } = take;
    if (from.estate === sent.estate && from.yard === sent.yard) return null;
    return `message ${sent.n} of ${sent.estate}/${sent.yard} came as of ${from.estate}/${from.yard}`;
  },
};

/** What a sender is told is true, then and afterwards. */
export const truth: Checker = {
  name: "told the truth",
  taken(sent, take) {
    if (take.copy || sent.told?.status !== "failed") return null;
    // Whoever sends an id again that is forgotten sends a new message (docs/guarantees.md).
    if (sent.durable && sent.mayBeForgotten()) return null;
    return `message ${sent.n} was handed over after its sender was told ${sent.told.code}: ` +
      sent.told.message;
  },
  told(sent) {
    const { status, code, message } = sent.told!;
    const taken = sent.takes.length > 0;
    if (status === "failed" && taken && !(sent.durable && sent.mayBeForgotten())) {
      return `the sender of message ${sent.n} was told ${code} though it was handed over: ${message}`;
    }
    const says = status === "delivered" || status === "answered" || status === "no_answer";
    // One that is not durable is acknowledged just before the program has it.
    const isLost = !sent.durable && sent.mayBeLost();
    if (says && !taken && !isLost) return `message ${sent.n} is told ${status} and nobody took it`;
    return null;
  },
};

/** Nothing is handed over after its deadline, save for what nobody can count (docs/guarantees.md). */
export const inTime: Checker = {
  name: "in time",
  taken(sent, take) {
    // Lives of what is on disk are counted by dates, which are set.
    if (take.copy || sent.durable || sent.mayBeLate() || take.wasAwaySince(sent.at)) return null;
    const lateMs = take.at - sent.at - sent.timeoutMs;
    if (lateMs < LATE_MS_MAX) return null;
    return `message ${sent.n} was handed over ${(lateMs / 1000).toFixed(1)} s after its deadline`;
  },
};

/** Every message has an outcome when its time is over, and one only. */
export const oneOutcome: Checker = {
  name: "one outcome",
  receipt(id, times) {
    return times > 1 ? `a manor told the outcome of message ${id} ${times} times` : null;
  },
  step({ now, witness }) {
    for (const sent of witness.open) {
      if (sent.toldBy >= now) continue;
      return `message ${sent.n} of ${sent.estate}/${sent.yard} to ${sent.to.estate} has no outcome ` +
        `${((now - sent.at) / 1000).toFixed(1)} s after it was sent for ${sent.timeoutMs / 1000} s`;
    }
    return null;
  },
};

/** Nobody has a session without acceptance. */
export const accepted: Checker = {
  name: "trusted by acceptance",
  step({ acted }) {
    if (!acted) return null;
    for (const { name, state } of acted.estates) {
      if (state !== "allowed" || acted.mayTrust(name)) continue;
      return `estate ${acted.name} has a session with "${name}", which nobody accepted`;
    }
    return null;
  },
};

/** The name of an estate that showed its keys is nobody else's; each bears a role of its own here. */
export const heldNames: Checker = {
  name: "names are held",
  step({ acted }) {
    if (!acted) return null;
    for (const { name, role, state } of acted.estates) {
      if (role === name || !acted.met.has(name) || state === "pending") continue;
      return `estate ${acted.name} knows "${name}" under the role "${role}" of somebody else`;
    }
    return null;
  },
};

/** Nothing grows past its bound. */
export const bounded: Checker = {
  name: "within limits",
  step({ acted }) {
    if (!acted) return null;
    const { open, estates, shares, yards } = acted;
    const over = (what: string, count: number, max: number) =>
      `estate ${acted.name} has ${count} ${what}: expected at most ${max}`;
    const estatesMax = REMOTES_MAX + 2 * HALF_OPEN_JOINS_MAX;
    if (open > DELIVERIES_MAX) return over("open messages", open, DELIVERIES_MAX);
    if (estates.length > estatesMax) return over("estates", estates.length, estatesMax);
    if (yards.length > YARDS_MAX) return over("yards", yards.length, YARDS_MAX);
    if (shares.length > SHARES_MAX) return over("shares", shares.length, SHARES_MAX);
    for (const { name, queued } of estates) {
      // What waits for the road to be ready waits beside what the road has.
      const max = 2 * MESSAGES_PER_REMOTE_MAX;
      if (queued > max) return over(`messages for "${name}"`, queued, max);
    }
    for (const { name, held } of shares) {
      if (held > MESSAGES_PER_SHARE_MAX) {
        return over(`messages on share "${name}"`, held, MESSAGES_PER_SHARE_MAX);
      }
    }
    for (const { name, queued } of yards) {
      if (queued > MESSAGES_PER_YARD_MAX) {
        return over(`messages for yard "${name}"`, queued, MESSAGES_PER_YARD_MAX);
      }
    }
    return null;
  },
};

/** All of them. */
export const CHECKERS: readonly Checker[] = [
  onceOnly,
  rightTaker,
  truth,
  inTime,
  oneOutcome,
  accepted,
  heldNames,
  bounded,
  ...DURABLE_CHECKERS,
];
