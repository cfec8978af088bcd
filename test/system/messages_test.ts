import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  type Json,
  jsonLines,
  type Manor,
  Programs,
  RAET,
  said,
  WAIT_MS_MAX,
} from "../support/programs.ts";

describe("two estates as two processes", () => {
  let programs: Programs;
  let alpha: Manor;
  let beta: Manor;
  before(async () => {
    programs = new Programs();
    ({ alpha, beta } = await programs.pair());
  });
  after(() => programs[Symbol.asyncDispose]());

  it("say first where they are, then what happens to others", () => {
    for (const [manor, name] of [[alpha, "alpha"], [beta, "beta"]] as const) {
      const [ready, ...events] = manor.events;
      assert.equal(ready.event, "ready");
      assert.equal(ready.name, name);
      assert.match(String(ready.address), /^127\.0\.0\.1:[1-9]\d*$/);
      assert.ok(String(ready.home).endsWith(`/${name}`));
      for (const event of events) assert.equal(typeof event.estate, "string");
    }
    const seen = alpha.events.filter(({ estate, event }) => estate === "beta" && event !== "alive");
    assert.deepEqual(seen.map(({ event }) => event), ["pending", "joined", "allowed"]);
  });

  it("show the same fingerprint of a key at both ends", async () => {
    const there = await programs.run("alpha", ["keys", "show", "beta", "--json"]);
    const here = await programs.run("beta", ["keys", "show", "beta", "--json"]);
    assert.deepEqual(Object.keys(there.json[0]), ["role", "acceptance", "fingerprint", "estates"]);
    assert.match(String(there.json[0].fingerprint), /^[0-9a-f]{64}$/);
    assert.equal(there.json[0].fingerprint, here.json[0].fingerprint);
    assert.deepEqual([there.json[0].acceptance, here.json[0].acceptance], ["accepted", "own"]);
    // Beta was told to join alpha, so it took alpha's key the first time.
    const main = await programs.run("beta", ["keys", "show", "alpha", "--json"]);
    assert.equal(main.json[0].acceptance, "accepted");
  });

  it("carry a message from process to process both ways, and say that it was delivered", async () => {
    for (const [from, to] of [["alpha", "beta"], ["beta", "alpha"]]) {
      const listener = await programs.listen(to, "jobs", "--count", "1", "--yard", "worker");
      const body = { n: 1, text: "grüße", list: [null, true, 1.5] };
      const sent = await programs.run(from, [
        "send",
        `${to}//jobs`,
        JSON.stringify(body),
        "--json",
      ]);
      assert.equal(sent.exit, 0, JSON.stringify(sent));
      assert.deepEqual(Object.keys(sent.json[0]), ["status", "id", "ms"]);
      assert.equal(sent.json[0].status, "delivered");
      assert.equal(await listener.exited, 0);
      const [message, ...more] = await listener.lines.map((line) => JSON.parse(line) as Json);
      assert.deepEqual(more, []);
      assert.deepEqual(Object.keys(message), ["from", "to", "id", "body"]);
      assert.equal(message.id, sent.json[0].id);
      assert.deepEqual(message.body, body);
      assert.deepEqual(message.to, [to, "manor", "jobs"]);
      const [estate, yard, share] = message.from as string[];
      assert.deepEqual([estate, share], [from, "inbox"]);
      assert.match(yard, /^p[0-9a-f]+$/);
    }
  });

  it("carry bytes, a body from standard input, a body that is no map and no body at all", async () => {
    const listener = await programs.listen("beta", "any", "--count", "4");
    const bodies = ['{"b":{"$bytes":"AP9o"}}', '"hello"', "[1,2]"];
    for (const body of bodies) {
      assert.equal((await programs.run("alpha", ["send", "beta//any", "-"], body)).exit, 0);
    }
    assert.equal((await programs.run("alpha", ["send", "beta//any"])).exit, 0);
    assert.equal(await listener.exited, 0);
    const got = listener.lines.map((line) => JSON.stringify(JSON.parse(line).body));
    assert.deepEqual(got, [...bodies, "{}"]);
  });

  it("carry a megabyte", async () => {
    const listener = await programs.listen("beta", "big", "--count", "1");
    const text = "0123456789".repeat(100_000);
    const sent = await programs.run("alpha", ["send", "beta//big", "-"], JSON.stringify(text));
    assert.equal(sent.exit, 0, sent.err.join());
    assert.match(sent.out[0], /^delivered to beta\/\/big in \d/);
    assert.equal(await listener.exited, 0);
    assert.equal(JSON.parse(listener.lines[0]).body, text);
  });

  it("share work between those who listen, and give copies to those who observe", async () => {
    const one = await programs.listen("beta", "work");
    const two = await programs.listen("beta", "work");
    const all = await programs.listen("beta", "work", "--all", "--count", "4");
    for (let n = 0; n < 4; n++) {
      assert.equal((await programs.run("alpha", ["send", "beta//work", String(n)])).exit, 0);
    }
    assert.equal(await all.exited, 0);
    assert.deepEqual(bodies(all.lines).toSorted(), [0, 1, 2, 3]);
    assert.deepEqual([...bodies(one.lines), ...bodies(two.lines)].toSorted(), [0, 1, 2, 3]);
    assert.ok(one.lines.length > 0 && two.lines.length > 0);
    for (const program of [one, two]) {
      program.kill("SIGINT");
      assert.equal(await program.exited, 0, "^C ends it well");
    }
  });

  it("reach a process by the name of its yard, on this host and on the other", async () => {
    const listener = await programs.listen("beta", "own", "--yard", "named", "--count", "2");
    assert.equal((await programs.run("beta", ["send", "/named/own", "1"])).exit, 0);
    assert.equal((await programs.run("alpha", ["send", "beta/named/own", "2"])).exit, 0);
    assert.equal(await listener.exited, 0);
    assert.deepEqual(bodies(listener.lines), [1, 2]);
  });

  it("hold a message for the inbox of a manor that nobody reads", async () => {
    const sent = await programs.run("alpha", ["send", "beta//", '"later"', "--no-wait", "--json"]);
    assert.deepEqual([sent.exit, sent.json[0].status], [0, "taken"]);
    const listener = await programs.listen("beta", "inbox", "--count", "1");
    assert.equal(await listener.exited, 0);
    assert.deepEqual(bodies(listener.lines), ["later"]);
  });

  it("end listening after the time given, with exit code 0 though nothing came", async () => {
    const { exit, out } = await programs.run("beta", ["listen", "quiet", "--for", "0.3", "--json"]);
    assert.deepEqual([exit, out], [0, []]);
  });

  it("end quietly when nobody reads what they print", async () => {
    const listener = await programs.listen("beta", "piped");
    assert.equal((await programs.run("alpha", ["send", "beta//piped", "1"])).exit, 0);
    await jsonLines(listener, 1);
    listener.closeOutput();
    assert.equal((await programs.run("alpha", ["send", "beta//piped", "2"])).exit, 0);
    assert.equal(await listener.exited, 0);
  });

  it("end, and say why, when what they print can't be written", () => {
    const until = `timeout -s KILL ${WAIT_MS_MAX / 1000}`;
    const sentence = "raet: standard output can't be written: the file system is full\n";
    const own = /^raet: "a\/b" can't be the name of a share: .*\n/;
    for (const args of [["version"], ["version", "--json"], ["listen", "a/b", "--json"]]) {
      const line = ["-c", `exec ${until} "$@" > /dev/full`, "sh", RAET.file, ...RAET.args, ...args];
      const ran = spawnSync("sh", line, { encoding: "utf8" });
      assert.deepEqual([ran.status, ran.stderr.replace(own, "")], [1, sentence], args.join(" "));
      assert.equal(own.test(ran.stderr), args[0] === "listen", "its own failure is not lost");
    }
  });

  it("leave no half of a new file where it can't be written", () => {
    const home = programs.home("brimful");
    const keys = join(programs.folder, "brimful.json");
    // As on a full disk: no file may hold a byte.
    const until = `timeout -s KILL ${WAIT_MS_MAX / 1000}`;
    const script = `trap '' XFSZ; ulimit -f 0; exec ${until} "$@"`;
    for (
      const [file, ...args] of [
        [join(home, "raet.yaml"), "--home", home, "init"],
        [keys, "--home", programs.home("alpha"), "keys", "export", "--out", keys],
      ]
    ) {
      const ran = spawnSync("sh", ["-c", script, "sh", RAET.file, ...RAET.args, ...args], {
        encoding: "utf8",
      });
      assert.match(ran.stderr, /^raet: .*can't be written: /, args.join(" "));
      assert.equal(existsSync(file), false, file);
    }
  });

  it("show what they know, as JSON and as tables", async () => {
    const listener = await programs.listen("beta", "jobs", "--yard", "worker");
    const rows = async (subject: string) =>
      (await programs.run("beta", ["show", subject, "--json"])).json;
    const [estate] = await rows("estates");
    assert.equal(estate.name, "alpha");
    assert.deepEqual([estate.state, estate.alive, estate.main, estate.ours], [
      "allowed",
      true,
      true,
      true,
    ]);
    const yard = (await rows("yards")).find(({ name }) => name === "worker");
    assert.deepEqual([yard?.pid, yard?.ours], [listener.pid, true]);
    const share = (await rows("shares")).find(({ name }) => name === "jobs");
    assert.deepEqual(share?.claimants, ["worker"]);
    const kinds = (await rows("transactions")).map(({ kind }) => kind);
    assert.ok(kinds.includes("join") && kinds.includes("allow"), kinds.join());
    const [stats] = await rows("stats");
    assert.equal(stats.estate, "beta");
    assert.ok((stats.upMs as number) > 0);
    const table = await programs.run("beta", ["show"]);
    assert.match(table.out[0], /^ESTATE +ROLE +ADDRESS +STATE /);
    assert.match(table.out[1], /^alpha +alpha +127\.0\.0\.1:\d+ +allowed +yes /);
    listener.kill("SIGTERM");
    assert.equal(await listener.exited, 0);
  });

  it("say so on the lane when a process goes", async () => {
    const listener = await programs.listen("beta", "brief", "--yard", "passing");
    await said(listener, listener.errorLines, /^listening on beta\/\/brief as yard passing$/);
    listener.kill("SIGTERM");
    assert.equal(await listener.exited, 0);
    assert.deepEqual(await programs.fail("alpha", ["send", "beta/passing/brief"]), ["no_yard", 2]);
    assert.deepEqual(await programs.fail("alpha", ["send", "beta//brief"]), ["no_share", 2]);
  });
});

function bodies(lines: readonly string[]): unknown[] {
  return lines.map((line) => (JSON.parse(line) as Json).body);
}
