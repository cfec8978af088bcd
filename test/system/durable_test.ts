import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { killAtRandom } from "../support/kills.ts";
import { type Json, type Manor, Programs, said, WAIT_MS_MAX } from "../support/programs.ts";

describe("durable messages of real processes", () => {
  it("are handed over once and in order, whoever is killed at random moments", async () => {
    const report = await killAtRandom({ times: 20, seed: 4711, pauseMs: 1200, ordered: true });
    assert.deepEqual(report.lost, [], "lost");
    assert.deepEqual(report.twice, [], "handed over twice without a word");
    assert.deepEqual(report.wrong, [], "a wrong outcome");
    assert.deepEqual(report.early, [], "out of order");
    assert.ok(report.stored > 100, `only ${report.stored} were stored`);
  });

  it("are never seen twice by a process that lives, though both manors are killed", async () => {
    const report = await killAtRandom({
      times: 10,
      seed: 42,
      pauseMs: 1200,
      victims: ["alpha", "beta"],
    });
    assert.deepEqual([report.lost, report.twice, report.wrong], [[], [], []]);
    assert.equal(report.repeated, 0);
  });
});

describe("raet send --durable", () => {
  let programs: Programs;
  let manors: { alpha: Manor; beta: Manor };
  before(async () => {
    programs = new Programs();
    manors = await programs.pair();
  });
  after(() => programs[Symbol.asyncDispose]());

  it("may end once the message is stored: both manors may be killed before it is taken", async () => {
    const sent = await programs.run("alpha", [
      "send",
      "beta//later",
      "n:=1",
      "--durable",
      "--no-wait",
      "--json",
    ]);
    assert.deepEqual([sent.exit, sent.json[0].status], [0, "stored"]);
    for (const name of ["alpha", "beta"] as const) {
      const { address } = manors[name];
      await manors[name].end("SIGKILL");
      manors[name] = await programs.up(name, "--listen", address);
    }
    const listener = await programs.listen("beta", "later", "--count", "1");
    assert.equal(await listener.exited, 0);
    const got = JSON.parse(listener.lines[0]) as Json;
    assert.deepEqual([got.id, got.durable], [sent.json[0].id, true]);
    const again = await programs.run("alpha", [
      "send",
      "beta//later",
      "n:=1",
      "--durable",
      "--id",
      String(sent.json[0].id),
      "--json",
    ]);
    assert.equal(again.json[0].status, "delivered", "the same id is the same message");
  });

  it("says that it waits for an estate that is away, and shows it in the outbox", async () => {
    await manors.beta.end("SIGKILL");
    await manors.alpha.event("lost", "beta");
    const send = programs.start("alpha", [
      "send",
      "beta//jobs",
      "n:=2",
      "--durable",
      "--timeout",
      "2",
    ]);
    await said(send, send.errorLines, /^waiting for estate beta, which is away$/);
    assert.equal(await send.exited, 0);
    assert.match(send.lines[0], /^stored/);
    const outbox = await programs.run("alpha", ["show", "outbox", "--json"]);
    assert.deepEqual(outbox.json.map(({ side, to }) => [side, to]), [["out", "beta//jobs"]]);
    const plain = programs.start("alpha", ["send", "beta//", "n:=3", "--ttl", "600s", "--json"]);
    const line = await plain.waitFor("a line", WAIT_MS_MAX, () => plain.lines[0]);
    const { event, estate } = JSON.parse(line) as Json;
    assert.deepEqual([event, estate], ["waiting", "beta"]);
    manors.beta = await programs.up("beta", "--listen", manors.beta.address);
    const listener = await programs.listen("beta", "jobs", "--count", "1");
    assert.equal(await listener.exited, 0);
    const inbox = await programs.listen("beta", "inbox", "--count", "1");
    assert.equal(await inbox.exited, 0);
    assert.equal(await plain.exited, 0);
  });
});
