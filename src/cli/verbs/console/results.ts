/**
 * `last`, `save` and `source`: what was printed, shown again or kept, and lines from a file.
 *
 * @module
 */
import { RaetError } from "../../../base/errors.ts";
import { SOURCE_BYTES_MAX } from "../../../base/limits.ts";
import { jsonLine, toJson } from "../../body.ts";
import { plural } from "../../draw/event.ts";
import { consoleOf, type Result } from "../../console_controls.ts";
import type { Session } from "../../session.ts";
import { formatBytes, paint } from "../../text.ts";
import { positiveInteger, type Verb } from "../../verb.ts";

/** Shows again what was shown or came. */
export const lastVerb: Verb = {
  name: "last",
  summary: "show the last result or message again, in full",
  places: ["console"],
  examples: [["last", "whatever came last"], ["last 3", "the one before the one before"]],
  json: ["the objects as they were"],
  define(command, session) {
    command.argument("[n]", "which, counted back from the last one", positiveInteger)
      .action((n) => {
        const { of, records } = resultOf(session, n ?? 1);
        if (!session.output.json) session.output.say(paint("dim", of));
        for (const record of records) {
          session.output.text(record, JSON.stringify(toJson(record), null, 2));
        }
      });
  },
};

/** Keeps lines or a result in a file. */
export const saveVerb: Verb = {
  name: "save",
  summary: "save the lines of this session in a file, or the last result",
  places: ["console"],
  examples: [
    ["save morning.raet", "what was typed, for source morning.raet"],
    ["save result.json --last", "the last result, one JSON object a line"],
  ],
  notes: [
    "The file is readable by you only. Lines that failed, that begin with a blank, or that look as if",
    "they held a secret, are left out.",
  ],
  json: ["file, lines, bytes"],
  completions: ["file"],
  define(command, session) {
    command
      .argument("<file>", "where to")
      .option("--last", "the last result or message in place of the lines")
      .option("--force", "write over a file that is there")
      .action((file, options) => save(session, file, options));
  },
};

/** Runs the lines of a file. */
export const sourceVerb: Verb = {
  name: "source",
  summary: "run the lines of a file",
  places: ["console"],
  examples: [["source morning.raet", "each line as if it were typed; # begins a remark"]],
  notes: ["A line that fails does not stop the others."],
  json: ["what the lines print, then: file, lines, failed"],
  completions: ["file"],
  define(command, session) {
    command.argument("<file>", "with a verb a line").action((file) => source(session, file));
  },
};

function resultOf(session: Session, n: number): Result {
  const { results } = consoleOf(session);
  const found = results.at(-n);
  if (found) return found;
  const what = results.length === 0
    ? "there is nothing to show again yet"
    : `there is no result ${n} to show again: expected a number up to ${results.length}`;
  throw new RaetError("usage", what);
}

async function save(
  session: Session,
  file: string,
  { last, force }: { last?: true; force?: true },
): Promise<void> {
  const lines = last ? resultOf(session, 1).records.map(jsonLine) : consoleOf(session).typed;
  if (lines.length === 0) throw new RaetError("usage", "nothing was typed that could be saved");
  const text = lines.map((line) => `${line}\n`).join("");
  const { writePrivateFile } = await import("../../private_file.ts");
  const bytes = writePrivateFile(file, text, force ?? false);
  session.output.record(
    { file, lines: lines.length, bytes },
    `saved ${plural(lines.length, "line")} (${formatBytes(bytes)}) in ${file}`,
  );
}

async function source(session: Session, file: string): Promise<void> {
  const { readTextFile } = await import("../../private_file.ts");
  const text = await readTextFile(file, SOURCE_BYTES_MAX);
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""))
    .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  const failed = await consoleOf(session).play(lines, file, session.signal);
  session.output.record(
    { file, lines: lines.length, failed },
    `ran ${plural(lines.length, "line")} of ${file}${failed > 0 ? `, ${failed} failed` : ""}`,
  );
}
