import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { bundleForDeno } from "../../scripts/compile/bundle.ts";
import { compile } from "../../scripts/compile/compile.ts";
import { buildDeno } from "../../scripts/compile/deno.ts";
import { PERMISSIONS } from "../../scripts/compile/permissions.ts";
import { type How, OWN_TARGET } from "../../scripts/compile/product.ts";
import { FLAGS } from "../../scripts/compile/sfx.ts";
import { type Entry, makeEntry, ROOT } from "../../scripts/compile/stamp.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const HAS_BUN = spawnSync("bun", ["--version"]).status === 0;

function compileScript(
  args: readonly string[],
  env: Record<string, string> = {},
  script = "compile",
) {
  const words = ["run", "-A", join(ROOT, `scripts/${script}.ts`), ...args];
  const ran = spawnSync(Deno.execPath(), words, {
    env: { ...process.env, NO_COLOR: "1", ...env },
    encoding: "utf8",
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** A Deno that reaches nobody. */
const CUT_OFF = { DENORT_BIN: "", HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "" };
/** Whether the runtime for `deno compile` lies in Deno's cache: then it can be had without the net. */
const HAS_DENORT = existsSync(join(denoDir(), "dl/release", `v${Deno.version.deno}`));

function denoDir(): string {
  const { stdout } = spawnSync(Deno.execPath(), ["info", "--json"], { encoding: "utf8" });
  return JSON.parse(stdout).denoDir;
}

describe("deno task compile", () => {
  it("says what it expects of its arguments, as deno task release does", () => {
    const faults: [string[], RegExp][] = [
      [["--how", "magic"], /: --how "magic": expected deno, sfx, bun\n$/],
      [["--target", "vax"], /: target "vax": expected x86_64-linux, [^\n]+\n$/],
      [["--ouch"], /: Unknown option '--ouch'/],
    ];
    for (const script of ["compile", "release"]) {
      for (const [args, pattern] of faults) {
        const { code, err: said } = compileScript(args, {}, script);
        const err = said.replace(/^\(node:\d+\) \[DEP.*\n/gm, ""); // of a package's own imports
        assert.equal(code, 1);
        assert.match(err, pattern);
        assert.match(err, new RegExp(`^${script}: [^\\n]+\\n$`), "one sentence");
      }
    }
    const two = ["--target", "x86_64-linux", "--target", "aarch64-linux", "--out", "x"];
    assert.match(compileScript(two).err, /expected one --target/);
  });

  it("says what to do where the runtime for deno compile can't be had, and makes no file", {
    skip: HAS_DENORT && "it can be had",
  }, () => {
    using folder = new TemporaryFolder();
    const out = folder.at("raet");
    const { code, err } = compileScript(["--how", "deno", "--out", out], CUT_OFF);
    assert.equal(code, 1);
    assert.match(err, /^compile: "deno compile" can't get its runtime "denort-[^\n]+[^.\n]\n$/);
    assert.match(err, /dl\/release\/v2\.\d+\.\d+\/ .*DENO_DIR.*DENORT_BIN/);
    assert.equal(existsSync(out), false);
  });

  it("makes a self-extracting file then, unless told how", {
    skip: HAS_DENORT && "it can be had",
  }, () => {
    using folder = new TemporaryFolder();
    const { code, out, err } = compileScript(["--out", folder.at("raet")], CUT_OFF);
    assert.equal(code, 0, err);
    assert.match(err, /so it becomes a self-extracting file \(sfx\)\n$/);
    assert.match(
      out,
      /\(sfx, \w+-linux\)\n {2}size .*\n {2}sha256 {2}[0-9a-f]{64}\n {2}start .* ms/,
    );
    assert.equal(readFileSync(folder.at("raet")).subarray(0, 10).toString(), "#!/bin/sh\n");
  });

  it("does not pass off what is no raet", () => {
    using folder = new TemporaryFolder();
    const env = { DENORT_BIN: realpathSync(Deno.execPath()) };
    const { code, err } = compileScript(["--how", "deno", "--out", folder.at("raet")], env);
    assert.equal(code, 1);
    assert.match(err, /expected "raet .*DENORT_BIN has to name a denort and no deno/);
    assert.equal(existsSync(folder.at("raet")), false);
  });
});

describe("a build", () => {
  for (const how of ["sfx", "bun"] as How[]) {
    it(`by ${how} makes the same bytes twice`, {
      skip: how === "bun" && !HAS_BUN && "there is no bun",
    }, async () => {
      using folder = new TemporaryFolder();
      const first = await compile({ how, target: OWN_TARGET, out: folder.at("first") });
      const second = await compile({ how, target: OWN_TARGET, out: folder.at("second") });
      assert.equal(first.sha256, second.sha256);
      assert.equal(first.bytes, statSync(first.file).size);
      assert.ok(first.startMs! > 0);
      if (how === "sfx") {
        assert.ok(first.bytes < 45e6, `${first.bytes} bytes: expected under 45 MB`);
      }
    });
  }
});

describe("permissions on Deno", () => {
  let entry: Entry;
  let program: string;
  before(async () => {
    entry = await makeEntry("deno");
    program = await bundleForDeno(entry);
  });
  after(() => entry[Symbol.dispose]());

  /** Runs it with those flags in place of all; what it says. */
  function start(
    flags: readonly string[],
    args: readonly string[],
    folder: TemporaryFolder,
  ): string {
    const unset = ["-u", "HOME", "-u", "RAET_HOME"];
    // Without a home it has to look for that of the user, where nothing is made.
    const home = args.includes("show") ? [] : ["--home", folder.at("home")];
    const words = [Deno.execPath(), "run", ...flags, program, ...home, ...args];
    const env = { ...process.env, DENO_DIR: folder.at("deno"), TMPDIR: folder.path, NO_COLOR: "1" };
    const { stdout, stderr } = spawnSync("env", [...unset, ...words], {
      env,
      input: args.includes("repl") ? "! true\n" : "",
      encoding: "utf8",
      timeout: 60_000,
    });
    return stdout + stderr;
  }

  it("are none that the program could do without", () => {
    using folder = new TemporaryFolder();
    // A command that needs the permission, and ends at once without it.
    const uses: Record<string, string[]> = {
      net: ["up", "--listen", "127.0.0.1:0"],
      read: ["show"],
      write: ["up", "--listen", "127.0.0.1:0"],
      env: ["show"],
      hostname: ["up", "--listen", "127.0.0.1:0"],
      uid: ["up", "--listen", "127.0.0.1:0"],
      homedir: ["show"],
      statfs: ["doctor"],
      run: ["repl", "--up", "--shell"],
      ffi: ["up", "--listen", "127.0.0.1:0"],
    };
    mkdirSync(folder.at("home"), { mode: 0o700 }); // without one there is nothing to examine
    const tried: string[] = [];
    for (const { flag } of PERMISSIONS) {
      const [name, parts] = flag.replace("--allow-", "").split("=");
      const others = FLAGS.filter((one) => one !== flag);
      for (const part of parts?.split(",") ?? [name]) {
        const left = parts?.split(",").filter((one) => one !== part).join(",");
        const flags = left === undefined ? others : [...others, `--allow-${name}=${left}`];
        const said = start(flags, uses[part], folder);
        assert.match(
          said,
          /Requires \w+ access|not let in|Deno's --allow-ffi/,
          `without ${part}: ${said}`,
        );
        tried.push(part);
      }
    }
    assert.deepEqual(tried.toSorted(), Object.keys(uses).toSorted());
    assert.match(start(FLAGS, ["show"], folder), /^raet: no manor is running/);
    const examined = start(FLAGS, ["doctor"], folder);
    assert.match(examined, /^ok +disk +.* free for/m);
    assert.match(examined, /^(ok|warning) +buffers +.* for what comes in/m);
  });

  it("are told in docs/building.md with their reasons", () => {
    const page = readFileSync(join(ROOT, "docs/building.md"), "utf8").replaceAll(/\s+/g, " ");
    for (const { flag, why } of PERMISSIONS) {
      assert.ok(page.includes(`\`${flag}\``), flag);
      assert.ok(page.includes(why), why);
    }
  });

  it("are what deno compile would put into a file, with the bundled program and nothing else", async () => {
    using folder = new TemporaryFolder();
    // The runtime in that file is a whole Deno, which pays no heed to what is behind it: it is not run.
    const before = process.env.DENORT_BIN;
    process.env.DENORT_BIN = realpathSync(Deno.execPath());
    try {
      await buildDeno({ target: OWN_TARGET, out: folder.at("raet") });
    } finally {
      if (before === undefined) delete process.env.DENORT_BIN;
      else process.env.DENORT_BIN = before;
    }
    const file = readFileSync(folder.at("raet"));
    const permissions = embeddedPermissions(file);
    const granted = Object.entries(permissions).filter(([name, value]) =>
      name.startsWith("allow_") && name !== "allow_import" && value !== null
    );
    const flags = granted.map(([name, parts]) =>
      `--${name.replace("_", "-")}${(parts as string[]).length > 0 ? `=${parts}` : ""}`
    );
    assert.deepEqual(flags.toSorted(), PERMISSIONS.map(({ flag }) => flag).toSorted());
    assert.deepEqual([permissions.deny_import, permissions.prompt], [[], false]);
    const { size: runtime } = statSync(Deno.execPath());
    const { size: bundled } = statSync(program);
    assert.ok(
      file.length - runtime < bundled + 4e6,
      `${file.length} bytes: expected little more`,
    );
    assert.ok(file.includes(readFileSync(program)), "the program is in there as it was bundled");
    assert.equal(file.includes(ROOT), false, "no path of the machine that built it");
    console.log("--how deno: looked at what would be embedded; the file itself was not run here");
  });
});

/** What `deno compile` wrote down behind the runtime. */
function embeddedPermissions(file: Buffer): Record<string, unknown> {
  const at = file.lastIndexOf('"permissions":{');
  assert.ok(at > 0);
  const [, permissions] = /^"permissions":(\{.*?\})/s.exec(file.toString("utf8", at, at + 10_000))!;
  return JSON.parse(permissions);
}
