/**
 * systemd, by its own commands, and the users of this host.
 *
 * @module
 */
import fs from "node:fs";
import { fromUtf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { runCommand } from "./command.ts";

const TIMEOUT_MS = 120_000; // a stop waits for the drain

/** Whether systemd runs this host. */
export function isSystemdBooted(): boolean {
  return fs.existsSync("/run/systemd/system");
}

/**
 * Runs one of systemd's commands, and gives what it printed.
 *
 * @throws {RaetError} `bad_config` with its first words if it fails, or isn't there
 */
export async function systemd(...words: string[]): Promise<string> {
  const options = { input: new Uint8Array(), env: {}, outBytesMax: 65_536, errBytesMax: 4096 };
  const shown = words.join(" ");
  try {
    const { exit, out, err } = await runCommand(words, { ...options, timeoutMs: TIMEOUT_MS });
    if (exit === 0) return fromUtf8(out) ?? "";
    const said = (fromUtf8(err) ?? "").trim().split("\n")[0].replace(/\.$/, "");
    throw new RaetError("bad_config", `${shown} ended with ${exit}: ${said || "it said nothing"}`);
  } catch (cause) {
    if (!(cause instanceof RaetError) || cause.code !== "usage") throw cause;
    throw new RaetError("bad_config", cause.message, { cause });
  }
}

/** The numbers of a user of this host, by name; null if there is none. */
export function userOf(name: string): { uid: number; gid: number } | null {
  const lines = fs.readFileSync("/etc/passwd", "utf8").split("\n");
  const fields = lines.map((line) => line.split(":")).find(([user]) => user === name);
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}
