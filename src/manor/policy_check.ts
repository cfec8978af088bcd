/**
 * What the rules of a home say of a message, without a manor that runs: from raet.yaml, and from what the
 * keep holds of ourselves and of the roles of others.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { openHomeKeep } from "./home_keep.ts";
import { gatherSettings, type SettingsSources } from "./config.ts";
import { formatRule, Policy, type PolicySubject, subjectOf } from "../route/policy.ts";
import type { Party } from "../route/relay.ts";
import { MANOR_YARD, parseTriple, type Triple } from "../route/triple.ts";

/** What is to be judged, as an operator writes it. */
export interface Question {
  /** an estate, or estate/yard/share */
  readonly from: string;
  /** estate/yard/share */
  readonly to: string;
  /** the type; "" for a message without one */
  readonly type: string;
  /** the role of the far estate, in place of the one on record */
  readonly role?: string;
}

/** What became of it. */
export type PolicyAnswer = {
  allowed: boolean;
  direction: PolicySubject["direction"];
  /** number of the rule that decides; 0 if none matches, or it is no matter of rules */
  rule: number;
  name: string;
  /** the rule, or what holds in its place */
  says: string;
  from: PolicySubject["from"];
  to: PolicySubject["to"];
  type: string;
  /** why nothing is known of the other estate, a sentence; null if it is on record, or its role was told */
  unknown: string | null;
};

/** The rules of a home, and who is who. */
export interface PolicyHome {
  readonly estate: string;
  readonly role: string;
  readonly policy: Policy;
  /** the roles of the estates on record */
  readonly roles: ReadonlyMap<string, string>;
}

/** Reads them. @throws {RaetError} `bad_config` */
export async function readPolicyHome(sources: SettingsSources): Promise<PolicyHome> {
  const { settings } = await gatherSettings(sources);
  const { keep, plan } = openHomeKeep(sources.home, settings);
  const roles = new Map(keep.remotes().map(({ name, role }) => [name, role]));
  return {
    estate: plan.name,
    role: plan.role,
    policy: settings.policy ?? new Policy([]),
    roles,
  };
}

/** Judges. @throws {RaetError} `bad_route`, `usage` */
export function askPolicy(home: PolicyHome, question: Question): PolicyAnswer {
  const subject = readSubject(home, question);
  const { direction, from, to, type } = subject;
  const unknown = question.role === undefined ? whyUnknown(home, subject) : null;
  const about = { direction, from, to, type, unknown };
  if (isControl(direction, to)) {
    const allowed = direction === "local";
    const says = allowed
      ? "controls are no matter of rules: the own lane reaches them, by a closed list of verbs"
      : "the road reaches no control, whatever the rules say";
    return { allowed, rule: 0, name: "", says, ...about };
  }
  const { allowed, rule } = home.policy.decide(subject);
  if (rule === 0) return { allowed, rule, name: "", says: "no rule matches: it passes", ...about };
  const decided = home.policy.rules[rule - 1];
  return { allowed, rule, name: decided.name ?? "", says: formatRule(decided), ...about };
}

function whyUnknown({ roles }: PolicyHome, { direction, from, to }: PolicySubject): string | null {
  if (direction === "local") return null;
  const estate = direction === "in" ? from.estate : to.estate;
  if (roles.has(estate)) return null;
  const near = didYouMean(estate, [...roles.keys()]);
  return `no estate "${estate}" is on record, so this is for one without a role${near}`;
}

/** Whether a message is for what rules say nothing of: controls of the own lane, any dotted share from afar. */
function isControl(
  direction: PolicySubject["direction"],
  { yard, share }: PolicySubject["to"],
): boolean {
  if (!share.startsWith(".")) return false;
  return direction === "in" || direction === "local" && yard === MANOR_YARD;
}

function readSubject(home: PolicyHome, question: Question): PolicySubject {
  const from = readSource(question.from);
  const to = parseTriple(question.to);
  const [source, destination] = [from.estate || home.estate, to.estate || home.estate];
  if (source !== home.estate && destination !== home.estate) {
    throw new RaetError(
      "usage",
      `neither "${source}" nor "${destination}" is this estate: expected one end to be "${home.estate}"`,
    );
  }
  const roleOf = (estate: string) => question.role ?? home.roles.get(estate) ?? "";
  const party: Party = source === home.estate
    ? { kind: "yard", name: from.yard }
    : { kind: "estate", name: source };
  return subjectOf({ ...home, roleOf }, party, to, question.type);
}

function readSource(text: string): Triple {
  return parseTriple(text.includes("/") ? text : `${text}//`);
}
