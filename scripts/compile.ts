/**
 * Builds raet as one file that needs neither Deno nor Bun.
 *
 *     deno task compile [--how deno|sfx|bun] [--target TARGET]... [--out FILE]
 *
 * Without `--how` it is built by `deno compile`, and as a self-extracting file where the runtime for
 * that can't be had. Targets are x86_64-linux, aarch64-linux, x86_64-darwin and aarch64-darwin; this
 * machine's if none is told. `docs/building.md` tells the ways apart.
 *
 * @module
 */
import { join, relative } from "node:path";
import process from "node:process";
import { readBuildArguments } from "./compile/arguments.ts";
import { compile } from "./compile/compile.ts";
import {
  CompileError,
  type How,
  OWN_TARGET,
  type Product,
  type Target,
} from "./compile/product.ts";
import { DIST } from "./compile/stamp.ts";

try {
  const { how, targets, out } = readBuildArguments(process.argv.slice(2));
  if (out !== null && targets.length > 1) {
    throw new CompileError("--out names one file: expected one --target with it");
  }
  for (const target of targets.length > 0 ? targets : [OWN_TARGET]) {
    const file = out ?? join(DIST, defaultName(how, target));
    tell(await (how ? compile({ how, target, out: file }) : compileAsCan(target, file)));
  }
} catch (error) {
  if (!(error instanceof CompileError)) throw error;
  console.error(`compile: ${error.message}`);
  process.exitCode = 1;
}

/** By `deno compile`, else as a self-extracting file. */
async function compileAsCan(target: Target, out: string): Promise<Product> {
  try {
    return await compile({ how: "deno", target, out });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`compile: ${error.message}\ncompile: so it becomes a self-extracting file (sfx)`);
    return await compile({ how: "sfx", target, out });
  }
}

function defaultName(how: How | null, target: Target): string {
  return ["raet", how === "bun" ? how : "", target === OWN_TARGET ? "" : target]
    .filter((part) => part !== "").join("-");
}

function tell({ how, target, file, bytes, sha256, startMs }: Product): void {
  const start = startMs === null
    ? "not started: it is for another machine"
    : `${Math.round(startMs)} ms to the end of --version`;
  console.log(`${relative(process.cwd(), file) || file}  (${how}, ${target})`);
  console.log(`  size    ${(bytes / 1e6).toFixed(1)} MB (${bytes})`);
  console.log(`  sha256  ${sha256}`);
  console.log(`  start   ${start}`);
}
