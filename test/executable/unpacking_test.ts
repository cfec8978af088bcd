import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { TemporaryFolder } from "../support/temporary.ts";
import { CAN_MOUNT } from "../support/namespaces.ts";
import { SFX } from "./subject.ts";

/** Longer than anything takes on a slow machine; then it hangs. */
const WAIT_MS_MAX = 60_000;
const VERSION = /^raet \d+\.\d+\.\d+\n$/;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs words with nothing in the environment but what is given: Deno would add its own. */
function run(env: Record<string, string>, words: readonly string[], cwd?: string): Ran {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { status, stdout, stderr, error } = spawnSync("env", ["-i", ...variables, ...words], {
    cwd,
    encoding: "utf8",
    timeout: WAIT_MS_MAX,
  });
  if (error) throw error;
  return { code: status, out: stdout, err: stderr };
}

/** Runs a script of the shell as root of a user namespace of its own, with mounts that nobody else sees. */
function mounted(script: string, env: Record<string, string> = {}): Ran {
  return run({ PATH: process.env.PATH ?? "", SFX: SFX!, ...env }, [
    "unshare",
    "-rm",
    "sh",
    "-c",
    script,
  ]);
}

/** The folders of versions in a cache, and what else is there. */
const versionsIn = (cache: string) => fs.readdirSync(cache).sort();
const ID = /^[0-9a-f]{16}$/;

/** The file unpacked already, to begin from. */
function unpacked(cache: string): string {
  assert.match(run({ RAET_CACHE: cache }, [SFX!, "--version"]).out, VERSION);
  const [id] = versionsIn(cache);
  return join(cache, id);
}

function oneLine(err: string): string {
  assert.match(err, /^raet: [^\n]+[^.\n]\n$/, "one sentence without a final stop");
  return err;
}

describe("a file that unpacks itself", { skip: SFX === null && "it is not what is tested" }, () => {
  it("unpacks once, into the cache of the user, readable by nobody else", () => {
    using folder = new TemporaryFolder();
    const env = { HOME: folder.path };
    assert.deepEqual(fs.readdirSync(folder.path), []);
    assert.match(run(env, [SFX!, "--version"]).out, VERSION);
    assert.deepEqual(fs.readdirSync(folder.path), [".cache"]);
    const cache = folder.at(".cache", "raet");
    assert.equal(fs.statSync(cache).mode & 0o777, 0o700);
    const [id, ...others] = versionsIn(cache);
    assert.match(id, ID);
    assert.deepEqual(others, []);
    const { ino } = fs.statSync(join(cache, id, "deno"));
    assert.match(run(env, [SFX!, "--version"]).out, VERSION);
    assert.equal(fs.statSync(join(cache, id, "deno")).ino, ino, "it was not unpacked again");
  });

  it("takes XDG_CACHE_HOME, and RAET_CACHE before that", () => {
    using folder = new TemporaryFolder();
    const env = { HOME: folder.at("home"), XDG_CACHE_HOME: folder.at("xdg") };
    assert.match(run(env, [SFX!, "--version"]).out, VERSION);
    assert.deepEqual(fs.readdirSync(folder.path), ["xdg"]);
    fs.renameSync(folder.at("xdg", "raet"), folder.at("own"));
    fs.rmdirSync(folder.at("xdg"));
    assert.match(run({ ...env, RAET_CACHE: folder.at("own") }, [SFX!, "--version"]).out, VERSION);
    assert.deepEqual(fs.readdirSync(folder.path), ["own"]);
  });

  it("needs neither HOME nor PATH: then it unpacks where temporary files go", () => {
    using folder = new TemporaryFolder();
    const ran = run({ TMPDIR: folder.path }, [SFX!, "--version"]);
    assert.deepEqual([ran.code, ran.err], [0, ""]);
    assert.match(ran.out, VERSION);
    const cache = folder.at(`raet-${process.getuid!()}`);
    assert.equal(fs.statSync(cache).mode & 0o777, 0o700);
    assert.match(versionsIn(cache)[0], ID);
  });

  it("does not run tools that somebody has put into PATH", () => {
    using folder = new TemporaryFolder();
    for (const tool of ["ls", "gzip", "tail", "head", "mkdir", "mv", "id", "deno"]) {
      fs.writeFileSync(folder.at(tool), `#!/bin/sh\necho ran >${folder.at("trapped")}\nexit 1\n`, {
        mode: 0o755,
      });
    }
    const env = { PATH: folder.path, RAET_CACHE: folder.at("cache") };
    for (let i = 0; i < 2; i++) assert.match(run(env, [SFX!, "--version"]).out, VERSION);
    assert.equal(fs.existsSync(folder.at("trapped")), false);
  });

  it("can be started many times at once from the beginning", async () => {
    using folder = new TemporaryFolder();
    const env = { RAET_CACHE: folder.at("cache") };
    const starts = Array.from({ length: 4 }, () =>
      new Promise<string>((resolve, reject) => {
        const child = spawn(SFX!, ["--version"], { env, stdio: ["ignore", "pipe", "pipe"] });
        let said = "";
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (data) => said += data);
        }
        child.on("error", reject);
        child.on("close", () => resolve(said));
      }));
    for (const said of await Promise.all(starts)) assert.match(said, VERSION);
    assert.equal(versionsIn(folder.at("cache")).length, 1);
  });

  it("can be renamed, linked, and found by PATH or from another folder", () => {
    using folder = new TemporaryFolder();
    const env = { RAET_CACHE: folder.at("cache") };
    unpacked(env.RAET_CACHE);
    const odd = folder.at("an 'odd' \"name\" $HOME\n-x");
    fs.copyFileSync(SFX!, odd);
    fs.symlinkSync(odd, folder.at("symbolic"));
    fs.linkSync(odd, folder.at("-hard"));
    fs.mkdirSync(folder.at("elsewhere"));
    const starts: [string[], string?][] = [
      [[odd]],
      [[folder.at("symbolic")]],
      [["sh", "./-hard"], folder.path],
      [["../symbolic"], folder.at("elsewhere")],
      [["env", `PATH=${folder.path}`, "symbolic"]],
    ];
    // Some of them once more without a cache: then the file has to be read.
    for (const fresh of [false, true]) {
      for (const [words, cwd] of fresh ? starts.slice(2) : starts) {
        if (fresh) fs.rmSync(env.RAET_CACHE, { recursive: true });
        const ran = run({ ...env, PATH: "/usr/bin:/bin" }, [...words, "--version"], cwd);
        assert.match(ran.out, VERSION, `${words}: ${ran.err}`);
      }
    }
  });

  it("hands on its arguments and its exit code as they are", () => {
    using folder = new TemporaryFolder();
    const env = { RAET_CACHE: folder.at("cache") };
    const odd = `an "odd"  $HOME * \\`;
    const ran = run(env, [SFX!, "--json", odd, ""]);
    assert.equal(
      JSON.parse(ran.out).error.message,
      `unknown command "${odd}": expected one that raet help shows`,
    );
    assert.equal(ran.code, 1);
  });

  it("runs in every shell that may be sh", () => {
    for (const shell of ["dash", "bash", "busybox sh", "mksh", "zsh --emulate sh"]) {
      const words = shell.split(" ");
      if (spawnSync(words[0], words.slice(1).concat("-c", "exit 0")).status !== 0) continue;
      using folder = new TemporaryFolder();
      const env = { PATH: process.env.PATH ?? "", RAET_CACHE: folder.at("cache") };
      for (let i = 0; i < 2; i++) {
        const ran = run(env, [...words, SFX!, "--version"]);
        assert.match(ran.out, VERSION, `${shell}: ${ran.err}`);
      }
      fs.chmodSync(folder.at("cache"), 0o777);
      assert.equal(run(env, [...words, SFX!, "--version"]).code, 78, shell);
    }
  });
});

describe(
  "a cache that can't be written",
  { skip: SFX === null && "not a file that unpacks" },
  () => {
    const skip = !CAN_MOUNT && "nothing can be mounted here";
    const small = `mkdir -p "$AT" && mount -t tmpfs -o mode=700,size=20m tmpfs "$AT"`;
    const readOnly =
      `mkdir -p "$AT" && mount -t tmpfs -o mode=700 tmpfs "$AT" && mount -o remount,ro "$AT"`;

    for (
      const [what, mount, why] of [
        ["full", small, /No space left on device/],
        ["read-only", readOnly, /Read-only file system/],
      ] as const
    ) {
      it(
        `is given up for a temporary folder if it is ${what}, which is said once`,
        { skip },
        () => {
          using folder = new TemporaryFolder();
          const env = { AT: folder.at("home"), HOME: folder.at("home"), TMPDIR: folder.path };
          const twice =
            `"$SFX" --version && echo again >&2 && "$SFX" --version && find "$AT" -type f`;
          const { code, out, err } = mounted(`${mount} && ${twice}`, env);
          assert.equal(code, 0, err);
          assert.match(out, /^(raet \d+\.\d+\.\d+\n){2}$/, "and nothing is left behind");
          const [said, ...rest] = err.split("again\n");
          assert.match(oneLine(said), why);
          assert.match(said, /\/home\/\.cache\/raet".*; took ".*\/raet-0"/);
          assert.deepEqual(rest, [""]);
        },
      );

      it(`is an error of one sentence if it is ${what} and was asked for`, { skip }, () => {
        using folder = new TemporaryFolder();
        const env = { AT: folder.at("cache"), RAET_CACHE: folder.at("cache"), TMPDIR: folder.path };
        const { code, out, err } = mounted(`${mount} && "$SFX" --version`, env);
        assert.deepEqual([code, out], [78, ""]);
        assert.match(oneLine(err), why);
        assert.match(err, /expected room for 110 MB in a folder where programs may run/);
      });
    }

    it("is enough once it is unpacked", { skip }, () => {
      using folder = new TemporaryFolder();
      unpacked(folder.at("cache"));
      const env = { AT: folder.at("cache"), RAET_CACHE: folder.at("cache") };
      const mount = `mount --bind "$AT" "$AT" && mount -o remount,bind,ro "$AT"`;
      const { code, out, err } = mounted(`${mount} && "$SFX" --version`, env);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, VERSION);
    });

    it("is refused where programs may not run", { skip }, () => {
      using folder = new TemporaryFolder();
      const env = { AT: folder.at("cache"), RAET_CACHE: folder.at("cache") };
      const mount = `mkdir "$AT" && mount -t tmpfs -o mode=700,noexec tmpfs "$AT"`;
      const { code, err } = mounted(`${mount} && "$SFX" --version`, env);
      assert.equal(code, 78);
      assert.match(oneLine(err), /Permission denied|can't be run/);
    });
  },
);

describe("a cache that is not safe", { skip: SFX === null && "not a file that unpacks" }, () => {
  const isRoot = process.getuid!() === 0;

  it("is refused if others may write to it, whether it is unpacked or not", () => {
    using folder = new TemporaryFolder();
    const cache = folder.at("cache");
    for (const fresh of [true, false]) {
      for (const mode of [0o770, 0o707]) {
        if (fresh) fs.mkdirSync(cache);
        else unpacked(cache);
        fs.chmodSync(cache, mode);
        const { code, out, err } = run({ RAET_CACHE: cache }, [SFX!, "--version"]);
        assert.deepEqual([code, out], [78, ""]);
        assert.match(oneLine(err), /can be written by others: expected/);
        fs.rmSync(cache, { recursive: true });
      }
    }
  });

  it("is refused if others may write to what was unpacked", () => {
    using folder = new TemporaryFolder();
    fs.chmodSync(unpacked(folder.at("cache")), 0o770);
    const { code, err } = run({ RAET_CACHE: folder.at("cache") }, [SFX!, "--version"]);
    assert.equal(code, 78);
    assert.match(oneLine(err), /can be written by others/);
  });

  it("is refused if it belongs to somebody else", { skip: !isRoot && "needs root" }, () => {
    using folder = new TemporaryFolder();
    const cache = folder.at("cache");
    const inside = unpacked(cache);
    for (const path of [cache, inside]) {
      fs.chownSync(path, 65534, 65534);
      const { code, out, err } = run({ RAET_CACHE: cache }, [SFX!, "--version"]);
      assert.deepEqual([code, out], [78, ""]);
      assert.match(oneLine(err), /belongs to another user: expected/);
      fs.chownSync(path, 0, 0);
    }
  });

  it("is refused if somebody else made it among temporary files", {
    skip: !isRoot && "needs root",
  }, () => {
    using folder = new TemporaryFolder();
    fs.chmodSync(folder.path, 0o1777);
    const cache = folder.at("raet-0");
    for (const fresh of [true, false]) {
      if (fresh) fs.mkdirSync(cache);
      else unpacked(cache);
      fs.chownSync(cache, 65534, 65534);
      const { code, out, err } = run({ TMPDIR: folder.path }, [SFX!, "--version"]);
      assert.deepEqual([code, out], [78, ""]);
      assert.match(oneLine(err), /belongs to another user: expected/);
      fs.rmSync(cache, { recursive: true });
    }
  });

  it("is not made in the home of somebody else", { skip: !isRoot && "needs root" }, () => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("home"));
    fs.mkdirSync(folder.at("tmp"));
    fs.chownSync(folder.at("home"), 65534, 65534);
    const env = { HOME: folder.at("home"), TMPDIR: folder.at("tmp") };
    assert.match(run(env, [SFX!, "--version"]).out, VERSION);
    assert.deepEqual(fs.readdirSync(folder.at("home")), []);
  });

  it("is refused in a folder where everybody can put another in its place, unpacked or not", () => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("open"));
    const env = { RAET_CACHE: folder.at("open", "cache") };
    for (const fresh of [true, false]) {
      if (!fresh) unpacked(env.RAET_CACHE);
      fs.chmodSync(folder.at("open"), 0o777);
      const { code, out, err } = run(env, [SFX!, "--version"]);
      assert.deepEqual([code, out], [78, ""]);
      assert.match(oneLine(err), /everybody can write to/);
      fs.chmodSync(folder.at("open"), 0o755);
    }
  });

  it("is refused as a link that anybody could have made, unpacked or not", () => {
    using folder = new TemporaryFolder();
    fs.chmodSync(folder.path, 0o1777);
    fs.mkdirSync(folder.at("mine"), { mode: 0o700 });
    fs.symlinkSync(folder.at("mine"), folder.at(`raet-${process.getuid!()}`));
    for (const fresh of [true, false]) {
      if (!fresh) unpacked(folder.at("mine"));
      const before = versionsIn(folder.at("mine"));
      const { code, out, err } = run({ TMPDIR: folder.path }, [SFX!, "--version"]);
      assert.deepEqual([code, out], [78, ""]);
      assert.match(oneLine(err), /is a link: expected a folder/);
      assert.deepEqual(versionsIn(folder.at("mine")), before);
    }
  });

  it("may be a link in a folder that nobody else writes to", () => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("mine"), { mode: 0o700 });
    fs.symlinkSync(folder.at("mine"), folder.at("cache"));
    const env = { RAET_CACHE: folder.at("cache") };
    for (let i = 0; i < 2; i++) assert.match(run(env, [SFX!, "--version"]).out, VERSION);
  });

  it("is refused by a relative name", () => {
    const { code, err } = run({ RAET_CACHE: "cache" }, [SFX!, "--version"]);
    assert.equal(code, 78);
    assert.match(oneLine(err), /RAET_CACHE is "cache": expected the absolute path/);
  });
});

describe("what was left in a cache", { skip: SFX === null && "not a file that unpacks" }, () => {
  it("is made whole if a start was killed half way, or the power went", async () => {
    using folder = new TemporaryFolder();
    const cache = folder.at("cache");
    const env = { RAET_CACHE: cache };
    const child = spawn(SFX!, ["--version"], { env, stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const isHalfWay = () =>
      fs.existsSync(cache) && versionsIn(cache).some((name) => name.startsWith(".new-"));
    const end = performance.now() + WAIT_MS_MAX;
    while (!isHalfWay() && performance.now() < end) await sleep(1);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    const inside = unpacked(cache).replace(
      /[^/]+$/,
      versionsIn(cache).find((name) => ID.test(name))!,
    );
    for (const name of ["deno", "raet.mjs", "launch"]) {
      fs.truncateSync(join(inside, name), 0);
      assert.match(run(env, [SFX!, "--version"]).out, VERSION, name);
    }
  });

  it("is tidied as the next version unpacks: other versions that nobody started for a month", () => {
    using folder = new TemporaryFolder();
    const cache = folder.at("cache");
    const old = "0123456789abcdef", young = "fedcba9876543210";
    const monthAgo = Date.now() / 1000 - 32 * 24 * 3600;
    for (const name of [old, young, "somebody else's", ".new-1-0", ".new-2-0"]) {
      fs.mkdirSync(join(cache, name), { recursive: true, mode: 0o700 });
      for (const file of ["launch", "started"]) fs.writeFileSync(join(cache, name, file), "");
    }
    for (const name of [old, "somebody else's"]) {
      fs.utimesSync(join(cache, name, "started"), monthAgo, monthAgo);
    }
    fs.utimesSync(join(cache, ".new-1-0"), monthAgo, monthAgo);
    assert.match(run({ RAET_CACHE: cache }, [SFX!, "--version"]).out, VERSION);
    const left = versionsIn(cache);
    assert.equal(left.length, 4, left.join());
    for (const name of [".new-2-0", young, "somebody else's"]) assert.ok(left.includes(name), name);
  });
});

describe("a file that is damaged", { skip: SFX === null && "not a file that unpacks" }, () => {
  it("says so if its end is missing", () => {
    using folder = new TemporaryFolder();
    fs.copyFileSync(SFX!, folder.at("raet"));
    fs.truncateSync(folder.at("raet"), 20_000_000);
    const { code, err } = run({ RAET_CACHE: folder.at("cache") }, [folder.at("raet"), "--version"]);
    assert.equal(code, 78);
    assert.match(
      oneLine(err),
      /is damaged: expected \d+ bytes where there are 20000000; get it again/,
    );
  });

  it("says so if some of it is wrong, and leaves nothing of it for the one that is whole", () => {
    using folder = new TemporaryFolder();
    const whole = fs.readFileSync(SFX!);
    const env = { RAET_CACHE: folder.at("cache") };
    const places = [whole.length >> 1, whole.length - 200]; // the runtime, and what starts it
    for (const place of places) {
      const bytes = Buffer.from(whole);
      bytes[place] ^= 0x55;
      fs.writeFileSync(folder.at("raet"), bytes, { mode: 0o755 });
      const { code, out, err } = run(env, [folder.at("raet"), "--version"]);
      assert.deepEqual([code, out], [78, ""], `byte ${place}`);
      assert.match(oneLine(err), /gzip/);
      assert.deepEqual(versionsIn(folder.at("cache")), []);
    }
    assert.match(run(env, [SFX!, "--version"]).out, VERSION);
  });
});
