/**
 * What help says of a verb below its options, wrapped where the terminal is narrower than its lines.
 *
 * @module
 */
import { drawLine } from "../text.ts";
import { drawFields, wrapText } from "./fold.ts";

const INDENT = 2;
const MEANING_COLUMNS_MIN = 24;

/** What a verb has to say of itself. */
export interface Told {
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly notes?: readonly string[];
  readonly json?: readonly string[];
}

/** Notes, examples and what `--json` prints. @param prefix what stands before a command line */
export function helpAfter(verb: Told, prefix: string, columns: number): string {
  const examples = exampleLines(verb, prefix, columns - INDENT)
    .map((line) => `${" ".repeat(INDENT)}${line}`);
  const notes = verb.notes ? `\n${reflow(verb.notes, columns).join("\n")}\n` : "";
  const json = verb.json
    ? `\nWith --json:\n${
      verb.json.flatMap((line) => wrapIndented(`  ${line}`, columns)).join("\n")
    }\n`
    : "";
  return `${notes}\nExamples:\n${examples.join("\n")}\n${json}`;
}

/** Command lines stay whole: what they mean stands beside them, or below where that leaves no room. */
function exampleLines({ examples }: Told, prefix: string, columns: number): string[] {
  const widest = Math.max(0, ...examples.map(([line]) => prefix.length + line.length));
  if (widest + MEANING_COLUMNS_MIN > columns) {
    return examples.flatMap(([line, meaning]) => [
      `${prefix}${line}`,
      ...wrapIndented(`    ${meaning}`, columns),
    ]);
  }
  const fields = examples.map(([line, meaning]) => [`${prefix}${line}`, meaning] as const);
  return drawFields(fields, columns).map((line) => drawLine(line, false));
}

/** Prose: what does not fit goes in front of the next line, unless that one stands by itself. */
function reflow(lines: readonly string[], columns: number): string[] {
  const wrapped: string[] = [];
  let carried = "";
  lines.forEach((line, i) => {
    const next = lines[i + 1] ?? "";
    if (/^\s/.test(line)) return void wrapped.push(...wrapIndented(line, columns));
    const parts = wrapText(carried === "" ? line : `${carried} ${line}`, columns);
    const goesOn = parts.length > 1 && /^\S/.test(next);
    carried = goesOn ? parts.pop()! : "";
    wrapped.push(...parts);
  });
  return wrapped;
}

/** A line with blanks in front: what does not fit goes below what follows its first word, if parted. */
function wrapIndented(line: string, columns: number): string[] {
  const [start, word] = /^\s+(\S+ {2,})?/.exec(line)!;
  const hang = word === undefined ? start.length + INDENT : start.length;
  const [first, ...rest] = wrapText(line.slice(start.length), columns - hang);
  return [`${start}${first}`, ...rest.map((part) => `${" ".repeat(hang)}${part}`)];
}
