import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { checkImports } from "../../scripts/check_imports.ts";

/** The breaches of a tree that holds just these files. */
function breachesOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "imports-"));
  try {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    return checkImports(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Asserts that one file alone gives exactly one breach, which matches. */
function assertBreach(path: string, source: string, expected: RegExp): void {
  const breaches = breachesOf({ [path]: source });
  assert.equal(breaches.length, 1, `${path} ${source} gave ${JSON.stringify(breaches)}`);
  assert.ok(breaches[0].startsWith(`${path}:`), breaches[0]);
  assert.match(breaches[0], expected);
}

function assertClean(path: string, source: string): void {
  assert.deepEqual(breachesOf({ [path]: source }), []);
}

describe("the import check, directions", () => {
  const against: [string, string][] = [
    ["src/base/a.ts", "../crypto/b.ts"],
    ["src/crypto/a.ts", "../wire/b.ts"],
    ["src/wire/a.ts", "../road/b.ts"],
    ["src/keep/a.ts", "../road/b.ts"],
    ["src/road/a.ts", "../lane/b.ts"],
    ["src/lane/a.ts", "../road/b.ts"],
    ["src/lane/a.ts", "../keep/b.ts"],
    ["src/road/a.ts", "../route/b.ts"],
    ["src/road/a.ts", "../io/b.ts"],
    ["src/route/a.ts", "../manor/b.ts"],
    ["src/io/a.ts", "../manor/b.ts"],
    ["src/client/a.ts", "../manor/b.ts"],
    ["src/manor/a.ts", "../client/b.ts"],
    ["src/manor/a.ts", "../cli/b.ts"],
    ["src/main.ts", "./manor/b.ts"],
    ["repl/a.ts", "../src/manor/b.ts"],
    ["mod.ts", "./src/cli/b.ts"],
    ["src/base/a.ts", "../../repl/b.ts"],
  ];
  for (const [path, target] of against) {
    it(`fails when ${path} imports ${target}`, () => {
      assertBreach(path, `import { b } from "${target}";`, /must not import/);
    });
  }

  it("fails on every way to write an import", () => {
    const path = "src/lane/a.ts";
    for (
      const source of [
        'import type { B } from "../road/b.ts";',
        'import "../road/b.ts";',
        'import * as b from "../road/b.ts";',
        'import b from "../road/b.ts";',
        'export { b } from "../road/b.ts";',
        'export * from "../road/b.ts";',
        'export type { B } from "../road/b.ts";',
        'let b: import("../road/b.ts").B;',
        'import {\n  b,\n  c,\n} from "../road/b.ts";',
        "import { b } from '../road/b.ts';",
      ]
    ) assertBreach(path, source, /lane must not import road/);
  });

  it("lets imports pass that go with the directions", () => {
    assertClean("src/road/a.ts", 'import { b } from "../keep/b.ts"; import { c } from "./c.ts";');
    assertClean("src/route/a.ts", 'import { b } from "../road/b.ts";');
    assertClean("src/io/a.ts", 'import type { B } from "../keep/b.ts";');
    assertClean("src/cli/a.ts", 'import "../manor/b.ts"; import "../client/b.ts";');
    assertClean("repl/a.ts", 'import "../src/client/b.ts"; import "../src/cli/output.ts";');
    assertClean("src/main.ts", 'import "./cli/b.ts";');
    assertClean("mod.ts", 'export { b } from "./src/manor/b.ts";');
  });

  it("fails on an import from tests, scripts or outside of the tree", () => {
    assertBreach("src/cli/a.ts", 'import "../../test/help.ts";', /lies in no room/);
    assertBreach("src/cli/a.ts", 'import "../../scripts/help.ts";', /lies in no room/);
    assertBreach("src/cli/a.ts", 'import "../../../help.ts";', /lies in no room/);
  });

  it("fails on a file that lies in no room", () => {
    assertBreach("src/attic/a.ts", "export {};", /no room/);
    assertBreach("src/a.ts", "export {};", /no room/);
  });

  it("fails on a specifier with a scheme and on one that is computed", () => {
    assertBreach("src/cli/a.ts", 'import "npm:yaml@2";', /bare specifier/);
    assertBreach("src/cli/a.ts", 'import "jsr:@std/path";', /bare specifier/);
    assertBreach("src/cli/a.ts", "const m = await import(name);", /run time/);
    assertBreach("src/cli/a.ts", "const m = await import(`./${name}.ts`);", /run time/);
    assertClean("src/io/a.ts", 'const m = await import("bun:ffi" as string);');
    assertClean("src/cli/a.ts", 'const m = await import("yaml");');
  });

  it("fails when mod.ts exports everything of a module", () => {
    assertBreach("mod.ts", 'export * from "./src/manor/b.ts";', /one by one/);
    assertBreach("mod.ts", 'export * as manor from "./src/manor/b.ts";', /one by one/);
  });

  it("fails on a cipher library outside of crypto", () => {
    for (const name of ["tweetnacl", "libsodium-wrappers", "node:crypto"]) {
      assertBreach("src/manor/a.ts", `import nacl from "${name}";`, /cipher/);
      assertClean("src/crypto/a.ts", `import nacl from "${name}";`);
    }
  });

  it("fails on a circle and names the way round", () => {
    const breaches = breachesOf({
      "src/base/a.ts": 'import "./b.ts";',
      "src/base/b.ts": 'import "./c.ts";',
      "src/base/c.ts": 'export type { A } from "./a.ts";',
      "src/base/d.ts": 'import "./a.ts"; import "./b.ts";',
    });
    assert.equal(breaches.length, 1);
    assert.match(breaches[0], /circle.*a\.ts > src\/base\/b\.ts > src\/base\/c\.ts > src\/base\/a/);
  });
});

describe("the import check, words", () => {
  for (const room of ["base", "wire", "keep", "road", "lane", "route"]) {
    it(`fails on clocks, chance, timers, promises and runtimes in ${room}`, () => {
      const path = `src/${room}/a.ts`;
      const bad = [
        "const t = Date.now();",
        "const t = new Date();",
        "const t = performance.now();",
        "const t = Math.random();",
        "setTimeout(f, 1);",
        "setInterval(f, 1);",
        "queueMicrotask(f);",
        "async function f() {}",
        "await f();",
        "let p: Promise<void>;",
        "crypto.getRandomValues(x);",
        "globalThis.x;",
        "Deno.exit();",
        "Bun.file();",
        'import "node:fs";',
        'import "node:dgram";',
        "const t = `a ${`b ${Date.now()}`} c`;",
        "const half = a / 2; const t = Date.now(); const r = b / 2;",
      ];
      for (const source of bad) assertBreach(path, source, /./);
    });
  }

  it("lets the same words pass in comments, texts, templates and regular expressions", () => {
    assertClean(
      "src/road/a.ts",
      [
        "#!/usr/bin/env -S deno run Deno.x",
        "// Deno.x await Date.now()",
        "/* Promise\n setTimeout */",
        "/** import x from 'node:fs' */",
        "const a = \"Date.now() \\\" await\" + 'Deno.x \\' async';",
        "const b = `Math.random() ${a} \\` await ${`Promise`} setTimeout`;",
        "const c = /await \\/ [/] Promise/.test(a);",
        "const d = (a / 2) /* Deno */ / 3;",
        "const e = { f: g.await, h: Mathrandom };",
        'const from = "node:fs";',
      ].join("\n"),
    );
  });

  it("names the line of a word that follows texts of several lines", () => {
    const [breach] = breachesOf({ "src/road/a.ts": "/*\n*/\nconst a = `\n\n`;\nDate.now();\n" });
    assert.match(breach, /^src\/road\/a\.ts:6: /);
  });

  it("lets promises and timers pass in rooms that do input and output, runtimes only in io", () => {
    const source = "export async function f() { await new Promise((r) => setTimeout(r, 1)); }";
    for (const room of ["io", "manor", "client", "cli"]) assertClean(`src/${room}/a.ts`, source);
    assertClean("src/io/a.ts", "Deno.exit(); Bun.file();");
    for (const path of ["src/manor/a.ts", "src/client/a.ts", "src/cli/a.ts", "repl/a.ts"]) {
      assertBreach(path, "Deno.exit();", /only src\/io/);
      assertBreach(path, "Bun.file();", /only src\/io/);
    }
    assertBreach("src/crypto/a.ts", "Deno.exit();", /only src\/io/);
    assertBreach("mod.ts", "Deno.exit();", /only src\/io/);
    assertBreach("src/main.ts", "Deno.exit();", /only src\/io/);
  });
});
