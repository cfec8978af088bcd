/**
 * Seeds in several processes. Each takes every so-manieth seed of the range and prints one report a
 * line, so what is merged is the same as what one process finds.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Report } from "../../test/sim/trial.ts";
import { scriptCommand } from "../../test/support/runtime.ts";

/** Gets how a seed went; says whether to go on. */
export type OnReport = (report: Report) => boolean;

/**
 * Runs a script of ours so many times at once; each gets `--worker K/JOBS` after its arguments.
 *
 * @throws {Error} if one of them ended before its work was done
 */
export async function runJobs(
  script: string,
  args: readonly string[],
  jobs: number,
  onReport: OnReport,
): Promise<void> {
  const { file, args: first } = scriptCommand(script);
  const children = Array.from({ length: jobs }, (_, k) => {
    const all = [...first, ...args, "--worker", `${k}/${jobs}`];
    return spawn(file, all, { stdio: ["ignore", "pipe", "inherit"] });
  });
  const stop = () => {
    for (const child of children) child.kill();
  };
  try {
    await Promise.all(children.map((child) => follow(child, onReport, stop)));
  } finally {
    stop();
  }
}

/** Hands on what a process reports, until it ends or is told to. */
async function follow(child: ChildProcess, onReport: OnReport, stop: () => void): Promise<void> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    if (child.killed || onReport(JSON.parse(line) as Report)) continue;
    stop();
  }
  const code = await ended;
  if (!child.killed && code !== 0) {
    throw new Error(`a process that runs seeds ended with code ${code}: expected 0`);
  }
}
