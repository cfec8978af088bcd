/**
 * Checks of the estate itself: whether its manor does its work, and whether keys are at odds.
 *
 * @module
 */
import { toHex } from "../../base/bytes.ts";
import { loadCrypto } from "../../crypto/load.ts";
import { plural } from "../draw/event.ts";
import { type Check, fault, firstOf, ok, warning } from "./finding.ts";

/** Whether a manor runs, and what keeps it from its work. */
export const manorCheck: Check = {
  name: "manor",
  examine({ manor, denial }) {
    if (denial !== null) {
      const isOthers = denial.code === "denied";
      const todo = isOthers ? "run raet doctor as the user of the home" : "";
      return warning(`not looked at: ${denial.message}`, todo);
    }
    if (manor === null) return warning("none of this home answers", "raet up");
    const { pid, fault: what } = manor.health;
    if (what !== null) return fault(what, "raet estates and the log say more");
    return ok(`runs (pid ${pid})`);
  },
};

/** Keys that wait, that were rejected, or that two bear. */
export const conflictsCheck: Check = {
  name: "conflicts",
  isPrivate: true,
  async examine({ keep: found }) {
    if (found === null) return warning("not looked at: the keep can't be read", "see keep");
    const { keep } = found;
    const own = keep.loadLocalRole();
    const roles = keep.roles();
    if (own) {
      const crypto = await loadCrypto();
      const ownKey = toHex(crypto.signer(own.signSeed).verifyKey);
      const twins = roles.filter(({ verifyKey }) => toHex(verifyKey) === ownKey)
        .filter(({ role }) => role !== own.role).map(({ role }) => role);
      if (twins.length > 0) {
        const what = `role ${firstOf(twins)} has the very keys of this estate: a home was copied`;
        return fault(what, "give one of the two a new home, so that each has keys of its own");
      }
    }
    const byKey = new Map<string, string[]>();
    for (const { role, verifyKey } of roles) {
      const key = toHex(verifyKey);
      byKey.set(key, [...byKey.get(key) ?? [], role]);
    }
    const shared = [...byKey.values()].find((bearers) => bearers.length > 1);
    if (shared) {
      const what = `roles ${shared.join(" and ")} have the same keys: a home was copied`;
      return warning(what, "raet keys show compares; give one of them a new home");
    }
    const ofState = (state: string) =>
      roles.filter(({ acceptance }) => acceptance === state).map(({ role }) => role);
    const [pending, rejected] = [ofState("pending"), ofState("rejected")];
    if (rejected.length > 0) {
      const what = `the key of ${firstOf(rejected)} was rejected`;
      return warning(what, "raet keys delete NAME lets it ask anew, if it is to be let in");
    }
    if (pending.length > 0) {
      return warning(`the key of ${firstOf(pending)} waits`, "compare it, and raet keys accept");
    }
    const alike = roles.length > 1 ? ", no two of them alike" : "";
    return ok(`${plural(roles.length, "key")} of others${alike}`);
  },
};

/** In the order in which they are told. */
export const ESTATE_CHECKS: readonly Check[] = [conflictsCheck, manorCheck];
