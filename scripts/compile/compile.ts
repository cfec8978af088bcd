/**
 * Builds an executable in one of the ways, and looks at what came out.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildBun } from "./bun.ts";
import { versionOf } from "./bundle.ts";
import { buildDeno } from "./deno.ts";
import { CompileError, type How, type Order, OWN_TARGET, type Product } from "./product.ts";
import { run } from "./run.ts";
import { buildSfx } from "./sfx.ts";
import { ROOT } from "./stamp.ts";

const BUILDERS: Record<How, (order: Order) => Promise<void>> = {
  deno: buildDeno,
  sfx: buildSfx,
  bun: buildBun,
};
/** The first start unpacks; the best of the others counts. */
const STARTS = 5;

/**
 * Builds an executable. One for this machine is started, to see that it is raet.
 *
 * @throws {CompileError} if it can't be built, or what came out does not work
 */
export async function compile({ how, target, out }: Order & { how: How }): Promise<Product> {
  const file = resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true }); // an old one must not pass for what failed to be made
  try {
    await BUILDERS[how]({ target, out: file });
    const bytes = readFileSync(file);
    return {
      how,
      target,
      file,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      startMs: target === OWN_TARGET ? await tryStarts(file, how) : null,
    };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** Starts it some times; the best time to the end of `--version` in milliseconds. */
async function tryStarts(file: string, how: How): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "raet-compile-"));
  try {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) times.push(await tryStart(file, how, folder));
    return Math.min(...times.slice(1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryStart(file: string, how: How, cache: string): Promise<number> {
  const startedAt = performance.now();
  const { code, out, err } = await run(file, ["--version"], { env: { RAET_CACHE: cache } });
  const ms = performance.now() - startedAt;
  const version = `raet ${versionOf(ROOT)}`;
  if (code === 0 && out.trim() === version) return ms;
  const hint = how === "deno" ? "; DENORT_BIN has to name a denort and no deno" : "";
  throw new CompileError(
    `"${file} --version" ended with ${code} and said ${JSON.stringify((out + err).trim())}: ` +
      `expected "${version}"${hint}`,
  );
}
