/**
 * `raet policy`: the rules of which messages may pass, and which of them decides.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { ERROR_TABLE, RaetError } from "../../base/errors.ts";
import { isPeerName } from "../../base/names.ts";
import type { PolicyAnswer, PolicyHome } from "../../manor/policy_check.ts";
import type { RuleView } from "../../route/control.ts";
import { formatTriple } from "../../route/triple.ts";
import type { Column } from "../output.ts";
import type { Session } from "../session.ts";
import { paint } from "../text.ts";
import { named, type Verb } from "../verb.ts";

const ACTIONS = ["show", "check"] as const;

/** Shows the rules in force, and explains them. */
export const policyVerb: Verb = {
  name: "policy",
  summary: "show the rules of which messages may pass, or say which one decides",
  places: ["command", "console"],
  examples: [
    ["policy", "the rules in force, and how many messages each decided"],
    ["policy show --file", "those of raet.yaml, which may be others by now"],
    ["policy check beta //events event", "may beta send an event to our share events?"],
    ["policy check /worker/ beta//jobs", "may our yard worker send to beta, without a type?"],
    ["policy check new1 //fun cmd --role minion", "for an estate that is not known yet"],
  ],
  notes: [
    "check goes by raet.yaml and by the roles on record, so it needs no running manor. FROM is an estate,",
    "or estate/yard/share as TO is; an empty estate is this one. It ends with 0 if the message would",
    "pass, and with 5 if not. docs/policy.md tells how rules are written.",
  ],
  json: [
    "show: {rule, name, says, decided}; rule counts from 1, 0 is what holds where none matches",
    "check: {allowed, direction, rule, name, says, from: {role, estate, yard},",
    "  to: {role, estate, yard, share}, type, unknown}; unknown says that the other estate is not on record",
    "  and no --role was told, else it is null",
  ],
  completions: [ACTIONS, "estate", "route"],
  define(command, session) {
    command
      .addArgument(new Argument("[action]", "what to do").choices(ACTIONS).default("show" as const))
      .argument("[from]", "who sends")
      .argument("[to]", "the route that it is sent to")
      .argument("[type]", "its type")
      .option(
        "--role <role>",
        "role of the other estate, in place of the one on record",
        named("--role", readRole),
      )
      .option("--file", "show what raet.yaml says, not what the manor goes by")
      .action(async (action, from, to, type, options) => {
        if (action === "show") {
          if (options.role !== undefined) {
            throw new RaetError("usage", "policy show takes no --role: expected policy check");
          }
          return await show(session, from, options.file ?? false);
        }
        if (from === undefined || to === undefined) {
          throw new RaetError("usage", "policy check needs FROM and TO: expected two routes");
        }
        const { askPolicy } = await import("../../manor/policy_check.ts");
        const home = await readHome(session);
        const answer = askPolicy(home, { from, to, type: type ?? "", role: options.role });
        say(session, answer);
        if (answer.unknown !== null) session.output.note(answer.unknown);
        await noteOthers(session, home);
      });
  },
};

/** Others' roles may be called otherwise than ours. */
function readRole(text: string): string {
  if (isPeerName(text)) return text;
  throw new RaetError("usage", `"${text}" can't be a role: expected a name such as minion`);
}

async function show(session: Session, more: string | undefined, file: boolean): Promise<void> {
  if (more !== undefined) {
    throw new RaetError("usage", `policy show takes no "${more}"; see policy check`);
  }
  const inForce = file ? null : await rulesInForce(session);
  if (inForce) return session.output.rows(inForce, COLUMNS, "");
  const { policy } = await readHome(session);
  if (!file) session.output.note("no manor is running: these are the rules of raet.yaml");
  session.output.rows(policy.rows(), COLUMNS, "");
}

function say(session: Session, answer: PolicyAnswer): void {
  const { allowed, rule, name, says, direction, from, to, type } = answer;
  const verdict = allowed ? paint("green", "passes") : paint("red", "denied");
  const by = rule === 0 ? says : `rule ${rule}${name && ` (${name})`}: ${says}`;
  const source = direction === "in"
    ? `estate ${from.estate}`
    : `yard ${from.yard || "(any)"} of estate ${from.estate}`;
  session.output.record(
    answer,
    [verdict, `  ${by}`],
    [
      paint("dim", direction),
      `  from ${source}, role ${from.role || "unknown"}, to ${formatTriple(to)}, role ${
        to.role || "unknown"
      }, ${type === "" ? "no type" : `type ${type}`}`,
    ],
  );
  if (!allowed) session.setExitCode(ERROR_TABLE.denied.exit);
}

/** Says so if a manor runs by other rules than those that were asked. */
async function noteOthers(session: Session, { policy }: PolicyHome): Promise<void> {
  const inForce = await rulesInForce(session);
  if (!inForce) return;
  const texts = (rows: RuleView[]) => rows.map(({ name, says }) => `${name} ${says}`).join("\n");
  if (texts(inForce) === texts(policy.rows())) return;
  session.output.note("the running manor has other rules: SIGHUP makes it read raet.yaml anew");
}

/** The rules of the running manor; null if none runs, or it is not ours to ask. */
async function rulesInForce(session: Session): Promise<RuleView[] | null> {
  try {
    const yard = await session.attach();
    return (await yard.control("policy", {})).rows;
  } catch (error) {
    if (error instanceof RaetError && error.code === "no_manor") return null;
    throw error;
  }
}

async function readHome({ home, env }: Session): Promise<PolicyHome> {
  const { readPolicyHome } = await import("../../manor/policy_check.ts");
  return await readPolicyHome({ home, env, commandLine: {} });
}

const COLUMNS: Column<RuleView>[] = [
  ["RULE", ({ rule }) => rule === 0 ? "-" : String(rule)],
  ["NAME", ({ name }) => name || "-"],
  ["SAYS", ({ says }) => says.startsWith("deny") ? paint("red", says) : paint("green", says)],
  ["DECIDED", ({ decided }) => String(decided), "right"],
];
