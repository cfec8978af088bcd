import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { examine } from "../../src/cli/doctor/examine.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { judgeCoreDumps, judgeDisk } from "../../src/cli/doctor/files.ts";
import { judgeBuffers, judgeClock, lostAt } from "../../src/cli/doctor/system.ts";
import type { Session } from "../../src/cli/session.ts";
import { attach } from "../../src/client/attach.ts";
import type { Yard } from "../../src/client/yard.ts";
import { mayDumpCore } from "../../src/io/core_dumps.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { Keep } from "../../src/keep/keep.ts";
import { Neighbourhood } from "../support/manors.ts";
import { Programs } from "../support/programs.ts";
import { scriptCommand } from "../support/runtime.ts";
import { ScriptProcess, TemporaryFolder } from "../support/temporary.ts";

/** Examines a home; the findings by check. */
async function findingsIn(
  home: string,
  fix = false,
  attachTo: (options: { home: string }) => Promise<Yard> = attach,
): Promise<Map<string, Finding>> {
  const yards: Yard[] = [];
  const session = {
    home,
    env: {},
    attach: async () => {
      const yard = await attachTo({ home });
      yards.push(yard);
      return yard;
    },
  } as Pick<Session, "home" | "env" | "attach"> as Session;
  const findings = new Map<string, Finding>();
  for await (const finding of examine(session, fix)) findings.set(finding.check, finding);
  for (const yard of yards) await yard.close();
  return findings;
}

/** What one check says, as `verdict what`. */
async function said(home: string, check: string, fix = false): Promise<string> {
  const { verdict, what } = (await findingsIn(home, fix)).get(check)!;
  return `${verdict} ${what}`;
}

/** A home that a manor has used and left. */
async function usedHome(here: Neighbourhood): Promise<string> {
  const { manor, home } = await here.open("alpha");
  await manor.close(0);
  return home;
}

const roleFile = (home: string) => join(home, "keep", "alpha", "role", "local", "role.json");

describe("raet doctor", () => {
  it("finds nothing wrong with a manor that runs, nor with a home that was left", async () => {
    await using here = new Neighbourhood();
    const { manor, home } = await here.open("alpha");
    const busy = await findingsIn(home);
    // What this machine is like is not for this test to judge.
    const ours = (findings: Map<string, Finding>) =>
      [...findings.values()].filter(({ check }) =>
        !["core dumps", "disk", "buffers", "clock"].includes(check)
      );
    for (const { check, verdict, what } of ours(busy)) {
      assert.equal(verdict, "ok", `${check}: ${what}`);
    }
    assert.match(busy.get("port")!.what, /held by the manor/);
    await manor.close(0);
    for (const { check, verdict, what } of ours(await findingsIn(home))) {
      assert.equal(verdict, check === "manor" ? "warning" : "ok", `${check}: ${what}`);
    }
  });

  it("says that there is no home, and makes none", async () => {
    using folder = new TemporaryFolder();
    assert.match(await said(folder.at("none"), "home"), /^fault there is none at/);
    assert.ok(!existsSync(folder.at("none")));
  });

  it("finds a home that others can change, and mends it", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    chmodSync(home, 0o777);
    assert.match(await said(home, "home"), /^fault other users can change .* \(mode 0777\)/);
    assert.match(await said(home, "home", true), /^ok mended/);
    assert.equal(statSync(home).mode & 0o777, 0o755);
    assert.match(await said(home, "home"), /^ok/);
  });

  it("finds secret keys that are open, at which raet up refuses to start, and mends them", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    chmodSync(roleFile(home), 0o640);
    chmodSync(join(home, "keep"), 0o755);
    await assert.rejects(here.open("alpha", { home }), {
      code: "bad_config",
      message: /holds secret keys and is open to other users .* as raet doctor --fix makes it$/,
    });
    assert.match(await said(home, "keys"), /^fault secret keys are open .*and 1 more/);
    assert.match(await said(home, "keys", true), /^ok mended/);
    assert.equal(statSync(roleFile(home)).mode & 0o777, 0o600);
    assert.equal(statSync(join(home, "keep")).mode & 0o777, 0o700);
    const again = await here.open("alpha", { home });
    await again.manor.close(0);
  });

  it("changes as root nothing that is not the home's user's own, whatever links lead there", {
    skip: process.getuid?.() !== 0 && "only root can change what is another's",
  }, async () => {
    await using here = new Neighbourhood();
    using folder = new TemporaryFolder();
    const home = await usedHome(here);
    const user = 42_421;
    const others = folder.at("root.conf");
    writeFileSync(others, "");
    chmodSync(others, 0o644);
    const link = join(home, "keep", "alpha", "role", "local", "more.json");
    const names = readdirSync(home, { recursive: true, encoding: "utf8" });
    for (const path of [home, ...names.map((name) => join(home, name))]) {
      lchownSync(path, user, user);
    }
    for (const make of [symlinkSync, linkSync]) {
      make(others, link);
      assert.match(
        await said(home, "keys", true),
        /^fault the mode of ".*more\.json" is left as it/,
      );
      rmSync(link);
      assert.equal(statSync(others).mode & 0o777, 0o644);
    }
    const keep = join(home, "keep");
    renameSync(keep, folder.at("kept"));
    mkdirSync(folder.at("host"));
    chmodSync(folder.at("host"), 0o755);
    symlinkSync(folder.path, keep);
    chmodSync(folder.path, 0o700);
    assert.match(await said(home, "keys", true), /^fault the mode of ".*" is left as it is/);
    assert.equal(statSync(folder.at("host")).mode & 0o777, 0o755);
    rmSync(keep);
    renameSync(folder.at("kept"), keep);
    chmodSync(roleFile(home), 0o640);
    chmodSync(home, 0o777);
    assert.match(await said(home, "home", true), /^ok mended/);
    chmodSync(roleFile(home), 0o640);
    assert.match(await said(home, "keys", true), /^ok mended/);
    const { mode, uid } = statSync(roleFile(home));
    assert.deepEqual([mode & 0o777, uid], [0o600, user]);
  });

  it("finds files of the home that others can change", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    writeFileSync(join(home, "raet.yaml"), "kind: 0\n");
    chmodSync(join(home, "raet.yaml"), 0o666);
    assert.match(await said(home, "files"), /^fault other users can change .*raet\.yaml/);
    assert.match(await said(home, "files", true), /^ok mended/);
    assert.equal(statSync(join(home, "raet.yaml")).mode & 0o777, 0o644);
  });

  it("tells settings that can't be, and a keep that they don't agree with", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    writeFileSync(join(home, "raet.yaml"), "kind: many\n", { mode: 0o600 });
    assert.match(await said(home, "settings"), /^fault .*raet\.yaml line 1, column 7/);
    writeFileSync(join(home, "raet.yaml"), "name: beta\n", { mode: 0o600 });
    assert.match(await said(home, "keep"), /^fault it can't be read, or does not agree/);
  });

  it("remembers files that were set aside", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    writeFileSync(join(home, "keep", "alpha", "remote.damaged-1"), "", { mode: 0o600 });
    assert.match(await said(home, "keep"), /^warning .*damaged-1 was set aside/);
  });

  it("finds sockets that nobody holds, and removes those and no others", async () => {
    await using here = new Neighbourhood();
    const { home, manor } = await here.open("alpha");
    const lane = join(home, "lane");
    const path = join(lane, "test.killed.uxd");
    const peer = new ScriptProcess("test/io/lane_peer.ts", lane, "killed");
    await peer.printed("open");
    assert.match(await said(home, "lane"), /^ok/, "it is held");
    await peer.kill();
    assert.ok(existsSync(path));
    assert.match(await said(home, "lane"), /^warning nobody holds .*test\.killed\.uxd/);
    assert.match(await said(home, "lane", true), /^ok mended/);
    assert.ok(!existsSync(path));
    assert.match(await said(home, "manor"), /^ok/, "the manor's own socket stays");
    await manor.close(0);
  });

  it("finds a lane that is open to others, or that leads nowhere", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    mkdirSync(join(home, "lane"), { mode: 0o755 });
    chmodSync(join(home, "lane"), 0o755);
    assert.match(await said(home, "lane"), /^fault .*open to other users \(mode 755\)/);
    assert.match(await said(home, "lane", true), /^ok mended/);
    assert.equal(statSync(join(home, "lane")).mode & 0o777, 0o700);
    const other = join(home, "elsewhere");
    mkdirSync(other);
    symlinkSync(other, join(other, "lane"));
    const second = here.home("second");
    mkdirSync(second, { mode: 0o700 });
    symlinkSync(other, join(second, "lane"));
    assert.match(await said(second, "lane"), /^warning .*leads to no folder/);
    assert.match(await said(second, "lane", true), /^ok mended/);
    assert.throws(() => lstatSync(join(second, "lane")), { code: "ENOENT" });
  });

  it("finds a port that another process holds", async () => {
    await using here = new Neighbourhood();
    const { manor } = await here.open("alpha");
    const home = here.home("second");
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, "raet.yaml"), `listen: "127.0.0.1:${manor.address.port}"\n`, {
      mode: 0o600,
    });
    assert.match(await said(home, "port"), /^fault .*the port is taken/);
  });

  it("takes no manor that answers in another version for one that is down, nor its port for taken", async () => {
    await using here = new Neighbourhood();
    const { manor, home } = await here.open("alpha");
    writeFileSync(join(home, "raet.yaml"), `listen: "127.0.0.1:${manor.address.port}"\n`, {
      mode: 0o600,
    });
    const why = "the manor speaks version 2 of the controls, not 1";
    const findings = await findingsIn(home, false, () => {
      return Promise.reject(new RaetError("usage", why));
    });
    for (const [check, what] of [["manor", why], ["port", "the manor may hold it"]]) {
      const found = findings.get(check)!;
      assert.deepEqual([found.verdict, found.what], ["warning", `not looked at: ${what}`]);
    }
  });

  it("looks whether the members of a group can come to its socket", async () => {
    await using here = new Neighbourhood();
    const home = here.home("alpha");
    mkdirSync(home, { mode: 0o700 });
    const tell = (text: string) => writeFileSync(join(home, "raet.yaml"), text, { mode: 0o600 });
    tell("group: no-such-group\n");
    assert.match(await said(home, "operators"), /^fault there is no group "no-such-group"/);
    tell("group: '42431'\n");
    assert.match(await said(home, "operators"), /^fault members of group 42431 can't pass/);
    tell("");
    assert.match(await said(home, "operators"), /^ok/);
  });

  it("finds a clock that is behind what was written", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    const later = Date.now() / 1000 + 3600;
    utimesSync(roleFile(home), later, later);
    assert.match(await said(home, "clock"), /^warning .*role\.json was written later/);
  });

  it("finds names of mains that have no address", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    const name = "x".repeat(64); // longer than a name can be, so nobody is asked for it
    const tell = (join: string) => `join: [${join}]\n`;
    writeFileSync(join(home, "raet.yaml"), tell(`"${name}:1", "[::1]:1"`), { mode: 0o600 });
    assert.match(await said(home, "resolver"), /^fault x{64} has no address/);
    writeFileSync(join(home, "raet.yaml"), "join: 'localhost:7530'\n", { mode: 0o600 });
    assert.match(await said(home, "resolver"), /^ok localhost is (127\.0\.0\.1|::1)/);
  });

  it("finds datagrams of the road that the kernel threw away", async (test) => {
    if (!existsSync("/proc/net/udp")) return test.skip("this system does not tell");
    await using here = new Neighbourhood();
    const { home, manor } = await here.open("alpha");
    assert.match(await said(home, "buffers"), /^(ok .*, nothing lost|warning a socket gets only)/);
    // While this very thread waits for a program that sends, nobody takes what comes.
    const { file, args } = scriptCommand("test/support/datagram_flood.ts");
    const flooded = spawnSync(file, [...args, String(manor.address.port)], { encoding: "utf8" });
    assert.equal(flooded.status, 0, flooded.stderr);
    assert.match(
      await said(home, "buffers"),
      /^warning the kernel threw away \d+ datagrams of the/,
    );
  });

  it("judges buffers, clocks, disks and core dumps by what the system says", () => {
    const verdicts = [
      judgeBuffers(212_992, 212_992, 0),
      judgeBuffers(65_536, 212_992, 0),
      judgeBuffers(212_992, 212_992, 3),
      judgeClock(Date.UTC(2026, 1, 1), 10, []),
      judgeClock(Date.UTC(1970, 0, 2), 0, []),
      judgeClock(Date.UTC(2026, 1, 1), -90_000, []),
      judgeClock(Date.UTC(2026, 1, 1), 0, ["role.json"]),
      judgeDisk("/h", { bavail: 1e6, bsize: 4096, ffree: 1e5, files: 1e6 }),
      judgeDisk("/h", { bavail: 1e6, bsize: 4096, ffree: 0, files: 0 }),
      judgeDisk("/h", { bavail: 100, bsize: 4096, ffree: 1e5, files: 1e6 }),
      judgeDisk("/h", { bavail: 10_000, bsize: 4096, ffree: 1e5, files: 1e6 }),
      judgeDisk("/h", { bavail: 1e6, bsize: 4096, ffree: 5, files: 1e6 }),
      judgeCoreDumps(false, 7, () => false),
      judgeCoreDumps(null, 0, () => true),
      judgeCoreDumps(true, 7, () => true),
      judgeCoreDumps(null, 0, () => false),
    ];
    for (const { verdict, what, todo } of verdicts) assert.equal(verdict === "ok", !todo, what);
    assert.deepEqual(verdicts.map(({ verdict }) => verdict), [
      ...["ok", "warning", "warning"],
      ...["ok", "fault", "warning", "warning"],
      ...["ok", "ok", "fault", "warning", "warning"],
      ...["ok", "ok", "warning", "warning"],
    ]);
  });

  it("has home, keys, sockets, ports, clock, buffers and the rest, whatever the manor does", async () => {
    await using here = new Neighbourhood();
    assert.deepEqual([...(await findingsIn(await usedHome(here))).keys()], [
      "settings",
      "home",
      "keys",
      "files",
      "keep",
      "core dumps",
      "disk",
      "lane",
      "operators",
      "port",
      "clock",
      "buffers",
      "resolver",
      "conflicts",
      "manor",
    ]);
  });

  it("reads what the kernel threw away at a port", () => {
    using folder = new TemporaryFolder();
    const head = "  sl  local_address rem_address   st tx_queue rx_queue ref pointer drops\n";
    const row = (port: string, drops: number) =>
      `  1: 0100007F:${port} 00000000:0000 07 ${drops}\n`;
    writeFileSync(folder.at("udp"), head + row("1D6A", 7) + row("1D6B", 99) + row("1D6A", 1));
    assert.equal(lostAt(7530, [folder.at("udp"), folder.at("none")]), 8);
  });

  it("finds keys that are at odds: a copied home, keys that wait, keys that were rejected", async () => {
    await using here = new Neighbourhood();
    const home = await usedHome(here);
    const keep = new Keep(new FolderStore(join(home, "keep")), "alpha");
    const crypto = await (await import("../../src/crypto/load.ts")).loadCrypto();
    const own = keep.loadLocalRole()!;
    const boxKey = new Uint8Array(32).fill(1);
    const verifyKey = (n: number) => new Uint8Array(32).fill(n);
    keep.saveRole({ role: "beta", acceptance: "pending", verifyKey: verifyKey(2), boxKey });
    assert.match(await said(home, "conflicts"), /^warning the key of beta waits/);
    keep.saveRole({ role: "gamma", acceptance: "rejected", verifyKey: verifyKey(3), boxKey });
    assert.match(await said(home, "conflicts"), /^warning the key of gamma was rejected/);
    keep.saveRole({ role: "delta", acceptance: "accepted", verifyKey: verifyKey(3), boxKey });
    assert.match(await said(home, "conflicts"), /^warning roles .* have the same keys/);
    const ours = crypto.signer(own.signSeed).verifyKey;
    keep.saveRole({ role: "twin", acceptance: "accepted", verifyKey: ours, boxKey });
    assert.match(await said(home, "conflicts"), /^fault role twin has the very keys/);
  });

  it("says what keeps a manor from its work", async () => {
    await using here = new Neighbourhood();
    const join = [{ host: "127.0.0.1", port: 9 }];
    const { home } = await here.open("alpha", { join });
    assert.match(await said(home, "manor"), /^fault no main can be reached/);
  });
});

describe("raet doctor as a command", () => {
  it("ends with 0 where all is well, and with 78 where there is a fault", async () => {
    await using programs = new Programs();
    await programs.up("alpha", "--main");
    const fine = await programs.run("alpha", ["doctor"]);
    assert.equal(fine.exit, 0, fine.out.join("\n"));
    for (const line of fine.out) assert.match(line, /^(ok|warning) +[a-z ]+ /);
    chmodSync(roleFile(programs.home("alpha")), 0o644);
    const bad = await programs.run("alpha", ["doctor", "--json"]);
    assert.equal(bad.exit, 78);
    const fault = bad.json.find(({ verdict }) => verdict === "fault")!;
    assert.equal(fault.check, "keys");
    assert.match(String(fault.todo), /raet doctor --fix/);
    const mended = await programs.run("alpha", ["doctor", "--fix", "--json"]);
    assert.deepEqual(
      [mended.exit, mended.json.filter((finding) => finding.mended).map(({ check }) => check)],
      [0, ["keys"]],
    );
  });

  it("is a verb of the console too", async () => {
    await using programs = new Programs();
    await programs.up("alpha", "--main");
    const { exit, out } = await programs.run("alpha", ["repl"], "doctor\n");
    assert.equal(exit, 0);
    assert.match(out.join("\n"), /^ok +keys/m);
  });
});

describe("a manor process", () => {
  const skip = process.platform === "linux" ? false : "only Linux tells of its processes";
  it("writes no core dump", { skip }, async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main");
    assert.equal(mayDumpCore(alpha.program.pid), false);
    assert.equal(mayDumpCore(2 ** 22 + 1), null, "of a process that is not there nothing is known");
  });
});
