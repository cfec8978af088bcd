/**
 * What operators who are not the manor's user may be granted: verbs of the controls, and `send` for
 * messages. A closed list; what is not granted is denied.
 *
 * @module
 */
import type { ControlVerb } from "./control.ts";
import { OPERATOR_PREFIX } from "./triple.ts";

/** What needs no grant: to come, to go, to say that one is still there, and to give back. */
const FREE: readonly ControlVerb[] = ["attach", "detach", "renew", "release", "unwatch"];
/** Verbs that go with another one. */
const IMPLIED: { readonly [V in ControlVerb]?: Grant } = {
  transaction: "transactions",
  durable: "shares",
  resume: "send",
};

/** A verb that can be granted. */
export type Grant =
  | Exclude<
    ControlVerb,
    "attach" | "detach" | "renew" | "release" | "transaction" | "durable" | "resume" | "unwatch"
  >
  | "send";

/** Verbs that change nothing and tell no secret: what is granted where nothing is told. */
export const READ_ONLY: readonly Grant[] = [
  "keys",
  "estates",
  "yards",
  "shares",
  "transactions",
  "trace",
  "stats",
  "policy",
  "health",
  "export",
  "watch",
];

/** Every verb that can be granted. */
export const GRANTS: readonly Grant[] = [
  ...READ_ONLY,
  "ping",
  "accept",
  "reject",
  "delete",
  "rotate",
  "import",
  "claim",
  "send",
];

/** Whether a verb may be called with these grants. */
export function grants(granted: readonly Grant[], verb: ControlVerb): boolean {
  return FREE.includes(verb) || granted.some((grant) => grant === (IMPLIED[verb] ?? verb));
}

/** Whether a verb changes something, so that it is worth a line in the log who called it. */
export function changes(verb: ControlVerb): boolean {
  return !FREE.includes(verb) && !grants(READ_ONLY, verb);
}

/**
 * Whether a yard may ask for what became of a message that a yard of the same host sent: any process of
 * the manor's own user may, an operator only if it has the name that sent it.
 */
export function mayTakeOver(yard: string, source: string): boolean {
  return yard === source || !yard.startsWith(OPERATOR_PREFIX);
}
