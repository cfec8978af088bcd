/**
 * tshark, for tests of captures: what it makes of a file.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

const FOUND = spawnSync("tshark", ["--version"]).status === 0;

/** For the option `skip` of a test: why it can't run here, or false. */
export const NO_TSHARK: string | false = FOUND
  ? false
  : "tshark is not installed here (Debian: apt-get install tshark)";

/** The lines that it prints, with the RAET dissector. */
export function tshark(file: string, ...args: string[]): string[] {
  const script = ["-X", "lua_script:scripts/raet.lua"];
  const { stdout, stderr, status } = spawnSync("tshark", [...script, "-r", file, ...args], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(`${stdout}${stderr}`, /lua error|lua:.*error/i);
  return stdout.split("\n").filter((line) => line !== "");
}

/** The fields of each packet, by their names. */
export function tsharkFields(file: string, ...names: string[]): Record<string, string>[] {
  const wanted = names.flatMap((name) => ["-e", name]);
  const lines = tshark(file, "-T", "fields", "-E", "separator=|", ...wanted);
  return lines.map((line) => {
    const values = line.split("|");
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  });
}
