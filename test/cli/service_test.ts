/** The service of systemd: its unit before systemd's own judges, and what install writes and refuses. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { programCommand } from "../../src/cli/service/places.ts";
import { systemUnit, userUnit } from "../../src/cli/service/unit.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { runInMemory } from "../support/world.ts";

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;
const needsAnalyze = hasAnalyze ? false : "needs systemd-analyze, of the Debian package systemd";
const isBooted = existsSync("/run/systemd/system");

/** A unit as systemd reads it: it verifies, without a word. */
function verify(folder: string, text: string): string {
  const path = join(folder, "raet.service");
  writeFileSync(path, text);
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [0, ""]);
  return path;
}

describe("the unit of a host's service", () => {
  it("is what systemd takes, and scores under 3 for what it may do", { skip: needsAnalyze }, () => {
    using folder = new TemporaryFolder();
    const path = verify(folder.path, systemUnit(["/usr/bin/env"]));
    const args = ["security", "--offline=yes", "--threshold=29", path];
    const { status, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    assert.equal(status, 0, stdout.split("\n").at(-2));
    const [, score] = /Overall exposure level for raet\.service: ([\d.]+)/.exec(stdout)!;
    assert.ok(Number(score) < 3, score);
    const ofGroup = systemUnit(["/usr/bin/env"], "raet-ops");
    verify(folder.path, ofGroup);
    verify(folder.path, userUnit(["/usr/bin/env"], folder.path, "raet-ops"));
    assert.match(ofGroup, /^Group=raet-ops\nSupplementaryGroups=raet$/m);
  });

  it("starts a program whose path systemd would read otherwise", { skip: needsAnalyze }, () => {
    using folder = new TemporaryFolder();
    for (
      const name of ["with blank", "per%cent", "dol$lar", "semi;colon"]
    ) {
      const program = join(folder.path, name);
      copyFileSync("/usr/bin/env", program); // verify looks whether it is there and can be run
      verify(folder.path, systemUnit([program, "a b", "$HOME", "%h"]));
      verify(folder.path, userUnit([program], join(folder.path, "ho me")));
    }
    const text = systemUnit(["/usr/bin/env", "a b", "$HOME", "%h"]);
    assert.match(text, /^ExecStart=\/usr\/bin\/env "a b" \$\$HOME %%h up$/m);
  });
});

describe("raet service", () => {
  it("writes a unit and the description of its user below a root, and removes them", async () => {
    using folder = new TemporaryFolder();
    const at = ["--root", folder.path, "--json"];
    const install = await runInMemory(["service", "install", "--program", "/opt/raet", ...at]);
    assert.equal(install.exit, 0, install.out);
    const unit = join(folder.path, "etc/systemd/system/raet.service");
    assert.deepEqual(JSON.parse(install.out), {
      unit,
      user: "raet",
      home: "/var/lib/raet",
      told: false,
      program: "/opt/raet",
    });
    assert.equal(readFileSync(unit, "utf8"), systemUnit(["/opt/raet"]));
    assert.equal(statSync(unit).mode & 0o777, 0o644);
    const sysusers = join(folder.path, "etc/sysusers.d/raet.conf");
    assert.match(readFileSync(sysusers, "utf8"), /^u raet - "RAET estate" \/var\/lib\/raet\n$/);
    assert.equal((await runInMemory(["service", "uninstall", ...at])).exit, 0);
    assert.ok(!existsSync(unit) && !existsSync(sysusers));
    await refuses(["uninstall", "--root", folder.path], 78, /is not there: expected a service/);
  });

  it("refuses what a service can't be", async () => {
    using folder = new TemporaryFolder();
    const root = ["--root", folder.path];
    await refuses(["install", "--program", "raet", ...root], 1, /"raet" is not the absolute path/);
    for (const program of ["/home/you/raet", "/root/raet", "/tmp/raet"]) {
      await refuses(["install", "--program", program, ...root], 78, /out of reach .*\/usr\/local/);
    }
    for (const program of ['/opt/a"b', "/opt/a\\b", "/opt/a\nb"]) {
      await refuses(["install", "--program", program, ...root], 78, /without quotes and backs/);
    }
    await refuses(["install", "--main", ...root], 1, /only the host's unit is written/);
    await refuses(["status", ...root], 1, /only the host's unit/);
    await refuses(["uninstall", "--now"], 1, /takes --user and --root only/);
    await refuses(["start"], 1, /start/);
    assert.ok(!existsSync(join(folder.path, "etc")), "and wrote nothing");
  });

  it("starts the file in PATH if this program runs from where it unpacked itself", () => {
    using folder = new TemporaryFolder();
    const PATH = `relative:${folder.at("a")}:${folder.at("b")}:${folder.at("c")}`;
    for (const name of ["a/raet", "b", "c"]) mkdirSync(folder.at(name), { recursive: true });
    assert.throws(() => programCommand(undefined, "sfx", { PATH }), { code: "usage" });
    writeFileSync(folder.at("b/raet"), "", { mode: 0o644 });
    writeFileSync(folder.at("c/raet"), "", { mode: 0o755 });
    assert.deepEqual(programCommand(undefined, "sfx", { PATH }), [folder.at("c/raet")]);
    assert.deepEqual(programCommand("/opt/raet", "sfx", { PATH }), ["/opt/raet"]);
    const [runtime] = programCommand(undefined, "source", {});
    assert.equal(runtime, process.execPath);
  });

  it("is for root to make, unless it is one's own", {
    skip: process.getuid?.() === 0 && "runs as root",
  }, async () => {
    await refuses(["install", "--program", "/opt/raet"], 78, /sudo raet service …, or --user/);
  });

  it("writes the unit of a user, and says that systemd was not told", {
    skip: isBooted && "systemd runs here, and would be told",
  }, async () => {
    using folder = new TemporaryFolder();
    const home = join(folder.path, "home");
    const env = { HOME: folder.path, RAET_HOME: home };
    const program = ["--program", "/opt/my raet"];
    const args = ["service", "install", "--user", "--name", "alpha", ...program];
    const { exit, out, err } = await runInMemory(args, { env });
    assert.equal(exit, 0, err);
    const unit = join(folder.path, ".config/systemd/user/raet.service");
    assert.equal(out, `written ${unit}: it starts /opt/my raet, for home ${home}\n`);
    assert.match(err, /systemd was not told: next systemctl --user daemon-reload/);
    assert.equal(readFileSync(unit, "utf8"), userUnit(["/opt/my raet"], home));
    assert.match(readFileSync(join(home, "raet.yaml"), "utf8"), /^name: "alpha"$/m);
    const again = await runInMemory(args, { env });
    assert.deepEqual([again.exit, /is there already/.test(again.err)], [78, true]);
    // A group in the raet.yaml that is there is the service's, too, unless the system has none of its name.
    appendFileSync(join(home, "raet.yaml"), "group: no-such-group\n");
    const install = ["service", "install", "--user", ...program];
    const noGroup = await runInMemory(install, { env });
    assert.deepEqual([noGroup.exit, noGroup.out], [78, ""]);
    assert.equal(
      readFileSync(unit, "utf8"),
      userUnit(["/opt/my raet"], home),
      "the unit is as it was",
    );
    const config = readFileSync(join(home, "raet.yaml"), "utf8");
    writeFileSync(join(home, "raet.yaml"), config.replace("no-such-group", "0"));
    assert.equal((await runInMemory(install, { env })).exit, 0);
    assert.match(readFileSync(unit, "utf8"), /^SystemCallFilter=@chown$/m);
    const status = await runInMemory(["service", "status", "--user", "--json"], { env });
    assert.equal(status.exit, 6);
    const { installed, state } = JSON.parse(status.out);
    assert.deepEqual([installed, state], [true, "unknown"]);
    mkdirSync(join(folder.path, "empty"));
    const none = await runInMemory(["service", "status", "--user"], {
      env: { HOME: join(folder.path, "empty") },
    });
    assert.deepEqual([none.exit, /^not installed: there is no /.test(none.out)], [6, true]);
  });
});

async function refuses(args: string[], exit: number, message: RegExp): Promise<void> {
  const ran = await runInMemory(["service", ...args]);
  assert.deepEqual([ran.exit, ran.out], [exit, ""], args.join(" "));
  assert.match(ran.err, message);
}
