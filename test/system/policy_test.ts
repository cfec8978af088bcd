import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { type Json, jsonLines, type Manor, Programs, WAIT_MS_MAX } from "../support/programs.ts";

/** Minions may send events to the share `events` and nothing else; only they may not be sent cmd. */
const RULES = [
  "policy:",
  "  - name: events of minions",
  "    allow: in",
  "    from: { role: minion* }",
  "    to: { yard: manor, share: events }",
  "    type: event",
  "  - name: nothing else comes in",
  "    deny: in",
  "  - { name: no cmd to minions, deny: out, to: { role: minion* }, type: cmd }",
];

function write(programs: Programs, estate: string, lines: readonly string[]): void {
  mkdirSync(programs.home(estate), { recursive: true, mode: 0o700 });
  writeFileSync(join(programs.home(estate), "raet.yaml"), lines.join("\n"), { mode: 0o600 });
}

/** Sends SIGHUP, and waits until the manor has read its settings, or could not. */
async function hangUp(manor: Manor, count: number): Promise<Json> {
  process.kill(manor.program.pid, "SIGHUP");
  return await manor.program.waitFor(`reload ${count}`, WAIT_MS_MAX, () => {
    const told = manor.events.filter(({ event, message }) =>
      event === "reloaded" || event === "warning" && /nothing was changed/.test(String(message))
    );
    return told.length >= count ? told[count - 1] : undefined;
  });
}

describe("a manor with rules", () => {
  it("denies what they don't allow to whoever sent it, and names the rule in its own log only", async () => {
    await using programs = new Programs();
    write(programs, "alpha", RULES);
    const log = join(programs.home("alpha"), "raet.log");
    const alpha = await programs.up("alpha", "--main", "--auto", "once", "--log-file", "raet.log");
    const beta = await programs.up("beta", "--join", alpha.address, "--role", "minion-7");
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);

    const events = await programs.listen("alpha", "events");
    const jobs = await programs.listen("beta", "jobs");
    const drops = programs.start("alpha", ["watch", "drops", "--json"]);
    const sent = await programs.run("beta", ["send", "alpha//events", "1", "--type", "event"]);
    assert.equal(sent.exit, 0, sent.err.join("\n"));
    assert.equal((await jsonLines(events, 1))[0].type, "event");

    for (const args of [["alpha//events", "2"], ["alpha//inbox", "3", "--type", "event"]]) {
      const { exit, json, err } = await programs.run("beta", ["send", ...args, "--json"]);
      assert.equal(exit, 5, err.join("\n"));
      assert.doesNotMatch(JSON.stringify(json), /nothing else comes in|rule \d/);
      assert.match(JSON.stringify(json), /"code":"denied"/);
    }
    const [drop] = await jsonLines(drops, 1);
    assert.equal(drop.reason, "denied_by_rule");
    assert.equal(drop.detail, "rule 2 (nothing else comes in)");
    assert.match(readFileSync(log, "utf8"), /dropped denied_by_rule.*nothing else comes in/);

    const out = await programs.run("alpha", ["send", "beta//jobs", "4", "--type", "cmd", "--json"]);
    assert.equal(out.exit, 5);
    assert.equal((await programs.run("alpha", ["send", "beta//jobs", "5"])).exit, 0);
    assert.deepEqual((await jsonLines(jobs, 1))[0].body, 5);

    const asked = programs.start("beta", ["answer", "work", "--", "cat"]);
    await asked.waitFor("the claim", WAIT_MS_MAX, () => asked.errorLines[0]);
    const answer = await programs.run("alpha", ["ask", "beta//work", '"6"']);
    assert.deepEqual([answer.exit, ...answer.out], [0, "6"], answer.err.join("\n"));

    const { json: rows } = await programs.run("alpha", ["policy", "--json"]);
    assert.deepEqual(rows.map(({ rule, decided }) => `${rule} ${decided}`).slice(0, 3), [
      "1 1",
      "2 2",
      "3 1",
    ]);
  });

  it("reads them anew on SIGHUP, and keeps the old ones if the new ones can't be", async () => {
    await using programs = new Programs();
    const { alpha } = await programs.pair();
    const events = await programs.listen("alpha", "events");
    const send = () => programs.run("beta", ["send", "alpha//events", "1"]);
    assert.equal((await send()).exit, 0);
    write(programs, "alpha", ["policy:", "  - { name: closed, deny: in }"]);
    const { changes } = await hangUp(alpha, 1) as { changes: Json[] };
    assert.deepEqual(changes.map(({ setting, applied }) => `${setting} ${applied}`), [
      "policy yes",
    ]);
    assert.equal((await send()).exit, 5);
    write(programs, "alpha", ["policy:", "  - { deny: inn }"]);
    const { message } = await hangUp(alpha, 2);
    assert.match(String(message), /raet\.yaml line 2, column 13: policy: "inn" is no direction/);
    assert.equal((await send()).exit, 5, "the old rules are in force");
    const { json: [rule] } = await programs.run("alpha", ["policy", "show", "--json"]);
    assert.deepEqual([rule.name, rule.says], ["closed", "deny in"]);
    write(programs, "alpha", [""]);
    await hangUp(alpha, 3);
    assert.equal((await send()).exit, 0);
    assert.equal((await jsonLines(events, 2)).length, 2);
  });
});

describe("raet policy", () => {
  it("explains by raet.yaml and the roles on record, without a manor that runs", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main", "--auto", "once");
    const beta = await programs.up("beta", "--join", alpha.address, "--role", "minion-7");
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    write(programs, "alpha", RULES);
    const early = await programs.run("alpha", ["policy", "check", "beta", "//events", "event"]);
    assert.match(early.err.join("\n"), /the running manor has other rules: SIGHUP/);
    const idle = ["policy", "--role", "minion-9"];
    assert.deepEqual(
      await programs.fail("alpha", idle),
      ["usage", 1],
      "it would look like a filter",
    );
    await alpha.end("SIGTERM");

    const check = async (...args: string[]) => {
      const { exit, json } = await programs.run("alpha", ["policy", "check", ...args, "--json"]);
      const [{ allowed, direction, rule, error }] = json;
      return error ? (error as Json).code : `${exit} ${allowed} ${direction} ${rule}`;
    };
    assert.equal(await check("beta", "//events", "event"), "0 true in 1");
    assert.equal(await check("beta//", "alpha//events", "cmd"), "5 false in 2");
    assert.equal(await check("new", "//events", "event"), "5 false in 2");
    assert.equal(await check("new", "//events", "event", "--role", "minion-9"), "0 true in 1");
    assert.equal(await check("/worker/", "beta//jobs", "cmd"), "5 false out 3");
    assert.equal(await check("/worker/", "beta//jobs"), "0 true out 0");
    assert.equal(await check("/a/", "//jobs"), "0 true local 0");
    assert.equal(await check("beta", "//.control"), "5 false in 0");
    assert.equal(await check("beta", "gamma//jobs"), "usage");
    assert.equal(await check("beta", "jobs"), "bad_route");
    assert.equal(await check("beta"), "usage");

    const of = async (...args: string[]) =>
      (await programs.run("alpha", ["policy", "check", ...args])).err.join("\n");
    const strange =
      /^no estate "bet" is on record, so this is for one without a role; did you mean beta$/;
    assert.match(await of("bet", "//events"), strange);
    assert.match(await of("/worker/", "bet//jobs"), strange);
    assert.equal(await of("bet", "//events", "--role", "minion-9"), "");
    assert.equal(await of("beta", "//events"), "");

    const shown = await programs.run("alpha", ["policy"]);
    assert.match(shown.err.join("\n"), /no manor is running: these are the rules of raet\.yaml/);
    assert.match(shown.out.join("\n"), /events of minions +allow in from role=minion\*/);
    write(programs, "alpha", ["policy: [{ deny: in, form: x }]"]);
    assert.deepEqual(await programs.fail("alpha", ["policy", "check", "beta", "//x"]), [
      "bad_config",
      78,
    ]);
  });

  it("is a verb of the console too", async () => {
    await using programs = new Programs();
    write(programs, "alpha", RULES);
    await programs.up("alpha", "--main");
    const lines = "policy\npolicy check new //fun cmd\n";
    const { exit, out, err } = await programs.run("alpha", ["repl"], lines);
    assert.equal(exit, 5, err.join("\n")); // that of the last line, which is denied
    assert.match(out.join("\n"), /nothing else comes in +deny in/);
    assert.match(out.join("\n"), /denied +rule 2/);
  });
});
