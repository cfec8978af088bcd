import assert from "node:assert/strict";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gatherSettings, parseConfig, readEnvironment } from "../../src/manor/config.ts";
import {
  checkSettings,
  configText,
  viewSettings,
  writeConfig,
} from "../../src/manor/config_file.ts";
import { changesOf } from "../../src/manor/changes.ts";
import { SETTING_NAMES, settingOf, variableOf } from "../../src/manor/settings.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { Neighbourhood } from "../support/manors.ts";
import { runInMemory } from "../support/world.ts";

describe("the raet.yaml that init writes", () => {
  it("tells what it was told and nothing else", async () => {
    const told = {
      name: "alpha",
      main: true,
      listen: { host: "::1", port: 7530 },
      join: [{ host: "b.example", port: 1 }, { host: "10.0.0.1", port: 2 }],
      auto: "once" as const,
      logFile: "a: #b.log",
      metrics: { host: "127.0.0.1", port: 9464 },
    };
    assert.deepEqual(await parseConfig(configText(told), "raet.yaml"), told);
    assert.deepEqual(await parseConfig(configText({}), "raet.yaml"), {});
  });

  it("has an example for every setting that can be told by taking its # away", async () => {
    const lines = configText({}).split("\n");
    for (const name of SETTING_NAMES) {
      const line = lines.find((line) => line.startsWith(`# ${name}: `));
      assert.ok(line, name);
      const settings = await parseConfig(line.slice(2), "raet.yaml");
      assert.deepEqual(Object.keys(settings), [name], line);
    }
  });

  it("is 0600 in a home of 0700, and one that is there stays as it is", () => {
    using folder = new TemporaryFolder();
    const home = folder.at("new", "home");
    const path = writeConfig(home, {});
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(home).mode & 0o777, 0o700);
    assert.throws(() => writeConfig(home, {}), { code: "bad_config", message: /is there already/ });
  });
});

describe("a raet.yaml for an estate on record", () => {
  it("is not written if raet up would refuse it", async () => {
    await using here = new Neighbourhood();
    const { home } = await here.open("delta");
    const init = (...args: string[]) => runInMemory(["--home", home, "init", ...args]);
    const other = await init("--name", "gamma");
    assert.deepEqual([other.exit, other.out], [78, ""]);
    assert.match(other.err, /this estate's name is delta, not gamma/);
    assert.throws(() => statSync(`${home}/raet.yaml`), { code: "ENOENT" });
    assert.equal((await init("--name", "delta")).exit, 0);
  });
});

describe("the table of settings", () => {
  it("reads the same from the environment as from raet.yaml", async () => {
    const texts = { auto: "once", logLevel: "debug", metrics: "localhost:9464", logFile: "x.log" };
    const env = Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [variableOf(name as "auto"), text]),
    );
    const yaml = Object.entries(texts).map(([name, text]) => `${name}: ${text}`).join("\n");
    assert.deepEqual(readEnvironment(env), await parseConfig(yaml, "raet.yaml"));
    assert.equal(variableOf("logLevel"), "RAET_LOG_LEVEL");
  });

  it("takes metrics at a loopback address only", async () => {
    const addresses = ["0.0.0.0:9464", "10.0.0.1:9464", "host:9464", "127.0.0.1.x.de:1", "[::]:1"];
    for (const address of addresses) {
      assert.throws(() => readEnvironment({ RAET_METRICS: address }), {
        code: "bad_config",
        message: /expected a loopback address/,
      }, address);
    }
    await assert.rejects(parseConfig('metrics: "0.0.0.0:1"', "raet.yaml"), {
      code: "bad_config",
      message: /^raet\.yaml line 1, column 10: metrics: /,
    });
    assert.ok(readEnvironment({ RAET_METRICS: "[::1]:9464" }).metrics);
  });

  it("has a sentence on each that ends without a stop", () => {
    for (const name of SETTING_NAMES) {
      const { about, assumed } = settingOf(name);
      for (const text of [about, assumed]) assert.match(text, /[^.]$/, name);
    }
  });
});

describe("what config shows", () => {
  it("says where each value is from", async () => {
    await using here = new Neighbourhood();
    const { home } = await here.open("alpha", { main: true });
    writeFileSync(`${home}/raet.yaml`, "auto: once\nkind: 0\n");
    const views = await viewSettings({
      home,
      env: { RAET_LOG_LEVEL: "debug" },
      commandLine: { metrics: { host: "127.0.0.1", port: 1 } },
    });
    const of = Object.fromEntries(views.map(({ setting, value, origin }) => [
      setting,
      [value, origin],
    ]));
    assert.deepEqual(of.name, ["alpha", "keep"]);
    assert.deepEqual(of.main, ["true", "keep"]);
    assert.deepEqual(of.auto, ["once", "raet.yaml"]);
    assert.deepEqual(of.logLevel, ["debug", "environment"]);
    assert.deepEqual(of.metrics, ["127.0.0.1:1", "command line"]);
    assert.deepEqual(of.mutable, ["true", "default"]);
  });

  it("finds a setting that the keep does not agree with", async () => {
    await using here = new Neighbourhood();
    const { home } = await here.open("alpha");
    const sources = { home, env: {}, commandLine: { name: "beta" } };
    await assert.rejects(viewSettings(sources), {
      code: "bad_config",
      message: /is alpha, not beta/,
    });
  });

  it("is preceded by a check that tells every fault with its line and column", async () => {
    using folder = new TemporaryFolder();
    const text = ["nmae: alpha", "kind: 700", "auto: [", "main: true", "log: x"].join("\n");
    writeFileSync(folder.at("raet.yaml"), text);
    const env = { RAET_AUTO: "maybe", RAET_KIND: "-1", RAET_MAIN: "true" };
    const { exists, faults } = await checkSettings({ home: folder.at("."), env, commandLine: {} });
    assert.equal(exists, true);
    const where = faults.map((fault) => fault.replace(/^\S*raet\.yaml /, ""));
    assert.match(where[0], /^line 1, column 1: unknown key "nmae"; did you mean name;/);
    assert.match(where[1], /^line 2, column 7: kind: 700 /);
    assert.match(where[2], /^line \d, column \d+: /);
    assert.match(where.at(-2)!, /^environment variable RAET_AUTO: "maybe" /);
    assert.match(where.at(-1)!, /^environment variable RAET_KIND: "-1" /);
    await assert.rejects(gatherSettings({ home: folder.at("."), env: {}, commandLine: {} }), {
      code: "bad_config",
      message: /raet\.yaml line 1, column 1: .* \(and \d more: see raet config check\)$/,
    });
  });

  it("is preceded by a check that says whether there is a file", async () => {
    using folder = new TemporaryFolder();
    const home = folder.at("home");
    const none = await runInMemory(["--home", home, "config", "check"]);
    assert.deepEqual([none.exit, none.err], [0, ""]);
    assert.match(none.out, /^defaults hold, as there is no .*raet\.yaml; raet init /);
    const json = await runInMemory(["--home", home, "config", "check", "--json"]);
    assert.equal(JSON.parse(json.out).exists, false);
    writeConfig(home, { main: true });
    const fine = await runInMemory(["--home", home, "config", "check"]);
    assert.match(fine.out, /^fine .*raet\.yaml tells 1 setting\n$/);
    writeFileSync(`${home}/raet.yaml`, "a: 1\nkind: x\n");
    const bad = await runInMemory(["--home", home, "config", "check"]);
    assert.equal(bad.exit, 78);
    assert.equal(bad.err.trimEnd().split("\n").length, 3, bad.err);
    const told = await runInMemory(["--home", home, "config", "check", "--json"]);
    assert.equal(JSON.parse(told.out).error.faults.length, 2);
  });

  it("is warned of variables that mean nothing, which are no fault", async () => {
    using folder = new TemporaryFolder();
    const env = {
      RAET_NAEM: "alpha",
      RAET_SHARES: "jobs",
      RAET_HOME: "/x",
      RAET_NAME: "beta",
      RAET_XYZ: "",
    };
    const check = ["--home", folder.at("home"), "config", "check"];
    const people = await runInMemory(check, { env });
    assert.equal(people.exit, 0);
    assert.deepEqual(people.err.trimEnd().split("\n"), [
      'environment variable "RAET_NAEM" means nothing; did you mean RAET_NAME',
      "environment variable RAET_SHARES is not read: expected shares in raet.yaml",
    ]);
    const json = await runInMemory([...check, "--json"], { env });
    assert.equal(JSON.parse(json.out).warnings.length, 2);
  });

  it("makes nothing in a home that is not there yet", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.at("home"));
    await viewSettings({ home: folder.at("home"), env: {}, commandLine: {} });
    assert.throws(() => statSync(folder.at("home", "keep")), { code: "ENOENT" });
  });
});

describe("settings that are read again", () => {
  it("say of each that differs whether it holds now", () => {
    const [a, b] = [{ host: "a", port: 1 }, { host: "b", port: 1 }];
    const changes = changesOf(
      { name: "alpha", join: [a], auto: "once", mutable: true },
      { name: "beta", join: [a, b], alivePeriodMs: 300, mutable: false },
      { name: "raet.yaml", join: "raet.yaml", alivePeriodMs: "environment" },
    );
    assert.deepEqual(
      changes.map(({ setting, from, to, applied, origin }) => [setting, from, to, applied, origin]),
      [
        ["name", "alpha", "beta", "no", "raet.yaml"],
        ["join", "a:1", "a:1, b:1", "yes", "raet.yaml"],
        ["auto", "once", "-", "yes", "default"],
        ["mutable", "true", "false", "no", "default"],
        ["alivePeriodMs", "-", "300", "yes", "environment"],
      ],
    );
  });

  it("take what was added to a list, and leave what was removed for a restart", () => {
    const shares = (...names: string[]) => ({ shares: new Map(names.map((name) => [name, 1])) });
    const [change] = changesOf(shares("a", "b"), shares("b", "c"), {});
    assert.equal(change.applied, "part");
    assert.equal(change.why, "without a only after a restart");
  });
});
