/**
 * Who decides about keys, and how (protocol.md 2). Acceptance belongs to a *role*, not to the estates
 * that bear it.
 *
 * @module
 */
import { equalBytes } from "../base/bytes.ts";
import type { Acceptance, RemoteRole } from "./records.ts";

/**
 * What happens to keys that no operator has judged: `never` they wait, `once` the first of a role are
 * accepted and held on to, `always` any are accepted, and the record follows.
 */
export type AutoMode = "never" | "once" | "always";

/** A verdict on keys that somebody offers, and what has to be written because of it. */
export interface Judgement {
  /** What becomes of the join that brought the keys. */
  readonly verdict: Acceptance;
  /** The role's record as it has to be from now on; null if nothing has to be written. */
  readonly record: RemoteRole | null;
}

/**
 * Judges the keys that come with a join. In `never` and `once` keys that differ from those on record are
 * rejected this time and the record stays; only an operator writes "rejected", and there it stays.
 *
 * @param onRecord the role's record, or null if it was never seen
 * @param role the role's name, for a first record
 */
export function judge(
  auto: AutoMode,
  onRecord: RemoteRole | null,
  verifyKey: Uint8Array,
  boxKey: Uint8Array,
  role: string,
): Judgement {
  const sameKeys = onRecord !== null && equalBytes(onRecord.verifyKey, verifyKey) &&
    equalBytes(onRecord.boxKey, boxKey);
  const verdict = auto === "always" ? "accepted" : verdictOf(auto, onRecord, sameKeys);
  const unchanged = sameKeys && onRecord.acceptance === verdict;
  const record = verdict === "rejected" || unchanged
    ? null
    : { role: onRecord?.role ?? role, acceptance: verdict, verifyKey, boxKey };
  return { verdict, record };
}

function verdictOf(
  auto: "never" | "once",
  onRecord: RemoteRole | null,
  sameKeys: boolean,
): Acceptance {
  if (onRecord && (!sameKeys || onRecord.acceptance === "rejected")) return "rejected";
  return auto === "once" ? "accepted" : onRecord?.acceptance ?? "pending";
}
