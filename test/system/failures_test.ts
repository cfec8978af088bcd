import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Manor, Programs } from "../support/programs.ts";

const MEGABYTES_70 = JSON.stringify("x".repeat(70_000_000));

describe("what can't be sent", () => {
  let programs: Programs;
  let alpha: Manor;
  let beta: Manor;
  before(async () => {
    programs = new Programs();
    ({ alpha, beta } = await programs.pair());
  });
  after(() => programs[Symbol.asyncDispose]());

  const fails = async (from: string, args: string[], code: string, exit: number, input?: string) =>
    assert.deepEqual(await programs.fail(from, ["send", ...args], input), [code, exit]);

  it("goes to an estate, a yard or a share that isn't there: exit code 2", async () => {
    await fails("alpha", ["nobody//jobs"], "no_estate", 2);
    await fails("alpha", ["beta/nobody/jobs"], "no_yard", 2);
    await fails("alpha", ["beta//nothing"], "no_share", 2);
    await fails("alpha", ["/nobody/jobs"], "no_yard", 2);
    await fails("alpha", ["//nothing"], "no_share", 2);
  });

  it("goes to an estate whose key waits, or from one whose key does: exit code 4", async () => {
    const gamma = await programs.up("gamma", "--join", alpha.address);
    await alpha.event("pending", "gamma");
    await fails("alpha", ["gamma//jobs"], "refused", 4);
    await gamma.event("pending");
    await fails("gamma", ["alpha//jobs"], "refused", 4);
    assert.equal((await programs.run("alpha", ["keys", "reject", "gamma"])).exit, 0);
    const [key] = (await programs.run("alpha", ["keys", "show", "gamma", "--json"])).json;
    assert.equal(key.acceptance, "rejected");
    assert.equal(await gamma.end("SIGTERM"), 0);
  });

  it("is no JSON, no route, or too large: exit codes 1, 1 and 9", async () => {
    await fails("alpha", ["beta//jobs", "hello"], "bad_body", 1);
    await fails("alpha", ["beta//jobs", "-"], "bad_body", 1, "{");
    await fails("alpha", ["beta//jobs", '{"raet": 1}'], "bad_body", 1);
    await fails("alpha", ["beta/jobs"], "bad_route", 1);
    await fails("alpha", ["beta//jobs", "-"], "too_large", 9, MEGABYTES_70);
  });

  it("leaves the manors as they were", async () => {
    const listener = await programs.listen("beta", "after", "--count", "1");
    assert.equal((await programs.run("alpha", ["send", "beta//after", "1"])).exit, 0);
    assert.equal(await listener.exited, 0);
  });

  it("goes to an estate that died: exit code 3, told within its timeout", async () => {
    await beta.end("SIGKILL");
    const [code, exit] = await programs.fail("alpha", [
      "send",
      "beta//jobs",
      "1",
      "--timeout",
      "2",
    ]);
    assert.equal(exit, 3);
    assert.ok(code === "expired" || code === "outcome_unknown", code);
    assert.ok(alpha.program.isRunning);
  });
});

describe("a home", () => {
  let programs: Programs;
  before(() => void (programs = new Programs()));
  after(() => programs[Symbol.asyncDispose]());

  it("without a manor gives exit code 6 and says how to start one", async () => {
    for (const args of [["send", "a//b"], ["listen", "b"], ["keys"], ["show"], ["repl"]]) {
      const { exit, json } = await programs.run("nowhere", [...args, "--json"]);
      const { code, message } = json[0].error as { code: string; message: string };
      assert.deepEqual([code, exit], ["no_manor", 6], args.join(" "));
      assert.match(message, /raet up/);
    }
    assert.ok(!existsSync(programs.home("nowhere")), "asking makes no home");
  });

  it("belongs to one manor: a second one ends with 8 and says who holds it", async () => {
    const manor = await programs.up("held", "--main");
    const { exit, json } = await programs.run("held", ["up", "--json"]);
    const { code, message } = json[0].error as { code: string; message: string };
    assert.deepEqual([code, exit], ["home_in_use", 8]);
    assert.match(message, new RegExp(`\\b${manor.program.pid}\\b`));
    assert.ok(manor.program.isRunning);
    assert.equal((await programs.run("held", ["show"])).exit, 0);
  });

  it("keeps its port, name and main flag, and refuses others with 78", async () => {
    const first = await programs.up("kept", "--main");
    assert.equal(await first.end("SIGINT"), 0);
    const again = await programs.up("kept", "--listen", "127.0.0.1:0");
    assert.equal(again.address, first.address);
    assert.equal(await again.end("SIGINT"), 0);
    const others = [["--name", "other"], ["--listen", "127.0.0.1:1"], ["--role", "other"]];
    for (const other of others) {
      assert.deepEqual(await programs.fail("kept", ["up", ...other]), ["bad_config", 78]);
    }
  });

  it("with a wrong raet.yaml is refused with 78, line and column", async () => {
    const manor = await programs.up("wrong", "--main");
    await manor.end("SIGTERM");
    writeFileSync(join(programs.home("wrong"), "raet.yaml"), "auto: never\nlisten: 5\n");
    const { exit, err } = await programs.run("wrong", ["up"]);
    assert.equal(exit, 78);
    assert.match(err[0], /raet\.yaml line 2, column 9: listen: 5 /);
  });

  it("takes settings from raet.yaml", async () => {
    const manor = await programs.up("set", "--main");
    await manor.end("SIGTERM");
    writeFileSync(join(programs.home("set"), "raet.yaml"), "shares:\n  declared: {hold: 2}\n");
    await programs.up("set");
    const { json } = await programs.run("set", ["show", "shares", "--json"]);
    assert.equal(json.find(({ name }) => name === "declared")?.declared, true);
  });

  it("is left without sockets and lock on SIGTERM and on SIGINT, with exit code 0", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const manor = await programs.up("clean", "--main");
      const listener = await programs.listen("clean", "jobs");
      listener.kill("SIGTERM");
      assert.equal(await listener.exited, 0);
      assert.equal(await manor.end(signal), 0);
      const left = readdirSync(programs.home("clean"), { recursive: true, encoding: "utf8" });
      assert.deepEqual(left.filter((name) => name.endsWith(".uxd")), []);
      assert.deepEqual(await programs.fail("clean", ["show"]), ["no_manor", 6]);
    }
  });
});
