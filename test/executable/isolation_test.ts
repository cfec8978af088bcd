import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { CAN_UNSHARE_NET, LOOPBACK_UP } from "../support/namespaces.ts";
import { Hosts } from "./hosts.ts";
import { HAS_STRACE, ROOT, SUBJECT } from "./subject.ts";

const isFile = SUBJECT.file !== null;
/** Calls by which a file system changes; `openat` counts if it opens to write. */
const CHANGES =
  /^(openat|open|creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|rmdir|truncate|mknod|mknodat|chmod|fchmodat|chown|fchownat|utimensat)$/;
/** What may be opened to write without changing anything. */
const DEVICES = /^\/(dev\/(null|tty|pts\/\d+|ptmx)|proc\/self\/(fd|task)\/.*)$/;

describe("what an executable does besides what it is asked", {
  skip: !isFile && "the source has its runtime's own ways",
}, () => {
  let hosts: Hosts;
  let calls: Call[] = [];
  before(() => {
    hosts = new Hosts();
    if (HAS_STRACE) calls = traceDemo(hosts);
  });
  after(() => hosts[Symbol.asyncDispose]());
  const skip = !HAS_STRACE && "there is no strace";

  it(
    "writes nothing outside of its home, its cache and the folder for temporary files",
    { skip },
    () => {
      const changes = calls.filter(({ name, text }) =>
        CHANGES.test(name) && (!name.startsWith("open") || /O_(WRONLY|RDWR|CREAT)/.test(text))
      );
      const paths = changes.flatMap(pathsIn);
      const isInside = (path: string) => path.startsWith(`${hosts.folder}/`);
      assert.ok(paths.filter(isInside).length > 20, "the trace shows what it writes");
      const outside = paths.filter((path) => !isInside(path) && !DEVICES.test(path));
      assert.deepEqual([...new Set(outside)], []);
    },
  );

  it("talks to nobody but those it was told of", { skip }, () => {
    const talks = calls.filter(({ text }) => text.includes("sa_family=AF_"));
    const addresses = talks.flatMap(({ text }) =>
      [...text.matchAll(/sa_family=(AF_\w+), ([^}]*)/g)].map(([, family, rest]) =>
        `${family} ${rest}`
      )
    );
    const road = /^AF_INET .*inet_addr\("127\.0\.0\.1"\)/;
    const lane = new RegExp(`^AF_UNIX sun_path="${hosts.folder}/`);
    assert.ok(addresses.some((one) => road.test(one)), "the trace shows the road");
    assert.ok(addresses.some((one) => lane.test(one)), "the trace shows the lane");
    const others = addresses.filter((one) => !road.test(one) && !lane.test(one));
    assert.deepEqual([...new Set(others)], []);
  });

  it("needs no network but loopback", { skip: !CAN_UNSHARE_NET && "no network of our own" }, () => {
    const words = hosts.words("alone", { TMPDIR: hosts.home("tmp") });
    const { status, stderr } = spawnSync(
      "unshare",
      ["-rn", "sh", "-c", `${LOOPBACK_UP} && exec "$@"`, "sh", ...words, "demo"],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
  });

  it("heeds no file of a runtime in the folder where somebody stands", () => {
    const folder = hosts.home("trap");
    const trap = join(folder, "trap.js");
    const config = { preload: [trap], import: [trap], tasks: {}, imports: { "node:fs": trap } };
    writeFileSync(trap, `import "node:fs"; console.log("trapped")`);
    writeFileSync(join(folder, ".env"), "RAET_NAME=trapped\nRAET_HOME=/trapped\n");
    writeFileSync(join(folder, "bunfig.toml"), `preload = [${JSON.stringify(trap)}]\n`);
    for (const name of ["deno.json", "package.json", "tsconfig.json"]) {
      writeFileSync(join(folder, name), JSON.stringify(config));
    }
    const [file, ...words] = hosts.words("trap");
    for (const args of [["--version"], ["config"]]) {
      const ran = spawnSync(file, [...words, ...args], { cwd: folder, encoding: "utf8" });
      assert.equal(ran.status, 0, ran.stderr);
      assert.doesNotMatch(ran.stdout + ran.stderr, /trapped/);
    }
  });

  it("holds no path of the machine that built it", () => {
    const bytes = readFileSync(SUBJECT.file!);
    assert.equal(bytes.includes(ROOT), false);
    // "/root" alone is a word that runtimes have of their own.
    if (homedir() !== "/root") assert.equal(bytes.includes(`${homedir()}/`), false);
  });
});

interface Call {
  readonly name: string;
  readonly text: string;
  /** the folder that its process stood in */
  readonly folder: string;
}

/** The system calls of a demo: two manors that join, and messages between them. */
function traceDemo(hosts: Hosts): Call[] {
  const log = join(hosts.folder, "trace");
  const words = hosts.words("demo", { TMPDIR: hosts.home("tmp") });
  const strace = [
    "-f",
    "-y",
    "--seccomp-bpf",
    "-s",
    "300",
    "-e",
    "trace=%file,%network",
    "-o",
    log,
  ];
  const ran = spawnSync("strace", [...strace, ...words, "demo"], { cwd: "/", encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  const folders = new Map<string, string>();
  // A call that another thread interrupts stands in two lines: the arguments are in the first.
  return readFileSync(log, "utf8").split("\n").flatMap((line) => {
    const [, pid, name, text] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (name === undefined || /= -1 E/.test(text)) return [];
    const folder = folders.get(pid) ?? "/";
    const call = { name, text, folder };
    if (name === "chdir") folders.set(pid, pathsIn(call)[0]);
    return [call];
  });
}

/** The paths in the arguments of a call; before a relative one may stand the folder that it counts from. */
function pathsIn({ text, folder }: Call): string[] {
  const paths = text.matchAll(/(?:<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g);
  return [...paths].map(([, from = folder, path]) => resolve(from, path));
}
