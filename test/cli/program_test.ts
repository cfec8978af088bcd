import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ERROR_TABLE } from "../../src/base/errors.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import { CONTROL_VERSION } from "../../src/route/control.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { runInMemory } from "../support/world.ts";

/** The code of the only line of stdout. */
function codeOf(out: string): string {
  const lines = out.trimEnd().split("\n");
  assert.equal(lines.length, 1, out);
  return JSON.parse(lines[0]).error.code;
}

describe("the command line", () => {
  it("says its version", async () => {
    assert.match((await runInMemory(["--version"])).out, /^raet \d+\.\d+\.\d+\n$/);
    const { exit, out } = await runInMemory(["version", "--json"]);
    assert.equal(exit, 0);
    const { version, commit, build, runtime, target, crypto, controls } = JSON.parse(out);
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual([build, commit], ["source", null]);
    assert.match(runtime, /^(deno|bun|node) \d/);
    assert.match(target, /^(x86_64|aarch64)-\w+$/);
    assert.match(crypto, /^signatures by .+, boxes by .+$/);
    assert.equal(controls, CONTROL_VERSION);
    const short = await runInMemory(["--version", "--json"]);
    assert.deepEqual(JSON.parse(short.out), { version });
  });

  it("says a fault as one sentence on stderr, with a suggestion where one is near", async () => {
    const { exit, out, err } = await runInMemory(["sned", "a//b"]);
    assert.deepEqual([exit, out], [1, ""]);
    assert.equal(err, 'raet: unknown command "sned"; did you mean send\n');
    const option = await runInMemory(["up", "--lisen", "x"]);
    assert.equal(option.err, 'raet: unknown option "--lisen"; did you mean --listen\n');
  });

  it("says what was expected where a word is missing, or is like none that is known", async () => {
    const said = async (...args: string[]) => {
      const { exit, err } = await runInMemory(args);
      assert.equal(exit, 1);
      return err;
    };
    assert.equal(
      await said("send"),
      "raet: route is missing: expected raet send <route> [body...]\n",
    );
    assert.equal(await said("--home"), "raet: --home needs a value: expected --home <dir>\n");
    assert.equal(
      await said("trace", "--pcap"),
      'raet: unknown option "--pcap": expected one that raet help trace shows\n',
    );
    assert.equal(
      await said("nonsense"),
      'raet: unknown command "nonsense": expected one that raet help shows\n',
    );
    assert.equal(
      await said("send", "", "1"),
      'raet: "" is not a route: expected estate/yard/share with exactly two slashes\n',
    );
    assert.equal(
      await said("send", "a//b", '{"$bytes": "!!"}'),
      'raet: "$bytes" holds "!!": expected base64\n',
    );
    assert.equal(
      await said("send", "a//b", "@/"),
      'raet: file "/" can\'t be read: it is a folder\n',
    );
    for (const words of [["--home", "", "keys"], ["keys", "--home="], ["up", "--home", ""]]) {
      assert.equal(await said(...words), 'raet: home "" names no folder: expected its path\n');
    }
    const installed = await said("service", "install", "--root", "/nowhere", "--main");
    assert.match(installed, /^raet: with --root .*: expected no --user, --now or setting/);
  });

  it("says the same as one JSON line on stdout if asked for JSON", async () => {
    const { exit, out, err } = await runInMemory(["sned", "--json"]);
    assert.deepEqual([exit, err], [1, ""]);
    assert.deepEqual(JSON.parse(out), {
      error: { code: "usage", message: 'unknown command "sned"; did you mean send' },
    });
  });

  it("takes --json after -- as an argument and not as an option", async () => {
    const { out, err } = await runInMemory(["send", "--", "x", "--json"]);
    assert.equal(out, "");
    assert.match(err, /^raet: /);
  });

  it("shows help without a command, and ends with 1", async () => {
    const { exit, out, err } = await runInMemory([]);
    assert.deepEqual([exit, out], [1, ""]);
    assert.match(err, /^Usage: raet \[options\] \[command\]\n/);
    assert.match(err, /raet: no command is given: expected one of those above\n$/);
    assert.equal(codeOf((await runInMemory(["--json"])).out), "usage");
  });

  it("has help with an example on every verb", async () => {
    for (const { name } of verbsOf("command")) {
      for (const args of [["help", name], [name, "--help"]]) {
        const { exit, out } = await runInMemory(args);
        assert.equal(exit, 0, args.join(" "));
        assert.match(out, new RegExp(`^Usage: raet ${name}`), args.join(" "));
        assert.match(out, new RegExp(`Examples:\n  raet ${name}`), args.join(" "));
      }
    }
  });

  it("fits all help into a terminal of 80 columns, and leaves nothing out", async () => {
    const printed = (text: string) => text.replaceAll(/\s/g, "");
    for (const topic of ["", ...verbsOf("command").map(({ name }) => name)]) {
      const { out } = await runInMemory(["help", topic].filter(Boolean), { terminal: true });
      for (const line of out.split("\n")) assert.ok(line.length <= 80, `${topic}: ${line}`);
      assert.equal(printed(out), printed((await runInMemory(["help", topic].filter(Boolean))).out));
    }
  });

  it("says of every verb what --json prints", async () => {
    for (const { name, json, hidden } of verbsOf("command")) {
      if (hidden) continue;
      assert.ok(json, name);
      assert.match((await runInMemory(["help", name])).out, /\nWith --json:\n {2}\S/, name);
    }
  });

  it("explains every code and its exit code", async () => {
    const { out } = await runInMemory(["help", "exit-codes", "--json"]);
    const rows = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(rows.length, Object.keys(ERROR_TABLE).length + 1);
    assert.deepEqual(rows[0].exit, 0);
    for (const { code, exit, meaning } of rows.slice(1)) {
      assert.equal(ERROR_TABLE[code as keyof typeof ERROR_TABLE].exit, exit);
      assert.ok(meaning.length > 10);
    }
  });

  it("says what help there is on an unknown topic", async () => {
    const { exit, err } = await runInMemory(["help", "exit-code"]);
    assert.equal(exit, 1);
    assert.match(err, /no help on "exit-code".*; did you mean exit-codes\n$/);
  });

  it("refuses what can't be before it looks for a manor", async () => {
    const cases: [string[], string][] = [
      [["send"], "usage"],
      [["send", "beta"], "bad_route"],
      [["send", "a/b/c/d"], "bad_route"],
      [["send", "a//b", "hello"], "bad_body"],
      [["send", "a//b", "{}", "{}"], "usage"],
      [["send", "a//b", "{}", "--timeout", "soon"], "usage"],
      [["send", "a//b", "{}", "--timeout", "0"], "usage"],
      [["listen"], "usage"],
      [["listen", "a/b"], "usage"],
      [["listen", ".control"], "usage"],
      [["listen", "jobs", "--yard", "a.b"], "usage"],
      [["listen", "jobs", "--count", "0"], "usage"],
      [["listen", "jobs", "--for", "-1"], "usage"],
      [["keys", "accept"], "usage"],
      [["keys", "list", "alpha"], "usage"],
      [["keys", "acept", "alpha"], "usage"],
      [["show", "everything"], "usage"],
      [["up", "--listen", "here"], "usage"],
      [["up", "--join", "alpha"], "usage"],
      [["up", "--auto", "sometimes"], "usage"],
      [["up", "alpha"], "usage"],
    ];
    for (const [args, code] of cases) {
      const { exit, out } = await runInMemory([...args, "--json"]);
      assert.equal(codeOf(out), code, args.join(" "));
      assert.equal(exit, 1, args.join(" "));
    }
  });

  it("reads a body of - from standard input", async () => {
    const { out } = await runInMemory(["send", "a//b", "-", "--json"], { input: "{broken" });
    assert.match(JSON.parse(out).error.message, /^body "\{broken" is not JSON/);
  });

  it("suggests the action and the subject that were meant", async () => {
    assert.match(
      (await runInMemory(["keys", "acept", "a"])).err,
      /expected one of list, show, accept, reject, delete, rotate, import, export; did you mean accept\n$/,
    );
    const { err } = await runInMemory(["show", "estate"]);
    assert.match(err, /^raet: "estate" can't be the subject: .*; did you mean estates\n$/);
    const option = await runInMemory(["send", "a//b", "1", "--as", "txt"]);
    assert.match(option.err, /expected one of json, text, bytes; did you mean text\n$/);
  });

  it("prints results of any number of lines", async () => {
    const of = { acceptance: "accepted", verhex: "a".repeat(64), pubhex: "b".repeat(64) } as const;
    const rows = Array.from({ length: 30_000 }, (_, i) => ({ role: `minion${i}`, ...of }));
    const manor = new FakeManor({ export: { estate: "alpha", rows } });
    const { exit, out, err } = await runInMemory(["keys", "export"], { manor });
    assert.deepEqual([exit, err], [0, ""]);
    assert.equal(JSON.parse(out).keys.length, rows.length);
  });

  it("waits no longer for a manor that stands still once it is told to end", async () => {
    const manor = new FakeManor();
    manor.silent = true;
    for (const command of [["estates"], ["send", "beta//", "1"], ["listen", "jobs"]]) {
      const signal = AbortSignal.timeout(50);
      const { exit, err } = await runInMemory(command, { manor, signal });
      assert.deepEqual([exit, err], [
        ERROR_TABLE.expired.exit,
        "raet: the command was ended before the manor answered\n",
      ]);
    }
  });

  it("uses colour on a terminal only, and not with NO_COLOR", async () => {
    const escape = "\x1b[";
    const run = (terminal: boolean, env: Record<string, string>) =>
      runInMemory(["help", "exit-codes"], { terminal, env });
    assert.ok((await run(true, {})).out.includes(escape));
    assert.ok(!(await run(true, { NO_COLOR: "1" })).out.includes(escape));
    assert.ok(!(await run(true, { TERM: "dumb" })).out.includes(escape));
    assert.ok(!(await run(false, {})).out.includes(escape));
  });
});
