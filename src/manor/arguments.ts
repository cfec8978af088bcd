/**
 * Reads the arguments of control calls: what comes over the lane is checked here, and nowhere else.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { CLAIMS_PER_YARD_MAX, IDS_PER_CALL_MAX, IMPORT_KEYS_PER_CALL } from "../base/limits.ts";
import { isOwnName } from "../base/names.ts";
import { isBody, type Value } from "../base/value.ts";
import {
  type Claim,
  CONTROL_VERBS,
  type ControlVerb,
  type MessageKey,
  type Topic,
  TOPICS,
} from "../route/control.ts";
import { isMessageId } from "../route/envelope.ts";

/** The verb and the arguments of a call. @throws {RaetError} usage */
export function readCall(payload: Value): { verb: ControlVerb; args: Value } {
  if (!isBody(payload)) throw wrong("call", "a map with verb and args");
  const verb = CONTROL_VERBS.find((one) => one === payload.verb);
  if (!verb) throw wrong("verb", `one of ${CONTROL_VERBS.join(", ")}`);
  return { verb, args: payload.args ?? {} };
}

/** A text. @throws {RaetError} usage */
export function textOf(args: Value, key: string): string {
  const value = isBody(args) ? args[key] : undefined;
  if (typeof value !== "string" || value.length > 1000) throw wrong(key, "a text");
  return value;
}

/** A text, or nothing. @throws {RaetError} usage */
export function optionalTextOf(args: Value, key: string): string | undefined {
  return isBody(args) && args[key] !== undefined ? textOf(args, key) : undefined;
}

/** A whole number from 0. @throws {RaetError} usage */
export function countOf(args: Value, key: string): number {
  const value = isBody(args) ? args[key] : undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(key, "a whole number");
  }
  return value;
}

/** A claim. Shares that begin with a dot are the manor's. @throws {RaetError} usage */
export function claimOf(args: Value): Claim {
  const share = textOf(args, "share");
  if (!isOwnName("share", share) || share.startsWith(".")) throw wrong("share", "a share's name");
  return { share, observe: isBody(args) && args.observe === true };
}

/** The claims of a renewal. @throws {RaetError} usage */
export function claimsOf(args: Value): Claim[] {
  const claims = isBody(args) ? args.claims : undefined;
  if (!Array.isArray(claims) || claims.length > CLAIMS_PER_YARD_MAX) {
    throw wrong("claims", "a list of claims");
  }
  return claims.map(claimOf);
}

/** Ids of messages. @throws {RaetError} usage */
export function idsOf(args: Value, key: string): string[] {
  const ids = isBody(args) ? args[key] : undefined;
  const isList = Array.isArray(ids) && ids.length <= IDS_PER_CALL_MAX;
  if (isList && ids.every(isMessageId)) return ids;
  throw wrong(key, `a list of at most ${IDS_PER_CALL_MAX} message ids`);
}

/** What a process says of itself that older ones don't. @throws {RaetError} usage */
export function introductionOf(args: Value): { holds: MessageKey[]; reads: boolean } {
  const says = isBody(args) ? args : {};
  return {
    holds: messageKeysOf(args, "holds"),
    reads: says.news === true,
  };
}

/** What a process keeps of a claim that it takes back; older ones keep nothing. @throws {RaetError} usage */
export function keepsOf(args: Value): MessageKey[] {
  return messageKeysOf(args, "keeps");
}

function messageKeysOf(args: Value, key: string): MessageKey[] {
  const keys = isBody(args) && args[key] !== undefined ? args[key] : [];
  const isKey = (one: Value) =>
    isBody(one) && isMessageId(one.id) && typeof one.estate === "string";
  if (Array.isArray(keys) && keys.length <= IDS_PER_CALL_MAX && keys.every(isKey)) {
    return keys as MessageKey[];
  }
  throw wrong(key, `a list of at most ${IDS_PER_CALL_MAX} messages, each by estate and id`);
}

/** Keys to import; each is looked at where it is taken over. @throws {RaetError} usage */
export function keysOf(args: Value): readonly Value[] {
  const keys = isBody(args) ? args.keys : undefined;
  if (Array.isArray(keys) && keys.length <= IMPORT_KEYS_PER_CALL) return keys;
  throw wrong("keys", `a list of at most ${IMPORT_KEYS_PER_CALL} keys`);
}

/** Topics to watch. @throws {RaetError} usage */
export function topicsOf(args: Value): Topic[] {
  const topics = isBody(args) ? args.topics : undefined;
  if (!Array.isArray(topics)) throw wrong("topics", `a list of ${TOPICS.join(", ")}`);
  return topics.map((topic) => {
    const known = TOPICS.find((one) => one === topic);
    if (!known) throw wrong("topics", `a list of ${TOPICS.join(", ")}`);
    return known;
  });
}

function wrong(what: string, expected: string): RaetError {
  return new RaetError("usage", `the ${what} of a control call is wrong: expected ${expected}`);
}
