/**
 * Runs the tools that build.
 *
 * @module
 */
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
  const said = (err.trim() || out.trim()).split("\n").slice(-8).join("\n");
  throw new CompileError(`"${command} ${args[0]}" ended with ${code}: ${said}`);
}
