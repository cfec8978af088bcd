/**
 * Restrictions: which source may send which type of message to which destination. Rules in their order,
 * the first that matches decides; where none does, the message passes. Controls are no matter of rules:
 * the road never reaches them (intake.ts), and the own lane by a closed list of verbs.
 *
 * A rule speaks only of what this host knows for itself: estate and role of the road's far end are those
 * whose keys signed, a yard counts as a source only where its socket is on our own lane.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { globMatcher, type Matcher } from "../base/glob.ts";
import { POLICY_RULES_MAX } from "../base/limits.ts";
import type { RuleView } from "./control.ts";
import type { Party } from "./relay.ts";
import { INBOX, MANOR_YARD, type Triple } from "./triple.ts";

/** Which way a message goes: from the road, out to the road, or within this host. */
export type Direction = "in" | "out" | "local";
/** All of them. */
export const DIRECTIONS: readonly Direction[] = ["in", "out", "local"];

/** Globs by what each is about; one of a list has to fit, and what is not named may be anything. */
export type RuleEnd<Part extends string> = { readonly [P in Part]?: readonly string[] };

/** What a rule can say of whoever sends. */
export type SourcePart = "role" | "estate" | "yard";
/** What a rule can say of whom a message is for. */
export type DestinationPart = SourcePart | "share";
/** All of the first. */
export const SOURCE_PARTS: readonly SourcePart[] = ["role", "estate", "yard"];
/** All of the second. */
export const DESTINATION_PARTS: readonly DestinationPart[] = [...SOURCE_PARTS, "share"];

/** One rule. */
export interface PolicyRule {
  /** what the log calls it */
  readonly name?: string;
  /** what becomes of the messages that it matches */
  readonly action: "allow" | "deny";
  /** for which ways it is */
  readonly directions: readonly Direction[];
  /** who sends */
  readonly from?: RuleEnd<SourcePart>;
  /** whom it is for */
  readonly to?: RuleEnd<DestinationPart>;
  /** globs over the message's type; a message without one has "" */
  readonly type?: readonly string[];
}

/** What rules look at, each part with what an empty one stands for. */
export interface PolicySubject {
  /** which way it goes */
  readonly direction: Direction;
  /** who sends; no yard if it comes from the road */
  readonly from: { readonly role: string; readonly estate: string; readonly yard: string };
  /** whom it is for */
  readonly to: {
    readonly role: string;
    readonly estate: string;
    readonly yard: string;
    readonly share: string;
  };
  /** its type; "" if it has none */
  readonly type: string;
}

/** Whose rules they are, and how roles are found. */
export interface PolicyPlace {
  /** our estate's name */
  readonly estate: string;
  readonly role: string;
  /** the role whose keys an estate bears; "" where it is not known */
  roleOf(estate: string): string;
}

/** What rules look at of a message. @param from the yard, or the estate of the road, that it comes from */
export function subjectOf(
  { estate: ours, role, roleOf }: PolicyPlace,
  from: Party,
  to: Triple,
  type: string,
): PolicySubject {
  const roleFor = (estate: string) => estate === ours ? role : roleOf(estate);
  const isFromRoad = from.kind === "estate";
  const source = isFromRoad ? from.name : ours;
  const destination = to.estate || ours;
  return {
    direction: isFromRoad ? "in" : destination === ours ? "local" : "out",
    // What a message from the road says of its yard is nothing to go by.
    from: { role: roleFor(source), estate: source, yard: isFromRoad ? "" : from.name },
    to: {
      role: roleFor(destination),
      estate: destination,
      yard: to.yard || MANOR_YARD,
      share: to.share || INBOX,
    },
    type,
  };
}

/** What the rules say of a message. */
export interface Decision {
  /** whether it passes */
  readonly allowed: boolean;
  /** number of the rule that decided, from 1; 0 where none matched */
  readonly rule: number;
}

interface Compiled {
  readonly allowed: boolean;
  readonly rule: number;
  readonly tests: readonly ((subject: PolicySubject) => boolean)[];
}

/** Rules, ready for use. */
export class Policy {
  /** As they were told. */
  readonly rules: readonly PolicyRule[];
  /** Whether any asks for a role: else nobody has to look them up. */
  readonly needsRoles: boolean;
  /** How many messages each rule has decided; the first is of those that none did. */
  readonly hits: number[];
  readonly #byDirection: Readonly<Record<Direction, Compiled[]>> = { in: [], out: [], local: [] };

  /**
   * Takes up rules.
   *
   * @throws {RaetError} `usage` for one that can't be, with its number
   */
  constructor(rules: readonly PolicyRule[]) {
    if (rules.length > POLICY_RULES_MAX) {
      throw new RaetError("usage", `${rules.length} rules are too many: ${EXPECTED_COUNT}`);
    }
    this.rules = rules;
    this.hits = new Array(rules.length + 1).fill(0);
    this.needsRoles = rules.some(({ from, to }) => from?.role || to?.role);
    for (const [index, rule] of rules.entries()) {
      const fault = faultOfRule(rule);
      if (fault) throw new RaetError("usage", `rule ${index + 1}: ${fault.why}`);
      const allowed = rule.action === "allow";
      const compiled = { allowed, rule: index + 1, tests: testsOf(rule) };
      for (const direction of rule.directions) this.#byDirection[direction].push(compiled);
    }
  }

  /** The first rule that matches; allowed where none does. It is counted among what the rule decided. */
  decide(subject: PolicySubject): Decision {
    const decision = this.find(subject);
    this.hits[decision.rule]++;
    return decision;
  }

  /** The same, uncounted. */
  find(subject: PolicySubject): Decision {
    for (const compiled of this.#byDirection[subject.direction]) {
      if (compiled.tests.every((test) => test(subject))) return compiled;
    }
    return NO_RULE;
  }

  /** What a log calls a rule. */
  nameOf(rule: number): string {
    const { name } = this.rules[rule - 1];
    return `rule ${rule} (${name ?? formatRule(this.rules[rule - 1])})`;
  }

  /** Each rule, and last what holds where none matches. */
  rows(): RuleView[] {
    const rows = this.rules.map((rule, index) => ({
      rule: index + 1,
      name: rule.name ?? "",
      says: formatRule(rule),
      decided: this.hits[index + 1],
    }));
    return [...rows, { rule: 0, name: "", says: "all else passes", decided: this.hits[0] }];
  }

  /** All rules in one line: the same text means the same rules. */
  toString(): string {
    return this.rules.map((rule) =>
      (rule.name === undefined ? "" : `${JSON.stringify(rule.name)}: `) + formatRule(rule)
    ).join("; ") || "none";
  }
}

/** What is wrong with a rule, and which of its keys is at fault; null if nothing is. */
export function faultOfRule(
  { directions, from }: Pick<PolicyRule, "directions" | "from">,
): { key: readonly string[]; why: string } | null {
  if (directions.length === 0) {
    return { key: [], why: `no direction: expected one of ${DIRECTIONS.join(", ")}` };
  }
  if (!from?.yard || !directions.includes("in")) return null;
  const why = "a yard of another host is only what the message says, which proves nothing: " +
    "expected from.role or from.estate where a rule is for direction in";
  return { key: ["from", "yard"], why };
}

/** A rule as one line: `deny in from role=minion* to share=fun type=cmd`. */
export function formatRule({ action, directions, from, to, type }: PolicyRule): string {
  const ways = directions.length === DIRECTIONS.length ? "any" : directions.join(",");
  const parts = [`${action} ${ways}`];
  if (from && Object.keys(from).length > 0) parts.push(`from ${formatEnd(from)}`);
  if (to && Object.keys(to).length > 0) parts.push(`to ${formatEnd(to)}`);
  if (type) parts.push(`type=${formatGlobs(type)}`);
  return parts.join(" ");
}

const EXPECTED_COUNT = `expected at most ${POLICY_RULES_MAX}`;
const NO_RULE: Decision = { allowed: true, rule: 0 };

function formatEnd(end: Readonly<Record<string, readonly string[] | undefined>>): string {
  return Object.entries(end).map(([part, globs]) => `${part}=${formatGlobs(globs ?? [])}`).join(
    " ",
  );
}

function formatGlobs(globs: readonly string[]): string {
  // What could be taken for more than one glob, or for more of the rule, stands in quotes.
  return globs.map((glob) => /^[^\s",;]+$/.test(glob) ? glob : JSON.stringify(glob)).join(",");
}

/** One test for each part that the rule names: what it leaves open costs nothing. */
function testsOf(
  { from = {}, to = {}, type }: PolicyRule,
): ((subject: PolicySubject) => boolean)[] {
  const tests: ((subject: PolicySubject) => boolean)[] = [];
  if (type) {
    const fits = anyOf(type);
    tests.push((subject) => fits(subject.type));
  }
  for (const part of DESTINATION_PARTS) {
    const globs = to[part];
    if (!globs) continue;
    const fits = anyOf(globs);
    tests.push((subject) => fits(subject.to[part]));
  }
  for (const part of SOURCE_PARTS) {
    const globs = from[part];
    if (!globs) continue;
    const fits = anyOf(globs);
    tests.push((subject) => fits(subject.from[part]));
  }
  return tests;
}

function anyOf(globs: readonly string[]): Matcher {
  const matchers = globs.map(globMatcher);
  return matchers.length === 1 ? matchers[0] : (name) => matchers.some((fits) => fits(name));
}
