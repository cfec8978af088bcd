/**
 * The entry of a version in the changelog, with the day of its release.
 *
 * @module
 */

/**
 * Takes the entry out of the text of CHANGELOG.md.
 *
 * @throws {Error} if there is none
 */
export function entryOf(changelog: string, version: string, date: Date): string {
  const lines = changelog.split("\n");
  const begin = lines.findIndex((line) =>
    line.startsWith(`## ${version} `) || line === `## ${version}`
  );
  if (begin < 0) throw new Error(`CHANGELOG.md has no "## ${version}": expected one`);
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith("## "));
  const entry = lines.slice(begin + 1, length < 0 ? undefined : begin + 1 + length);
  if (entry.join("").trim() === "") throw new Error(`version ${version} has an empty entry`);
  return `## ${version} (${date.toISOString().slice(0, 10)})\n\n${entry.join("\n").trim()}\n`;
}
