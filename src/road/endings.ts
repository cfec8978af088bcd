/**
 * How a transaction of the road can end: one word for each way, whatever its kind, and the same at
 * both ends. Particulars stand beside the word, as a clause for people.
 *
 * @module
 */

/** Every way, with what it means. */
export const ENDINGS = {
  done: "it did what it was for: joined, allowed, alive, or the message was acknowledged",
  silent: "what was waited for did not come in time",
  refused: "one side can't or won't take part now; it is tried again where that helps",
  rejected: "one side does not accept the other's key",
  forgotten: "one side does not know the join, the session or the number that the other one used",
  stopped: "it was given up before it was decided: replaced, out of time, or no longer wanted",
  unknown: "a message may have arrived, or not: nobody can say",
} as const;

/** One of them. */
export type Ending = keyof typeof ENDINGS;

/** How something ended, with the particulars: `refused (by the joiner)`. */
export function describeEnd({ outcome, why }: { outcome: string; why: string }): string {
  return why === "" ? outcome : `${outcome} (${why})`;
}

/** Why a join of ours came to nothing: the other side won't, nobody answered in time, or nobody proved the answer. */
export type JoinFailure = "refused" | "rejected" | "renew" | "timed out" | "reaped" | "unproven";
