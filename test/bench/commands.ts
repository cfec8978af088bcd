/**
 * What a worker of the bench obeys: calls as lines of JSON on stdin, answers as lines of JSON on
 * stdout. A worker exports its commands' type, so that whoever calls it is checked.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** The commands of a worker, by name. Arguments and answers pass as JSON. */
export type Commands = Record<string, (args: never) => unknown>;

/** What a process has used so far. */
export interface Usage {
  /** of one core, user and system */
  readonly cpuMs: number;
  /** when that was, on the worker's clock */
  readonly atMs: number;
  readonly rssBytes: number;
}

/** The command that every worker has. */
export const USAGE_COMMAND = "usage";

/** Obeys calls one after the other until stdin ends. */
export async function serve(commands: Commands): Promise<never> {
  const all: Commands = { ...commands, [USAGE_COMMAND]: usage };
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, args } = JSON.parse(line);
    process.stdout.write(JSON.stringify(await obey(all[name], args)) + "\n");
  }
  process.exit(0);
}

async function obey(command: (args: never) => unknown, args: unknown): Promise<unknown> {
  try {
    return { value: await command(args as never) };
  } catch (error) {
    return { error: error instanceof Error ? error.stack : String(error) };
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const rssBytes = process.memoryUsage().rss;
  return { cpuMs: (user + system) / 1000, atMs: performance.now(), rssBytes };
}
