import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import {
  gatherSettings,
  parseConfig,
  readConfig,
  readEnvironment,
} from "../../src/manor/config.ts";
import { nameOfHost } from "../../src/manor/settings.ts";

async function faultOf(text: string): Promise<string> {
  try {
    await parseConfig(text, "raet.yaml");
  } catch (error) {
    assert.ok(error instanceof RaetError, String(error));
    assert.equal(error.code, "bad_config");
    return error.message;
  }
  return "no fault";
}

describe("raet.yaml", () => {
  it("is read with every setting", async () => {
    const text = [
      "# an estate",
      "name: beta",
      "role: worker",
      "main: true",
      'listen: "[::1]:7530"',
      "join: [alpha.example:7530, 10.0.0.1:4505]",
      "auto: once",
      "mutable: false",
      "kind: 3",
      "alivePeriodMs: 2000",
      "keepFormat: msgpack",
      "shares:",
      "  jobs: { hold: 10 }",
      "  logs:",
    ].join("\n");
    assert.deepEqual(await parseConfig(text, "raet.yaml"), {
      name: "beta",
      role: "worker",
      main: true,
      listen: { host: "::1", port: 7530 },
      join: [{ host: "alpha.example", port: 7530 }, { host: "10.0.0.1", port: 4505 }],
      auto: "once",
      mutable: false,
      kind: 3,
      alivePeriodMs: 2000,
      keepFormat: "msgpack",
      shares: new Map([["jobs", 10], ["logs", 4096]]),
    });
  });

  it("takes a group by its name or its number, with or without quotes", async () => {
    for (const [text, group] of [["raet-ops", "raet-ops"], ["1001", "1001"], ['"0"', "0"]]) {
      assert.deepEqual(await parseConfig(`group: ${text}`, "raet.yaml"), { group });
    }
  });

  it("takes the fingerprint of a main's key with its address", async () => {
    const pin = "1f2e".repeat(16);
    const target = { host: "alpha", port: 7530, pin };
    const groups = pin.replace(/(.{4})(?=.)/g, "$1 ").toUpperCase();
    for (const text of [`[{address: "alpha:7530", pin: "${groups}"}]`, `["alpha:7530=${pin}"]`]) {
      assert.deepEqual(await parseConfig(`join: ${text}`, "raet.yaml"), { join: [target] });
    }
    assert.deepEqual(readEnvironment({ RAET_JOIN: `a:1,alpha:7530=${pin}` }), {
      join: [{ host: "a", port: 1 }, target],
    });
    const wrong = [
      ["{address: 'a:1', pin: 12}", /pin/],
      ["{pin: 'x'}", /address/],
      ["{address: 'a:1', pins: []}", /pin/],
      ["'a:1=12'", /"12" is not a fingerprint/],
    ] as const;
    for (const [text, said] of wrong) {
      await assert.rejects(parseConfig(`join: ${text}`, "raet.yaml"), said);
    }
  });

  it("takes one address to join without a list", async () => {
    assert.deepEqual(await parseConfig("join: alpha:7530", "raet.yaml"), {
      join: [{ host: "alpha", port: 7530 }],
    });
  });

  it("may be empty or hold comments only", async () => {
    assert.deepEqual(await parseConfig("", "raet.yaml"), {});
    assert.deepEqual(await parseConfig("# nothing\n", "raet.yaml"), {});
  });

  it("is refused for an unknown key, with line, column and a suggestion", async () => {
    const fault = await faultOf("main: true\nnmae: beta\n");
    assert.match(fault, /^raet\.yaml line 2, column 1: unknown key "nmae"; did you mean name;/);
  });

  it("is refused for a value of the wrong form, with line and column", async () => {
    const cases: [string, RegExp][] = [
      ["main: maybe", /^raet\.yaml line 1, column 7: main: "maybe" .*true or false$/],
      ["role: r\nkind: 256", /^raet\.yaml line 2, column 7: kind: 256 .*from 0 to 255$/],
      ["kind: 1.5", /column 7: kind: 1.5 /],
      ["name: 7", /name: 7 .*text$/],
      ["name: a/b", /name: "a\/b" can't be the name of an estate/],
      ["listen: 7530", /listen: 7530 .*in quotes$/],
      ["listen: [::1]:7530", /line 1/],
      ["join: [alpha:7530, 5]", /join: 5 .*in quotes$/],
      ["auto: yes", /auto: "yes" .*never, once or always$/],
      ["shares: [jobs]", /shares: \["jobs"\] .*names of shares/],
      ["shares: {jobs: {hodl: 3}}", /shares: .*hold: a whole number from 1$/],
      ["shares: {jobs: {hold: 0}}", /shares: .*hold: a whole number from 1$/],
      ["shares: {a/b: }", /"a\/b" can't be the name of a share/],
      ["- name", /expected lines "key: value"$/],
      ["name:", /name: null .*text$/],
    ];
    for (const [text, expected] of cases) assert.match(await faultOf(text), expected, text);
  });

  it("is refused for an alias that names nothing, or far too much", async () => {
    const fault = await faultOf("main: true\nname: *gone\n");
    assert.equal(fault, "raet.yaml line 2, column 7: name: Unresolved alias");
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (const name of "bcdefgh") {
      const before = String.fromCharCode(name.charCodeAt(0) - 1);
      bomb.push(`${name}: &${name} [${`*${before},`.repeat(9)}]`);
    }
    const { faults } = await readConfig(`${bomb.join("\n")}\njoin: [*h]\n`, "raet.yaml");
    assert.match(faults.at(-1)!, /^raet.yaml line 9, column 7: join: Excessive alias count/);
  });

  it("is refused for broken YAML, a tab and a key given twice, with line and column", async () => {
    assert.match(await faultOf("name: beta\nshares:\n\tjobs:\n"), /line 3, column 1: .*not tabs/);
    assert.match(await faultOf("name: 'beta\n"), /^raet\.yaml line \d+, column \d+: not YAML: /);
    assert.match(await faultOf("name: a\nname: b\n"), /line 2, column 1: .*unique/);
  });
});

describe("the environment", () => {
  it("gives settings in words of text", () => {
    const env = {
      RAET_NAME: "beta",
      RAET_MAIN: "true",
      RAET_JOIN: "a:1, b:2",
      RAET_ALIVE_PERIOD_MS: "500",
      RAET_HOME: "/elsewhere",
      RAET_ROLE: "",
    };
    assert.deepEqual(readEnvironment(env), {
      name: "beta",
      main: true,
      join: [{ host: "a", port: 1 }, { host: "b", port: 2 }],
      alivePeriodMs: 500,
    });
  });

  it("is refused by the name of the variable", () => {
    assert.throws(() => readEnvironment({ RAET_LISTEN: "here" }), {
      code: "bad_config",
      message: /^environment variable RAET_LISTEN: "here" is not an address/,
    });
    assert.throws(() => readEnvironment({ RAET_KIND: "-1" }), { code: "bad_config" });
  });
});

describe("gathering settings", () => {
  it("lets the command line win over the environment, and that over raet.yaml", async () => {
    const home = mkdtempSync(join(tmpdir(), "raet-config-"));
    try {
      writeFileSync(join(home, "raet.yaml"), "name: file\nrole: file\nkind: 3\n");
      const { settings, origins } = await gatherSettings({
        home,
        env: { RAET_NAME: "env", RAET_ROLE: "env" },
        commandLine: { name: "line", main: undefined },
      });
      assert.deepEqual(settings, { name: "line", role: "env", kind: 3 });
      assert.deepEqual(origins, { name: "command line", role: "environment", kind: "raet.yaml" });
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("needs no raet.yaml and no home", async () => {
    const sources = { home: "/nowhere/at/all", env: {}, commandLine: {} };
    assert.deepEqual(await gatherSettings(sources), { settings: {}, origins: {} });
  });

  it("refuses a raet.yaml that can't be read", async () => {
    const home = mkdtempSync(join(tmpdir(), "raet-config-"));
    try {
      mkdirSync(join(home, "raet.yaml"));
      const sources = { home, env: {}, commandLine: {} };
      await assert.rejects(gatherSettings(sources), {
        code: "bad_config",
        message: /can't be read/,
      });
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

describe("a name from a host's", () => {
  it("is made of what can stand in a name", () => {
    assert.equal(nameOfHost("web-1.example.com"), "web-1");
    assert.equal(nameOfHost("-ünter host"), "nter-host");
    assert.equal(nameOfHost("日本"), "raet");
    assert.equal(nameOfHost(""), "raet");
    assert.equal(nameOfHost("x".repeat(80)), "x".repeat(63));
  });
});
