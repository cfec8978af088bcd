/**
 * Makes the files of a release in `dist/release`:
 *
 *     raet-TARGET         the executable, for each target
 *     raet-share.tar.gz   man pages and completions
 *     raet-raet-V.tgz     the npm package
 *     raet-V.cdx.json     what it is made of (CycloneDX)
 *     CHANGELOG-V.md      what is new
 *     install.sh          installs all that
 *     SHA256SUMS          of every file
 *
 *     deno task release [--how deno|sfx|bun] [--target TARGET]... [--out FOLDER]
 *
 * Without `--how` an executable is built by `deno compile`, else as a self-extracting file, else by Bun:
 * by the first whose runtime for the target can be had. The date is that of the commit, or of SOURCE_DATE_EPOCH.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { readBuildArguments } from "./compile/arguments.ts";
import { versionOf } from "./compile/bundle.ts";
import { compile } from "./compile/compile.ts";
import {
  CompileError,
  type How,
  HOWS,
  OWN_TARGET,
  type Product,
  type Target,
  TARGETS,
} from "./compile/product.ts";
import { run } from "./compile/run.ts";
import { DIST, ROOT } from "./compile/stamp.ts";
import { makePackage } from "./package.ts";
import { entryOf } from "./release/notes.ts";
import { type Runtime, sbom } from "./release/sbom.ts";
import { packShare, writeShare } from "./release/share.ts";

const ALL_TARGETS = Object.keys(TARGETS) as Target[];

/** What to release. */
export interface ReleaseOrder {
  readonly folder: string;
  readonly targets: readonly Target[];
  /** null: the first that can be had */
  readonly how: How | null;
}

/** Makes a release. @returns the executables that were made, and why others were not */
export async function release(
  { folder, targets, how }: ReleaseOrder,
): Promise<{ products: Product[]; faults: string[] }> {
  const version = versionOf(ROOT);
  const date = await dateOf();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const products: Product[] = [];
  const faults: string[] = [];
  for (const target of targets) {
    try {
      products.push(await build(how, target, join(folder, `raet-${target}`)));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      faults.push(`raet-${target} was not made: ${error.message}`);
    }
  }
  await inTemporary(async (work) => {
    writeShare(join(work, "share"), date);
    await packShare(work, join(folder, "raet-share.tar.gz"), date);
    const packed = makePackage(join(work, "npm"));
    copyFileSync(packed, join(folder, `raet-raet-${version}.tgz`));
  });
  writeFileSync(join(folder, `raet-${version}.cdx.json`), await sbom(runtimesOf(products), date));
  const entry = entryOf(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"), version, date);
  writeFileSync(join(folder, `CHANGELOG-${version}.md`), entry);
  copyFileSync(join(ROOT, "install.sh"), join(folder, "install.sh"));
  writeFileSync(join(folder, "SHA256SUMS"), sums(folder));
  return { products, faults };
}

async function build(how: How | null, target: Target, out: string): Promise<Product> {
  const faults: string[] = [];
  for (const way of how === null ? HOWS : [how]) {
    try {
      return await compile({ how: way, target, out });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      faults.push(`by ${way}: ${error.message}`);
      console.error(`release: raet-${target} ${faults.at(-1)}`);
    }
  }
  throw new CompileError(faults.join("; "));
}

/** What people are told: each file, what was tried, and what could not be. */
function summary(folder: string, products: readonly Product[], faults: readonly string[]): string {
  const files = readdirSync(folder).sort().map((name) => {
    const megabytes = (readFileSync(join(folder, name)).length / 1e6).toFixed(2).padStart(8);
    const product = products.find(({ target }) => name === `raet-${target}`);
    return `${megabytes} MB  ${name}${product ? `  (${product.how}; ${triedOn(product)})` : ""}`;
  });
  const mac = products.some(({ target }) => target.endsWith("darwin"))
    ? [
      "On macOS there are no Unix datagram sockets for raet, and so no lane: raet repl --up runs a manor",
      "with its road and its console in one process; other processes of that host can't attach.",
    ]
    : [];
  return [...files, ...mac, ...faults.map((fault) => `FAULT: ${fault}`)].join("\n");
}

function triedOn({ startMs }: Product): string {
  return startMs === null
    ? `not started: it is for another machine than this ${OWN_TARGET}`
    : "started here";
}

function runtimesOf(products: readonly Product[]): Runtime[] {
  const usesDeno = products.some(({ how }) => how !== "bun");
  const usesBun = products.some(({ how }) => how === "bun");
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return [
    ...(usesDeno ? [{ name: "deno", version: Deno.version.deno } as const] : []),
    ...(usesBun ? [{ name: "bun", version: devDependencies.bun ?? bunVersion() } as const] : []),
  ];
}

function bunVersion(): string {
  return new TextDecoder().decode(
    new Deno.Command("bun", { args: ["--version"] }).outputSync().stdout,
  )
    .trim();
}

function sums(folder: string): string {
  return readdirSync(folder).sort().map((name) => {
    const sum = createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");
    return `${sum}  ${name}\n`;
  }).join("");
}

async function dateOf(): Promise<Date> {
  const told = process.env.SOURCE_DATE_EPOCH;
  const { code, out } = told === undefined
    ? await run("git", ["-C", ROOT, "log", "-1", "--format=%ct"])
    : { code: 0, out: told };
  return new Date(code === 0 ? Number(out.trim()) * 1000 : Date.now());
}

async function inTemporary(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "raet-release-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    const { how, targets, out } = readBuildArguments(process.argv.slice(2));
    const folder = resolve(out ?? join(DIST, "release"));
    const order = { folder, targets: targets.length > 0 ? targets : ALL_TARGETS, how };
    const { products, faults } = await release(order);
    console.log(`${folder}\n${summary(folder, products, faults)}`);
    process.exitCode = faults.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`release: ${error.message}`);
    process.exitCode = 1;
  }
}
