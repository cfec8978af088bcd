/**
 * What a manor says to its road about a message that has arrived whole, before the road completes it.
 *
 * One of ours is told by a receipt what became of its message. A classic peer reads nothing but the end
 * of its transaction: what finds no room, or is denied by a rule, is refused there.
 *
 * @module
 */
import type { DropReason } from "../base/drop.ts";
import { ADMIT_WAIT_MS_MAX } from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import type { Admission } from "../road/options.ts";
import type { RoadStack } from "../road/stack.ts";
import type { Gate } from "../route/gate.ts";
import { fromRoad } from "../route/intake.ts";
import type { Router } from "../route/router.ts";

/** What admission goes by. */
export interface AdmissionParts {
  /** our estate's name */
  readonly estate: string;
  readonly road: Pick<RoadStack, "remote">;
  readonly router: Pick<Router, "hasRoom" | "shareWithoutRoom" | "counters">;
  readonly gate: Gate;
  now(): number;
  /** whether the manor is to stop: then its router refuses, by a receipt */
  isEnding(): boolean;
  /** told of what is refused for a rule */
  dropped(reason: DropReason, from: string, detail: string): void;
}

/** Whether the road may complete a message of an estate. @param waitedMs since it arrived whole */
export function admit(
  parts: AdmissionParts,
  estate: string,
  body: Body,
  waitedMs: number,
): Admission {
  const { road, router, gate } = parts;
  const isClassic = () => !road.remote(estate)?.capabilities;
  if (parts.isEnding()) return isClassic() ? "refuse" : "take";
  if (gate.hasRules && isClassic() && isDenied(parts, estate, body)) return "refuse";
  if (router.hasRoom(estate, body)) return "take";
  if (waitedMs < ADMIT_WAIT_MS_MAX) return { waitsFor: router.shareWithoutRoom(body) };
  return isClassic() ? "refuse" : "take"; // the router tells one of ours that it is queue_full
}

function isDenied(parts: AdmissionParts, estate: string, body: Body): boolean {
  const intake = fromRoad(body, estate, parts.estate);
  if (!("is" in intake) || intake.is !== "message") return false; // the router says what it is
  const from = { kind: "estate", name: estate } as const;
  const denial = parts.gate.denialAhead(intake.envelope, from, parts.now());
  if (!denial) return false;
  parts.router.counters.add("denied_by_rule");
  parts.dropped("denied_by_rule", `estate ${estate}`, denial.detail);
  return true;
}
