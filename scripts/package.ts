/**
 * Makes the npm package of mod.ts: its JavaScript, which Deno, Bun and Node 20 run, and its types.
 *
 *     deno task package [--out FOLDER]
 *
 * The folder (dist/npm) holds what is published; the packed file lies beside it. Both are made anew.
 * For Deno's own registry nothing is to be made: `deno publish` takes the sources.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const ROOT = resolve(import.meta.dirname!, "..");
const NODE_LEAST = ">=20.10";
const IMPORTS = /((?:\bfrom|\bimport)\s*\(?\s*")([^"]+)(")/g;

/** Builds the package in a folder, and packs it beside that. @returns the packed file */
export function makePackage(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  compile(folder);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".d.ts"))) renameImports(folder, file);
  const used = new Set(
    files.filter((name) => /\.(?:js|d\.ts)$/.test(name)).flatMap((name) =>
      packagesOf(folder, name)
    ),
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest(used), null, 2) + "\n");
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) {
    copyFileSync(join(ROOT, file), join(folder, file));
  }
  const beside = resolve(folder, "..");
  const args = ["pack", "--silent", "--pack-destination", beside];
  const said = execFileSync("npm", args, { cwd: folder, encoding: "utf8" });
  return join(beside, said.trim().split("\n").at(-1)!);
}

/** Node 20 has no `using` yet, so the language is made older; the library is not. */
function compile(folder: string): void {
  const work = mkdtempSync(join(tmpdir(), "raet-package-"));
  try {
    const denoTypes = join(work, "deno.d.ts");
    writeFileSync(denoTypes, execFileSync(Deno.execPath(), ["types"]));
    const compilerOptions = {
      rootDir: ROOT,
      outDir: resolve(folder),
      target: "es2022",
      lib: ["esnext"],
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      strict: true,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true, // Deno's types and Node's differ in what both have
    };
    const config = join(work, "tsconfig.json");
    const files = [join(ROOT, "mod.ts"), denoTypes];
    writeFileSync(config, JSON.stringify({ compilerOptions, files }));
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], { stdio: "inherit" });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The compiler leaves the names of the sources in the types. */
function renameImports(folder: string, file: string): void {
  const path = join(folder, file);
  const renamed = readFileSync(path, "utf8").replace(
    IMPORTS,
    (_all, before, name: string, after) =>
      `${before}${name.replace(/^(\..*)\.ts$/, "$1.js")}${after}`,
  );
  writeFileSync(path, renamed);
}

/** The packages that a file imports. */
function packagesOf(folder: string, file: string): string[] {
  const text = readFileSync(join(folder, file), "utf8");
  return [...text.matchAll(IMPORTS)].map(([, , name]) => name)
    .filter((name) => /^(?:@[\w-]+\/)?[\w-]+(?:\/[\w./-]+)?$/.test(name)) // no text of a message
    .filter((name) => !builtinModules.includes(name))
    .filter((name) => name !== "@raet/raet") // in an example
    .map((name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
}

function manifest(used: ReadonlySet<string>) {
  const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { name } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const dependencies = Object.fromEntries(
    [...used].sort().map((dependency) => {
      const version = own.dependencies[dependency];
      if (version === undefined) throw new Error(`"${dependency}" is imported, but no dependency`);
      return [dependency, version];
    }),
  );
  return {
    name,
    version: own.version,
    description: own.description,
    license: own.license,
    type: "module",
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" } },
    engines: { node: NODE_LEAST },
    dependencies,
  };
}

if (import.meta.main) {
  const { out } = parseArgs({ options: { out: { type: "string", default: "dist/npm" } } }).values;
  const packed = makePackage(out);
  const megabytes = readFileSync(packed).length / 1e6;
  console.log(`${packed}  ${megabytes.toFixed(2)} MB`);
}
