/**
 * Counts results in the JUnit report that `deno test` or `bun test` writes. For Deno a `describe` is a
 * test with steps; only what holds no steps counts as a test, unless it failed for a reason of its
 * own. Bun writes a suite for each `describe`, which tells its file.
 *
 * @module
 */

/** How tests ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** The names of those that failed. */
  failures: string[];
  /** The names of those that were skipped. */
  skips: string[];
}

interface Case {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** What stands between the name of a test and the name of its step. */
const STEP = " > ";

/**
 * Counts the results in a report.
 *
 * @param report the text of a JUnit file; an empty one means that the run died
 * @param files the test files of which each must have had a test that ran or was skipped; one that
 *   is missing counts as failed, for it did not load, or the run ended before it
 */
export function countResults(report: string, files: readonly string[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  const cases: Case[] = [];
  const seen: string[] = [];
  for (const suite of report.split("<testsuite ").slice(1)) {
    const tag = suite.slice(0, suite.indexOf(">"));
    const file = attribute(tag, "file");
    const found = casesOf(suite, file);
    if (found.length > 0) seen.push(file || attribute(tag, "name"));
    cases.push(...found);
  }
  const parents = new Set<string>();
  const parentsOfFailed = new Set<string>();
  for (const { name, outcome } of cases) {
    for (let at = name.indexOf(STEP); at >= 0; at = name.indexOf(STEP, at + 1)) {
      parents.add(name.slice(0, at));
      if (outcome === "failed") parentsOfFailed.add(name.slice(0, at));
    }
  }
  for (const { name, outcome } of cases) {
    const counted = parents.has(name) ? outcome === "failed" && !parentsOfFailed.has(name) : true;
    if (!counted) continue;
    counts[outcome]++;
    if (outcome === "failed") counts.failures.push(name);
    if (outcome === "skipped") counts.skips.push(name);
  }
  for (const file of files) {
    if (seen.some((name) => name.replace(/^\.\//, "") === file)) continue;
    counts.failed++;
    counts.failures.push(`${file} (no test of it ran)`);
  }
  return counts;
}

function casesOf(suite: string, file: string): Case[] {
  return suite.split("<testcase ").slice(1).map((text) => {
    const body = text.slice(text.indexOf(">") + 1);
    const outcome = /^\s*<(?:failure|error)\b/.test(body)
      ? "failed"
      : /^\s*<skipped\b/.test(body)
      ? "skipped"
      : "passed";
    const name = attribute(text, "name");
    return { name: file === "" ? name : `${file}: ${name}`, outcome };
  });
}

function attribute(text: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? "";
  return value.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'").replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
