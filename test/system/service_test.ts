import assert from "node:assert/strict";
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/base/address.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { type Json, type Manor, Programs, said, WAIT_MS_MAX } from "../support/programs.ts";

const EVERYTHING = ["--log-file", "raet.log", "--log-level", "trace"];

/** The lines of a log. */
function readLog(path: string): Json[] {
  return readFileSync(path, "utf8").trimEnd().split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Json);
}

/** Sends SIGHUP, and waits for what came of the n-th one. */
async function reload(manor: Manor, count: number): Promise<Json[]> {
  process.kill(manor.program.pid, "SIGHUP");
  const found = await manor.program.waitFor(`reload ${count}`, WAIT_MS_MAX, () => {
    const told = manor.events.filter(({ event }) => event === "reloaded");
    return told.length >= count ? told[count - 1] : undefined;
  });
  return found.changes as Json[];
}

/** Waits for something that nobody tells. */
async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined) {
  const end = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, `no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function get(address: unknown, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${address}${path}`);
  return { status: response.status, body: await response.text() };
}

describe("the log of a manor process", () => {
  it("has what happened in a file that only its owner reads, without a key or a body", async () => {
    await using programs = new Programs();
    const path = join(programs.home("alpha"), "raet.log");
    const alpha = await programs.up("alpha", "--main", ...EVERYTHING);
    const beta = await programs.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    assert.equal((await programs.run("alpha", ["keys", "accept", "beta"])).exit, 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    const secret = "a-body-that-nobody-else-reads";
    const sent = await programs.run("beta", [
      "send",
      "alpha//",
      JSON.stringify(secret),
      "--no-wait",
    ]);
    assert.equal(sent.exit, 0, sent.err.join("\n"));
    await until(
      "message in the log",
      () => readLog(path).find(({ what, who }) => what === "message ended" && who === "from beta"),
    );
    await alpha.end("SIGTERM");

    const log = readLog(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const whats = log.map(({ level, what }) => `${level} ${what}`);
    for (
      const what of [
        "info ready",
        "warn pending",
        "info key accepted",
        "info joined",
        "info allowed",
        "trace join began",
        "debug join ended",
        "info stopping",
        "info stopped",
      ]
    ) assert.ok(whats.includes(what), `${what} in ${whats.join(", ")}`);
    const text = readFileSync(path, "utf8");
    assert.ok(!text.includes(secret), "no body");
    for (const key of secretsOf(programs.home("alpha"))) {
      assert.ok(!text.includes(key), "no key");
    }
    assert.deepEqual(alpha.program.errorLines, [], "stderr has nothing of it");
  });

  it("is JSON on a stderr that is no terminal, and silent with --json if nothing is told", async () => {
    await using programs = new Programs();
    const args = ["up", "--name", "alpha", "--listen", "127.0.0.1:0"];
    const program = programs.start("alpha", args);
    const line = await said(program, program.errorLines, /ready/);
    const { level, what, who } = JSON.parse(line);
    assert.deepEqual([level, what, who], ["info", "ready", "alpha"]);
    program.kill();
    await program.exited;
    assert.deepEqual(
      program.lines,
      [],
      "stdout says it a second time only if the log is elsewhere",
    );
    const quiet = await programs.up("beta");
    await quiet.end("SIGTERM");
    assert.deepEqual(quiet.program.errorLines, []);
  });

  it("says in the file why the manor didn't start", async () => {
    await using programs = new Programs();
    await programs.up("alpha");
    const [code] = await programs.fail("alpha", ["up", ...EVERYTHING]);
    assert.equal(code, "home_in_use");
    const [entry] = readLog(join(programs.home("alpha"), "raet.log"));
    assert.equal(entry.what, "not started");
    assert.match(String(entry.why), /in use by pid/);
  });

  it("sums up a flood of datagrams that are no packets", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", ...EVERYTHING);
    const path = join(programs.home("alpha"), "raet.log");
    const none = { onDatagram: () => {}, onError: (error: unknown) => assert.fail(String(error)) };
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, none);
    const noise = new TextEncoder().encode("GET / HTTP/1.1\r\n");
    for (let i = 0; i < 500; i++) socket.send(noise, parseAddress(alpha.address));
    await socket.close();
    await until("drop", () => readLog(path).find(({ topic }) => topic === "drops"));
    await alpha.end("SIGTERM");
    const drops = readLog(path).filter(({ topic }) => topic === "drops");
    assert.ok(drops.length <= 4, `${drops.length} lines for 500 datagrams`);
    assert.match(String(drops[0].why), /another program sends here/);
  });
});

describe("SIGHUP", () => {
  it("changes what can be changed, says what takes a restart, and opens the log anew", async () => {
    await using programs = new Programs();
    const home = programs.home("alpha");
    const config = join(home, "raet.yaml");
    const init = await programs.run("alpha", ["init", "--name", "alpha", "--log-file", "raet.log"]);
    assert.equal(init.exit, 0);
    const alpha = await programs.up("alpha");
    const main = await programs.up("main", "--main", "--auto", "always");

    assert.deepEqual(await reload(alpha, 1), [], "nothing differs");
    appendFileSync(
      config,
      [
        "logLevel: debug",
        "alivePeriodMs: 300",
        "auto: always",
        "mutable: false",
        "shares: { jobs: { hold: 2 } }",
        `join: ["${main.address}"]`,
      ].join("\n") + "\n",
    );
    const changes = await reload(alpha, 2);
    assert.deepEqual(changes.map(({ setting, applied }) => `${setting} ${applied}`), [
      "join yes",
      "auto yes",
      "mutable no",
      "alivePeriodMs yes",
      "shares yes",
      "logLevel yes",
    ]);
    await alpha.event("allowed", "main");
    const shares = (await programs.run("alpha", ["show", "shares", "--json"])).json;
    assert.ok(shares.some(({ name, declared }) => name === "jobs" && declared === true));
    const log = join(home, "raet.log");
    const kept = readLog(log).find(({ what, who }) => what === "not changed" && who === "mutable");
    assert.match(String(kept?.why), /true > false|- > false/);

    renameSync(log, `${log}.1`);
    const again = await reload(alpha, 3);
    assert.deepEqual(again.map(({ setting }) => setting), ["mutable"], "what is left to do");
    await until("new log", () => readLog(log).some(({ what }) => what === "reloaded") || undefined);
  });

  it("changes nothing where raet.yaml has a fault, and says where", async () => {
    await using programs = new Programs();
    const home = programs.home("alpha");
    const alpha = await programs.up("alpha", "--log-file", "raet.log");
    writeFileSync(join(home, "raet.yaml"), "logLevel: debug\nmian: true\n");
    process.kill(alpha.program.pid, "SIGHUP");
    const { message } = await alpha.event("warning");
    assert.match(
      String(message),
      /nothing was changed: .*raet\.yaml line 2, column 1: unknown key/,
    );
    const told = await until("line in the log", () => {
      return readLog(join(home, "raet.log")).find(({ what }) => what === "not reloaded");
    });
    assert.equal(told.level, "error");
    assert.equal((await programs.run("alpha", ["show"])).exit, 0, "it runs on");
  });

  it("lets the environment and the command line win as at the start", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--auto", "once");
    writeFileSync(join(programs.home("alpha"), "raet.yaml"), "auto: always\n");
    assert.deepEqual(await reload(alpha, 1), []);
  });
});

describe("the metrics endpoint", () => {
  it("is off until it is told, and serves metrics and health then", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main", "--auto", "always");
    const beta = await programs.up("beta", "--join", alpha.address, "--metrics", "127.0.0.1:0");
    const { address } = await beta.event("metrics");
    await beta.event("allowed", "alpha");
    const metrics = await until("estate", async () => {
      const { body } = await get(address, "/metrics");
      return body.includes('raet_estate_alive{estate="alpha"} 1') ? body : undefined;
    });
    assert.match(metrics, /^# HELP raet_info /);
    assert.match(metrics, /\nraet_estates\{state="allowed"\} 1\n/);
    const { out } = await programs.run("beta", ["stats", "--prometheus"]);
    assert.ok(out.includes('raet_estate_alive{estate="alpha"} 1'), out.join("\n"));
    const gauges = Array.from(metrics.matchAll(/^# TYPE \w+ gauge$/gm), ([line]) => line);
    assert.deepEqual(gauges.filter((line) => !out.includes(line)), [], "it prints what is served");
    assert.deepEqual(await get(address, "/healthz"), { status: 200, body: "ok\n" });
    assert.equal((await get(address, "/")).status, 404);
    assert.equal(alpha.events.some(({ event }) => event === "metrics"), false);

    await alpha.end("SIGKILL");
    const ill = await until("illness", async () => {
      const health = await get(address, "/healthz");
      return health.status === 503 ? health : undefined;
    });
    assert.match(ill.body, /^no main can be reached .*: alpha is \w+ and not alive\n$/);
  });

  it("moves on SIGHUP, and stays where the new address is taken", async () => {
    await using programs = new Programs();
    const config = join(programs.home("alpha"), "raet.yaml");
    assert.equal((await programs.run("alpha", ["init"])).exit, 0);
    const alpha = await programs.up("alpha");
    const other = await programs.up("other", "--metrics", "127.0.0.1:0");
    const taken = String((await other.event("metrics")).address);
    appendFileSync(config, 'metrics: "127.0.0.1:0"\n');
    await reload(alpha, 1);
    const { address } = await alpha.event("metrics");
    assert.equal((await get(address, "/healthz")).status, 200);
    writeFileSync(config, `metrics: "${taken}"\n`);
    const [change] = await reload(alpha, 2);
    assert.equal(change.applied, "no");
    assert.match(String(change.why), /the port is taken/);
    writeFileSync(config, "");
    const [off] = await reload(alpha, 3);
    assert.deepEqual([off.applied, off.to], ["yes", "-"]);
  });

  it("is refused at an address that others reach", async () => {
    await using programs = new Programs();
    const refused = ["bad_config", 78];
    assert.deepEqual(await programs.fail("a", ["up", "--metrics", "0.0.0.0:9464"]), refused);
    assert.equal(readdirSync(programs.folder).length, 0, "and nothing was made");
  });

  it("lets no client that is silent hold it up", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--metrics", "127.0.0.1:0");
    const { address } = await alpha.event("metrics");
    const [host, port] = String(address).split(":");
    const silent = Array.from({ length: 10 }, () => createConnection(Number(port), host));
    for (const socket of silent) socket.on("error", () => {});
    assert.equal((await get(address, "/healthz")).status, 200);
    assert.equal(await alpha.end("SIGTERM"), 0);
    for (const socket of silent) socket.destroy();
  });
});

describe("init and config", () => {
  it("end with 0 where all is well, and with 78 where it isn't", async () => {
    await using programs = new Programs();
    const config = join(programs.home("alpha"), "raet.yaml");
    const init = ["init", "--name", "alpha", "--main"];
    assert.equal((await programs.run("alpha", init)).exit, 0);
    assert.deepEqual(await programs.fail("alpha", init), ["bad_config", 78]);
    const check = await programs.run("alpha", ["config", "check", "--json"]);
    assert.deepEqual([check.exit, check.json[0].settings], [0, 2]);
    const show = await programs.run("alpha", ["config", "show", "--json", "--log-level", "debug"]);
    const of = Object.fromEntries(show.json.map(({ setting, value, origin }) => [
      String(setting),
      [value, origin],
    ]));
    assert.deepEqual(of.name, ["alpha", "raet.yaml"]);
    assert.deepEqual(of.logLevel, ["debug", "command line"]);
    assert.deepEqual(of.auto, ["never", "default"]);
    writeFileSync(config, "main: true\nlisten: nowhere\n");
    assert.deepEqual(await programs.fail("alpha", ["config", "check"]), ["bad_config", 78]);
    const { err } = await programs.run("alpha", ["config", "check"]);
    assert.match(err[0], /raet\.yaml line 2, column 9: listen: "nowhere" is not an address/);
    assert.deepEqual(await programs.fail("alpha", ["config", "mend"]), ["usage", 1]);
  });
});

/** Every text of 64 hex digits in the files with secret keys. */
function secretsOf(home: string): string[] {
  const keep = join(home, "keep");
  const files = readdirSync(keep, { recursive: true, encoding: "utf8" });
  const secrets = files.filter((name) =>
    name.includes(join("role", "local")) && name.endsWith("json")
  )
    .flatMap((name) => readFileSync(join(keep, name), "utf8").match(/[0-9a-f]{64}/g) ?? []);
  assert.ok(secrets.length >= 2, "there are keys to look for");
  return secrets;
}
