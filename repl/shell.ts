/**
 * Shell commands out of the console. They read nothing, as what is typed is the console's; what they
 * print is shown a line at a time.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * Runs a command with sh until it ends, or the signal ends it.
 *
 * @param print gets each line
 * @returns its exit code; 128 and the number of the signal that ended it
 */
export async function runShell(
  command: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  // A group of its own, so that what the shell has started ends with it.
  const child = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const kill = (name: "SIGTERM" | "SIGKILL") => {
    try {
      if (child.pid) process.kill(-child.pid, name);
    } catch {
      // it has ended by itself
    }
  };
  let killer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    kill("SIGTERM");
    killer = setTimeout(() => kill("SIGKILL"), KILL_AFTER_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  const read = async (stream: Readable) => {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) print(line);
  };
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, name) => resolve(code ?? 128 + constants.signals[name!]));
  });
  try {
    const [code] = await Promise.all([ended, read(child.stdout), read(child.stderr)]);
    return code;
  } finally {
    clearTimeout(killer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** How long a command may take to end after it was told to. */
const KILL_AFTER_MS = 1_000;
