import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";
import { Hosts, type Manor } from "./hosts.ts";
import { SUBJECT } from "./subject.ts";

describe(`raet as a stranger has it (${SUBJECT.words.join(" ")})`, () => {
  let hosts: Hosts;
  let alpha: Manor;
  let beta: Manor;
  before(() => void (hosts = new Hosts()));
  after(() => hosts[Symbol.asyncDispose]());

  /** The words that start raet at a host, in a terminal. */
  function wordsInTerminal(host: string): string[] {
    const terminalEnv = ["NO_COLOR=1", "TERM=xterm-256color", "LC_ALL=C.UTF-8"];
    const before = hosts.words(host).slice(0, -SUBJECT.words.length);
    return [...before, ...terminalEnv, ...SUBJECT.words];
  }

  it("says what it is: version, commit, how it was built, runtime and machine", async () => {
    const [said] = await hosts.json("alpha", ["version"]);
    assert.match(String(said.version), /^\d+\.\d+\.\d+$/);
    assert.equal(said.build, SUBJECT.how);
    if (SUBJECT.how === "source") assert.equal(said.commit, null);
    else assert.match(String(said.commit), /^[0-9a-f]{40}(-changed)?$|^null$/);
    const runtime = { sfx: /^deno /, deno: /^deno /, bun: /^bun /, source: /^\w+ / }[SUBJECT.how];
    assert.match(String(said.runtime), runtime);
    assert.match(String(said.target), /^(x86_64|aarch64)-(linux|darwin)$/);
    assert.match(String(said.crypto), /^signatures by .+, boxes by .+$/);
    const { out } = await hosts.run("alpha", ["--version"]);
    assert.deepEqual(out, [`raet ${said.version}`]);
  });

  it("joins two hosts, once a person has compared fingerprints and accepted", async () => {
    alpha = await hosts.up("alpha", "--main");
    beta = await hosts.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    const keys = await hosts.json("alpha", ["keys"]);
    const seen = keys.find(({ role }) => role === "beta")!;
    const own = (await hosts.json("beta", ["keys"])).find((key) => key.acceptance === "own")!;
    assert.equal(seen.acceptance, "pending");
    assert.match(String(seen.fingerprint), /^[0-9a-f]{64}$/);
    assert.equal(seen.fingerprint, own.fingerprint);
    await hosts.json("alpha", ["keys", "accept", String(own.fingerprint)]);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    assert.ok(existsSync(join(hosts.home("alpha"), ".raet", "keep")));
  });

  it("examines itself, and the kernel tells it what is asked", async () => {
    const { exit, out } = await hosts.run("alpha", ["doctor"]);
    assert.equal(exit, 0, out.join("\n"));
    const said = out.join("\n");
    assert.match(said, /^ok +core dumps +switched off for the manor/m);
    assert.match(said, /^ok +disk +.* free for/m);
    assert.match(said, /^(ok|warning) +buffers +.* for what comes in/m);
  });

  it("speaks of a home that can't be one without a word of its runtime", async () => {
    for (const home of ["/dev/null", "/proc/self"]) {
      for (const verb of ["up", "doctor"]) {
        const { exit, out, err } = await hosts.run("alpha", ["--home", home, verb]);
        const said = [...out, ...err].join("\n");
        assert.equal(exit, 78, said);
        assert.doesNotMatch(said, /Requires|--allow|unexpected/);
      }
    }
  });

  it("sends a message that a process at the other host takes", async () => {
    const listener = await hosts.claim("beta", ["listen", "jobs", "--count", "1", "--json"]);
    const [sent] = await hosts.json("alpha", ["send", "beta//jobs", '{"run":"backup","ö":"€"}']);
    assert.equal(sent.status, "delivered");
    assert.equal(await listener.exited, 0);
    const { from, body } = JSON.parse(listener.lines[0]);
    assert.equal(from[0], "alpha");
    assert.deepEqual(body, { run: "backup", "ö": "€" });
  });

  it("asks, and has a command answer that sees the environment of its caller", async () => {
    const command = ["/bin/sh", "-c", "/bin/cat; echo; /usr/bin/env"];
    const env = { DENO_DIR: "/nowhere", COLOUR: "blue" };
    const args = ["answer", "where", "--count", "1", "--", ...command];
    const answering = await hosts.claim("beta", args, SUBJECT.how === "source" ? {} : env);
    const [answer] = await hosts.json("alpha", ["ask", "beta//where", '{"n":1}']);
    assert.equal(await answering.exited, 0);
    const [body, ...variables] = String(answer.answer ?? answer.body).trim().split("\n");
    assert.equal(body, '{"n":1}');
    assert.ok(
      variables.includes("RAET_FROM=alpha//inbox") || /^RAET_FROM=/m.test(variables.join("\n")),
    );
    if (SUBJECT.how === "source") return;
    // The shell adds PWD, SHLVL and _.
    const ours = /^(PWD|SHLVL|_|RAET_(FROM|TO|ID|TYPE|HOME|CACHE))=/;
    const given = [
      `HOME=${hosts.home("beta")}`,
      "PATH=",
      ...Object.entries(env).map((one) => one.join("=")),
    ];
    assert.deepEqual(variables.filter((line) => !ours.test(line)).toSorted(), given.toSorted());
  });

  it("carries a body of 10 MB", async () => {
    const text = "0123456789".repeat(1_000_000);
    const file = join(hosts.home("alpha"), "big.json");
    writeFileSync(file, JSON.stringify({ text }));
    const listener = await hosts.claim("beta", ["listen", "big", "--count", "1", "--json"]);
    const [sent] = await hosts.json("alpha", ["send", "beta//big", `@${file}`]);
    assert.equal(sent.status, "delivered");
    assert.equal(await listener.exited, 0);
    const got = JSON.parse(listener.lines[0]).body.text;
    assert.equal(sha256(got), sha256(text));
  });

  it("ends as its table of exit codes says", async () => {
    const codes: [string, string[], number][] = [
      ["alpha", ["help", "send"], 0],
      ["alpha", ["sned"], 1],
      ["alpha", ["send", "beta/jobs"], 1],
      ["alpha", ["send", "beta//jobs", "{"], 1],
      ["alpha", ["send", "nobody//jobs"], 2],
      ["alpha", ["send", "beta//nothing"], 2],
      ["nowhere", ["show"], 6],
      ["alpha", ["up"], 8],
      ["nowhere", ["up", "--listen", "nonsense"], 1],
    ];
    for (const [host, args, exit] of codes) {
      const ran = await hosts.run(host, args);
      assert.equal(ran.exit, exit, `raet ${args.join(" ")}: ${ran.err.join("\n")}`);
      if (exit !== 0) assert.match(ran.err.join("\n"), /^raet: [^\n]+[^.\n]$/);
    }
  });

  it("has a console", { skip: !HAS_TMUX && "there is no tmux" }, async () => {
    using terminal = new Terminal(["repl"], 80, 24, [], wordsInTerminal("alpha"));
    await terminal.shows(/^alpha>$/m);
    terminal.type("send be");
    terminal.press("Tab");
    await terminal.shows(/^alpha> send beta\/\//m);
    terminal.press("C-c");
    terminal.type("estates");
    terminal.press("Enter");
    await terminal.shows(/^beta .*\n(.*\n)*alpha>$/m);
    terminal.press("C-d");
    await terminal.shows(/ended with 0/);
    assert.match(terminal.modes(), / icanon .* echo /s, "the terminal is as it was");
  });

  it("takes SIGHUP for a reload on a terminal too", {
    skip: !HAS_TMUX && "there is no tmux",
  }, async () => {
    const up = ["up", "--name", "gamma", "--listen", "127.0.0.1:0"];
    using terminal = new Terminal(up, 100, 24, [], wordsInTerminal("gamma"));
    await terminal.shows(/ info +ready gamma: /);
    const lock = readFileSync(join(hosts.home("gamma"), ".raet", "lock"), "utf8");
    process.kill(JSON.parse(lock.split("\n")[0]).pid, "SIGHUP");
    await terminal.shows(/ info +reloaded: nothing differs$/m);
  });

  it("comes back after kill -9 with its key and its peers", async () => {
    const fingerprint = await ownFingerprint("beta");
    assert.equal(await beta.end("SIGKILL"), 137);
    beta = await hosts.up("beta", "--listen", beta.address);
    await beta.event("allowed", "alpha");
    assert.equal(await ownFingerprint("beta"), fingerprint);
    const listener = await hosts.claim("beta", ["listen", "again", "--count", "1", "--json"]);
    const [sent] = await hosts.json("alpha", ["send", "beta//again", "1"]);
    assert.equal(sent.status, "delivered");
    assert.equal(await listener.exited, 0);
  });

  it("ends well on SIGTERM and on ^C, and leaves no socket behind", async () => {
    const listener = await hosts.claim("beta", ["listen", "idle"]);
    listener.kill("SIGINT");
    assert.equal(await listener.exited, 0);
    assert.equal(await beta.end("SIGINT"), 0);
    assert.equal(await alpha.end("SIGTERM"), 0);
    for (const host of ["alpha", "beta"]) {
      const left = readdirSync(join(hosts.home(host), ".raet"));
      assert.equal(left.includes("lane"), false, left.join());
    }
  });

  it("plays its demo, for which it starts itself", async () => {
    const demo = hosts.start("demo", ["demo", "--json"], { env: { TMPDIR: hosts.home("tmp") } });
    assert.equal(await demo.exited, 0, demo.errorLines.join("\n"));
    const steps = demo.lines.map((line) => JSON.parse(line).step);
    assert.deepEqual([steps[0], steps.at(-1)], ["folder", "done"]);
    assert.deepEqual(readdirSync(hosts.home("tmp")), []);
  });

  async function ownFingerprint(host: string): Promise<unknown> {
    return (await hosts.json(host, ["keys"])).find((key) => key.acceptance === "own")!.fingerprint;
  }
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
