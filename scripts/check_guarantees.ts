/**
 * Fails if docs/guarantees.md names a test that does not exist, or promises something without one. A
 * promise is a row of a table; its last cell holds pairs of a file and the name of a test in it.
 *
 * Run by `deno task check`; also a library for its own test.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** The page, from the root of the repository. */
export const GUARANTEES = "docs/guarantees.md";

/** Checks the text of the page against the tests under `root`; each fault is one line. */
export function checkGuarantees(text: string, root: string): string[] {
  const rows = text.split("\n").map((line, at) => ({ line, at: at + 1 })).filter(({ line }) =>
    line.startsWith("|") && !/^\|[\s|:-]+$/.test(line) && !/^\| promise /.test(line)
  );
  if (rows.length === 0) return [`${GUARANTEES}: promises nothing: expected a table`];
  return rows.flatMap(({ line, at }) => {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    const say = (what: string) => `${GUARANTEES}:${at}: ${what}`;
    if (cells.length !== 3) return [say(`${cells.length} cells: expected three`)];
    const tests = cells[2].split("<br>").map((test) => test.trim()).filter((test) => test !== "");
    if (tests.length === 0) return [say("no test holds this promise")];
    return tests.flatMap((test) => {
      const [, path, name] = /^`(test\/\S+_test\.ts)` (.+)$/.exec(test) ?? [];
      if (!path) return [say(`"${test}" is no test: expected \`test/…_test.ts\` and its name`)];
      if (!existsSync(join(root, path))) return [say(`there is no ${path}`)];
      return testNames(readFileSync(join(root, path), "utf8")).some((known) => known.test(name))
        ? []
        : [say(`${path} has no test "${name}"`)];
    });
  });
}

/** The names of the tests in a source; what a template fills in can be anything. */
function testNames(source: string): RegExp[] {
  const names = source.matchAll(/\b(?:it|describe|test)\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g);
  return [...names].map(([, plain, template]) => {
    const parts = plain === undefined ? template.split(/\$\{[^}]*\}/) : [JSON.parse(`"${plain}"`)];
    return new RegExp(`^${parts.map((part) => RegExp.escape(part)).join(".*")}$`);
  });
}

if (import.meta.main) {
  const faults = checkGuarantees(readFileSync(GUARANTEES, "utf8"), ".");
  for (const fault of faults) console.log(fault);
  if (faults.length > 0) process.exitCode = 1;
}
