/**
 * `set` and `timing`: how the console prints.
 *
 * @module
 */
import { RaetError } from "../../../base/errors.ts";
import { didYouMean } from "../../../base/nearest.ts";
import { consoleOf, type ConsoleSettings } from "../../console_controls.ts";
import type { Session } from "../../session.ts";
import type { Verb } from "../../verb.ts";

const SWITCH = ["on", "off"] as const;
const VALUES = {
  output: ["table", "json"],
  timing: SWITCH,
  hints: SWITCH,
} as const;
type Name = keyof typeof VALUES;
const NAMES = Object.keys(VALUES) as Name[];
const WORDS = [...NAMES, ...VALUES.output];

/** Shows and changes settings. */
export const setVerb: Verb = {
  name: "set",
  summary: "how the console prints: table or json, timing, hints",
  places: ["console"],
  examples: [
    ["set", "what is set"],
    ["set json", "short for set output json: one object a line"],
    ["set table", "tables again"],
    ["set hints off", "nothing dim behind the cursor"],
  ],
  json: ["output (table, json), timing, hints (true, false)"],
  completions: [WORDS, SWITCH],
  define(command, session) {
    command
      .argument("[name]", `one of ${WORDS.join(", ")}`)
      .argument("[value]", "on or off; for output, table or json")
      .action((name, value) => {
        if (name !== undefined) change(session, name, value);
        const { settings } = consoleOf(session);
        const shown = NAMES.map((name) => `${name} ${wordOf(settings[name])}`);
        session.output.record(settings, shown.join(", "));
      });
  },
};

/** Says how long verbs take. */
export const timingVerb: Verb = {
  name: "timing",
  summary: "say how long each verb took, or no more",
  places: ["console"],
  examples: [["timing", "turn it on, or off again"], ["timing on", "turn it on"]],
  json: ["as set"],
  completions: [SWITCH],
  define(command, session) {
    command.argument("[value]", "on or off").action((value) => {
      const { settings } = consoleOf(session);
      change(session, "timing", value ?? wordOf(!settings.timing));
      session.output.record(settings, `timing is ${wordOf(settings.timing)}`);
    });
  },
};

function change(session: Session, name: string, value: string | undefined): void {
  const { settings } = consoleOf(session);
  if (name === "json" || name === "table") {
    if (value !== undefined) {
      const what = `${name} takes no value, but got "${value}": expected set json or set table`;
      throw new RaetError("usage", what);
    }
    [name, value] = ["output", name];
  }
  if (!(NAMES as string[]).includes(name)) {
    throw new RaetError(
      "usage",
      `there is no setting "${name}": expected one of ${WORDS.join(", ")}${
        didYouMean(name, WORDS)
      }`,
    );
  }
  const values: readonly string[] = VALUES[name as Name];
  if (value === undefined || !values.includes(value)) {
    const got = value === undefined ? "no value" : `"${value}"`;
    throw new RaetError("usage", `${name} takes ${values.join(" or ")}, but got ${got}`);
  }
  if (name === "output") settings.output = value as ConsoleSettings["output"];
  else settings[name as "timing" | "hints"] = value === "on";
}

function wordOf(value: boolean | string): string {
  return typeof value === "string" ? value : value ? "on" : "off";
}
