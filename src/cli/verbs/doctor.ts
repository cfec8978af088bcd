/**
 * `raet doctor`: what may be wrong with an estate and its system, and what to do about it.
 *
 * @module
 */
import { ERROR_TABLE } from "../../base/errors.ts";
import type { Finding, Verdict } from "../doctor/finding.ts";
import type { Session } from "../session.ts";
import { paint, type Style } from "../text.ts";
import type { Verb } from "../verb.ts";

const STYLES: Record<Verdict, Style> = { ok: "green", warning: "yellow", fault: "red" };
const CHECK_CHARS = 11;
const VERDICT_CHARS = 8;

/** Examines an estate. */
export const doctorVerb: Verb = {
  name: "doctor",
  summary: "examine the home, its keys and sockets, and the system around it",
  places: ["command", "console"],
  examples: [
    ["doctor", "a line for each check: ok, warning or fault, and what to do"],
    ["doctor --fix", "mend what can be: modes of files and folders, sockets that nobody holds"],
    ["doctor --json", "for a script; the exit code is 78 if there is a fault"],
  ],
  notes: [
    "Checks: settings, home, keys, files, keep, core dumps, disk, lane, operators, port, clock, buffers,",
    "resolver, conflicts of keys, and the manor. Run it as the user of the estate. A warning keeps",
    "nothing from working. --fix changes modes and removes sockets of dead processes, nothing else; for",
    "root only of what belongs to the user of the home, and through no link.",
  ],
  json: [
    '{check, verdict, what, todo, mended}; verdict is ok, warning or fault, todo "" where none is',
  ],
  define(command, session) {
    command.option("--fix", "mend what can be mended").action(async ({ fix }) => {
      const { examine } = await import("../doctor/examine.ts");
      let isFault = false;
      for await (const finding of examine(session, fix ?? false)) {
        isFault ||= finding.verdict === "fault";
        say(session, finding);
      }
      if (isFault) session.setExitCode(ERROR_TABLE.bad_config.exit);
    });
  },
};

function say({ output }: Session, finding: Finding): void {
  const { check, verdict, what, todo } = finding;
  output.record(finding, [
    paint(STYLES[verdict], verdict.padEnd(VERDICT_CHARS)),
    check.padEnd(CHECK_CHARS),
    todo === "" ? what : `${what}: ${todo}`,
  ]);
}
