/**
 * What docs/guarantees.md says of durable and of ordered messages, as checkers.
 *
 * @module
 */
import type { ErrorCode } from "../../src/base/errors.ts";
import type { Triple } from "../../src/route/triple.ts";
import type { Checker } from "./checkers.ts";
import type { Sent, Take } from "./witness.ts";

/** Failures that are not for good: what is stored is tried again after them. */
const PASSING: ReadonlySet<ErrorCode> = new Set(
  ["queue_full", "no_manor", "no_yard", "no_share", "refused", "internal", "expired"],
);

/** A durable message comes once, or again with a word of that and after whoever had it is gone. */
export const againAfterDeath: Checker = {
  name: "durable once",
  taken(sent, take) {
    if (take.copy || !sent.durable || sent.takes.length === 1 || sent.mayBeForgotten()) return null;
    const before = sent.takes.slice(0, -1);
    const what = `durable message ${sent.n} came to ${placeOf(take)} again`;
    if (wasGivenLong(sent, take)) return null;
    if (!take.redelivered) return `${what} and not as redelivered`;
    // A manor that is started again does not know to whom the run before gave it once one of them was away.
    const areTwo = sent.mayBeUnknown() && before.some((one) => wasGivenLong(sent, one));
    if (sent.told?.status === "delivered" && !areTwo) {
      return `${what} after its sender was told delivered`;
    }
    const noted = before.find(({ noted }) => noted && !areTwo);
    if (noted) return `${what} though ${placeOf(noted)} was told that it is done with it`;
    const alive = before.find((one) => has(one) && !wasGivenLong(sent, one));
    return alive ? `${what} while ${placeOf(alive)} lives and has it` : null;
  },
};

/** What is stored is kept until its life is over; nobody is told "unknown" before that. */
export const keptUntilOver: Checker = {
  name: "durable kept",
  told(sent) {
    const { status, code, message } = sent.told!;
    if (!sent.durable || sent.mayBeOver()) return null;
    if (status === "outcome_unknown") {
      return `the outcome of durable message ${sent.n} is told to be unknown before its deadline: ` +
        message;
    }
    if (sent.stored && code === "denied") {
      return `message ${sent.n} is stored and its sender was told denied: ${message}`;
    }
    if (!sent.stored || status !== "failed" || !PASSING.has(code as ErrorCode)) return null;
    return `message ${sent.n} is stored and its sender was told ${code} before its deadline: ${message}`;
  },
};

/**
 * Of one yard to one route: each is handed over before all that were sent after it, unless it had its
 * outcome by then, or was given to a process that is gone. Whoever listens sees them in the order sent.
 */
export const inOrder: Checker = {
  name: "ordered",
  taken(sent, take) {
    if (take.copy || !sent.ordered || take.redelivered || sent.takes.length > 1) return null;
    // One whose life is over leaves a gap; and one that was refused, or that its manor failed to write down,
    // where that was not heard of or not said, is sent again after others (docs/guarantees.md).
    if (sent.durable && (sent.mayBeOver() || sent.mayComeLate() || sent.sentAnew)) return null;
    // One in memory only has its outcome at its deadline, also where nobody is left to hear it; for a manor
    // whose clock leapt that was before.
    if (!sent.durable && sent.mayBeUnknown()) return null;
    const endedAt = Math.min(sent.toldAt, sent.durable ? Infinity : sent.overAt());
    const overtook = streamOf(sent).find((later) =>
      later.n > sent.n && later.takes.length > 0 && later.takes[0].at < endedAt &&
      !later.takes[0].wasAway()
    );
    if (!overtook) return null;
    return `message ${sent.n} to ${
      routeOf(sent.to)
    } was handed over after message ${overtook.n}, ` +
      `which was sent after it by ${sent.estate}/${sent.yard}`;
  },
};

/** Messages of one order are with one of several claimants as long as it has any of them that live. */
export const oneAtWork: Checker = {
  name: "one at work on an order",
  taken(sent, take) {
    if (take.copy || !sent.ordered || sent.to.yard !== "" || take.holder === null) return null;
    if (sent.told || hasEnded(sent) || wasGivenLong(sent, take)) return null;
    for (const other of streamOf(sent)) {
      const elsewhere = other.takes.find((one) =>
        one.holder !== take.holder && has(one) && !wasGivenLong(other, one)
      );
      if (!elsewhere || other === sent || other.told || hasEnded(other)) continue;
      return `message ${sent.n} went to ${placeOf(take)} while ${placeOf(elsewhere)} has message ` +
        `${other.n} of the same order`;
    }
    return null;
  },
};

/** What waits on disk is bounded on each side. */
export const storeBounded: Checker = {
  name: "durable within limits",
  step({ acted }) {
    if (!acted?.durable) return null;
    const { max } = acted.durable;
    for (const side of ["out", "in"] as const) {
      const { messages, bytes } = acted.durable[side];
      if (messages > max || messages < 0 || bytes < 0) {
        return `estate ${acted.name} has ${messages} durable messages of ${bytes} bytes that wait ` +
          `${side}: expected at most ${max}`;
      }
    }
    return null;
  },
};

/** All of these. */
export const DURABLE_CHECKERS: readonly Checker[] = [
  againAfterDeath,
  keptUntilOver,
  inOrder,
  oneAtWork,
  storeBounded,
];

/**
 * Whether a message may have its outcome, whoever has it and whether or not somebody is left to hear it: its
 * life is over, or it was in memory only and a manor that had it was ended.
 */
function hasEnded(sent: Sent): boolean {
  return sent.mayBeOver() || !sent.durable && sent.mayBeUnknown();
}

/** Whether a program still works on a message, so that nobody else may have it. */
function has(take: Take): boolean {
  const { holder, acknowledged } = take;
  return holder !== null && holder.process.alive && !holder.ended && !acknowledged &&
    !take.wasAway();
}

/**
 * Whether it was given to this process, which could be taken to be gone until it took it: others had it
 * meanwhile, and all but the first were told so, or are about to have it (docs/guarantees.md).
 */
function wasGivenLong({ takes, at }: Sent, take: Take): boolean {
  return take.wasAwaySince(at) && takes.filter(({ redelivered }) => !redelivered).length <= 1;
}

const streams = new WeakMap<Sent, Sent[]>();

/** All ordered messages of the same yard to the same route, in the order sent. */
function streamOf(sent: Sent): readonly Sent[] {
  return streams.get(sent) ?? [];
}

/** Those of one order so far, by their yard and route. */
export class Streams {
  readonly #all = new Map<string, Sent[]>();

  /** One is sent. */
  add(sent: Sent): void {
    if (!sent.ordered) return;
    const key = `${sent.estate}/${sent.yard} ${routeOf(sent.to)}`;
    const stream = this.#all.get(key) ?? [];
    if (stream.push(sent) === 1) this.#all.set(key, stream);
    streams.set(sent, stream);
  }
}

function routeOf({ estate, yard, share }: Triple): string {
  return `${estate}/${yard}/${share}`;
}

function placeOf({ estate, yard, at }: Take): string {
  return `${estate}/${yard} at ${at.toFixed(1)}`;
}
