/**
 * The runtimes of other machines, which come as packages of npm: got once, checked against the sum that
 * the registry states, and kept in `dist/.runtimes`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CompileError } from "./product.ts";
import { mustRun } from "./run.ts";
import { DIST } from "./stamp.ts";

/** Where runtimes are kept. */
export const RUNTIMES: string = join(DIST, ".runtimes");

/**
 * A file out of a package.
 *
 * @param name of the package, as `@deno/darwin-arm64`
 * @param inside the path of the file in the package
 * @returns where it lies now
 * @throws {CompileError} if the package can't be had, or is not what the registry says it is
 */
export async function fileOfPackage(
  name: string,
  version: string,
  inside: string,
): Promise<string> {
  const kept = join(RUNTIMES, `${name.replace(/^@/, "").replace("/", "-")}-${version}`);
  if (existsSync(kept)) return kept;
  mkdirSync(RUNTIMES, { recursive: true });
  const folder = mkdtempSync(join(RUNTIMES, ".new-"));
  try {
    const stated = (await npm(["view", `${name}@${version}`, "dist.integrity"])).trim();
    const packed = await npm([
      "pack",
      `${name}@${version}`,
      "--json",
      "--pack-destination",
      folder,
    ]);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    const path = join(folder, filename.replace(/^@/, "").replace("/", "-"));
    const found = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
    if (found !== stated) {
      throw new CompileError(
        `package "${name}@${version}" has the sum ${found}: expected ${
          stated || "one"
        }, as its registry says`,
      );
    }
    await mustRun("tar", ["-xzf", path, "-C", folder, `package/${inside}`]);
    renameSync(join(folder, "package", inside), kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function npm(args: string[]): Promise<string> {
  try {
    return await mustRun("npm", args);
  } catch (cause) {
    throw new CompileError(
      `the runtime of another machine can't be got by npm ${args[0]} ${args[1]}: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}
