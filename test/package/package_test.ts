/**
 * The packages of mod.ts, as somebody who installs them has them: the packed file in a project outside
 * of this tree, on Deno, Bun and Node, and what `deno publish` would take.
 */
import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { lockHome } from "../../src/io/lock.ts";
import { openHome } from "../../src/io/home.ts";
import { makePackage } from "../../scripts/package.ts";
import { skipNow } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;
const NO_NODE_LANE =
  "no_manor: no other process's manor can be reached: the lane's Unix datagram sockets are not there on Node: " +
  "expected Deno or Bun";

const missing = (command: string) =>
  spawnSync(command, ["--version"]).status === 0 ? false : `${command} is not installed here`;

/** Deno's own variables would tell the child where this project's modules are. */
function run(cwd: string, file: string, args: string[]): SpawnSyncReturns<string> {
  return spawnSync(file, args, { cwd, encoding: "utf8", timeout: 100_000 });
}

describe("the npm package", { skip: missing("npm") }, () => {
  const folder = new TemporaryFolder();
  const project = folder.at("project");
  const home = () => {
    const path = folder.at(`homes-${Math.random().toString(36).slice(2)}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  let fault: string | null = null;

  before(() => {
    const packed = makePackage(folder.at("npm"));
    mkdirSync(join(project, "src"), { recursive: true });
    copyFileSync("test/package/example.ts", join(project, "src/example.ts"));
    const own = JSON.parse(readFileSync("package.json", "utf8"));
    const manifest = {
      type: "module",
      private: true,
      dependencies: { "@raet/raet": `file:${packed}` },
      devDependencies: { "@types/node": own.devDependencies["@types/node"] },
      overrides: own.overrides, // Deno takes a helper that a registry lacks for a fault
    };
    writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    const { status, stderr } = run(project, "npm", args);
    if (status === 0) return;
    if (!OFFLINE.test(stderr)) throw new Error(stderr);
    fault = "the npm registry can't be reached";
  });
  after(() => folder[Symbol.dispose]());

  const packaged = (name: string, command: string, test: () => void) =>
    it(name, { skip: missing(command) }, (t) => fault === null ? test() : skipNow(t, fault));

  packaged("has types that a strict program is checked by, those of Deno left out", "npm", () => {
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      lib: ["esnext"],
      module: "nodenext",
      types: ["node"],
      rootDir: "src",
      outDir: "out",
    };
    const config = { compilerOptions, files: ["src/example.ts"] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(process.cwd(), "node_modules/.bin/tsc");
    const { status, stdout } = run(project, tsc, ["-p", "tsconfig.json"]);
    assert.deepEqual([stdout, status], ["", 0]);
  });

  for (
    const [command, args, lane] of [
      ["deno", ["run", "--quiet", "--unstable-net", "-A", "src/example.ts"], "delivered"],
      ["bun", ["run", "src/example.ts"], "delivered"],
      ["node", ["out/example.js"], NO_NODE_LANE],
    ] as const
  ) {
    packaged(`sends a message on ${command}`, command, () => {
      const { status, stdout, stderr } = run(project, command, [...args, home()]);
      assert.equal(status, 0, stderr);
      const said = JSON.parse(stdout);
      assert.equal(said.status, "delivered");
      assert.equal(said.body.hello, "there");
      assert.equal(said.lane, lane);
    });
  }

  packaged("keeps Node out of a home that a manor of another runtime holds", "node", () => {
    const path = home();
    const held = lockHome(openHome(join(path, "alpha")), "other", 0);
    try {
      const { status, stderr } = run(project, "node", ["out/example.js", path]);
      assert.notEqual(status, 0);
      assert.match(stderr, /home ".*alpha" is in use by pid \d+, estate "other"/);
    } finally {
      held.release();
    }
    assert.equal(run(project, "node", ["out/example.js", path]).status, 0, "and lets it in after");
  });
});

describe("deno publish", () => {
  it("takes the sources, and nothing but what the library needs", (t) => {
    const args = ["publish", "--dry-run", "--allow-dirty"];
    const { status, stderr } = run(process.cwd(), Deno.execPath(), args);
    if (status !== 0 && /error sending request|dns error/.test(stderr)) {
      return skipNow(t, "what deno publish asks can't be reached");
    }
    assert.equal(status, 0, stderr);
    const files = [...stderr.matchAll(/file:\/\/\S+?\/((?:src|test|mod|scripts|docs)\S*)/g)]
      .map(([, file]) => file);
    assert.ok(files.includes("mod.ts"), stderr);
    assert.deepEqual(
      files.filter((file) => /^(?:test|scripts|docs)|^src\/(?:cli\/|main)/.test(file)),
      [],
    );
  });
});
