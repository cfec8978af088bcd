/**
 * Runs the tools that build.
 *
 * @module
 */
import { basename } from "node:path";
import { CompileError } from "./product.ts";

/** What a tool did. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a tool to its end. Its environment is ours and `env`. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      env: { NO_COLOR: "1", ...options.env },
      cwd: options.cwd,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CompileError(`"${command}" can't be started: ${why}`, { cause });
  }
}

/**
 * Runs a tool that has to end well; its stdout.
 *
 * @throws {CompileError} with what it said, if it doesn't
 */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<string> {
  const { code, out, err } = await run(command, args, options);
  if (code === 0) return out;
  throw new CompileError(
    `"${basename(command)} ${args[0]}" ended with ${code}: ${faultIn(err || out)}`,
  );
}

/** The line that tells what is wrong, among all that a tool said. */
export function faultIn(said: string): string {
  const lines = said.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const fault = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
  return fault.replace(/^error: /i, "").replace(/\.$/, "");
}
