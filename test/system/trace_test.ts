import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Json, Programs, said } from "../support/programs.ts";
import { NO_TSHARK, tshark } from "../support/tshark.ts";

describe("the traces of two estates as two processes", () => {
  let programs: Programs;
  before(async () => {
    programs = new Programs();
    await programs.pair();
  });
  after(() => programs[Symbol.asyncDispose]());

  const file = (name: string) => join(programs.folder, name);

  /** Sends a message from beta to alpha; its id. */
  async function send(body: string): Promise<string> {
    const listener = await programs.listen("alpha", "jobs", "--count", "1");
    const { json } = await programs.run("beta", ["send", "alpha//jobs", body, "--json"]);
    assert.equal(await listener.exited, 0);
    return String(json[0].id);
  }

  it("tell of the join, the allow and each message, and hold nothing of what was said", async () => {
    const id = await send('{"word":"abracadabra"}');
    const { exit, out } = await programs.run("alpha", ["trace"]);
    assert.equal(exit, 0);
    assert.doesNotMatch(out.join("\n"), /abracadabra|verhex|pubhex/);
    const [header, ...rows] = out.map((line) => JSON.parse(line) as Json);
    assert.deepEqual(Object.keys(header), ["trace", "estate", "address", "epoch"]);
    assert.equal(header.estate, "alpha");
    const kinds = rows.map(({ kind, ours, estate }) => `${kind} ${ours} ${estate}`);
    for (const kind of ["join", "allow", "message"]) {
      assert.ok(kinds.includes(`${kind} false beta`), `${kind}: ${kinds}`);
    }
    const message = rows.find(({ messageId }) => messageId === id)!;
    assert.deepEqual(
      (message.packetList as Json[]).map(({ out, kind, flags }) => [out, kind, flags]),
      [[false, "message", ["wait"]], [true, "done", ["correspondent", "wait"]]],
    );
    assert.match(String((message.packetList as Json[])[0].head), /^ri RAET\npl [0-9a-f]{4}\n/);
    const { json } = await programs.run("alpha", ["trace", "--json", "--count", "2"]);
    assert.deepEqual(json.map((row) => row.id ?? "header").length, 3);
    const none = await programs.run("alpha", ["trace", "--estate", "bta"]);
    assert.deepEqual([none.exit, none.out], [2, []]);
    assert.match(none.err.join(), /^raet: no estate "bta" is known; did you mean beta$/);
  });

  it("are laid side by side, matched by the message's id, on one clock", async () => {
    const id = await send(JSON.stringify({ text: "x".repeat(3000) }));
    for (const estate of ["alpha", "beta"]) {
      const { json } = await programs.run(estate, [
        "trace",
        "--out",
        file(`${estate}.jsonl`),
        "--json",
      ]);
      assert.deepEqual(Object.keys(json[0]), [
        "file",
        "format",
        "transactions",
        "packets",
        "leftOut",
      ]);
    }
    const args = ["trace", "--merge", file("alpha.jsonl"), file("beta.jsonl")];
    const { exit, json } = await programs.run("alpha", [...args, "--json"]);
    assert.equal(exit, 0);
    const [head, ...rows] = json;
    assert.deepEqual([head.merge, head.a, head.b], [1, "alpha", "beta"]);
    assert.ok(Number(head.matched) >= 3, `${head.matched}`);
    const { offsetMs, errorMs } = head.clock as Json;
    // Both run on this host, by one clock.
    assert.ok(Math.abs(Number(offsetMs)) < Number(errorMs) + 20, `${offsetMs} ${errorMs}`);
    const message = rows.find(({ messageId }) => messageId === id)!;
    assert.deepEqual([message.from, message.to], ["beta", "alpha"]);
    const events = message.events as Json[];
    assert.deepEqual(new Set(events.map(({ end }) => end)), new Set(["a", "b"]));
    events.forEach(({ out, other }, i) => {
      if (out && other !== null) assert.ok(Number(other) > i, "sent before it came");
    });
    const { out } = await programs.run("alpha", args);
    assert.match(out[0], /^the clock of beta is \d+\.\d{3} ms (ahead of|behind) that of alpha/);
    assert.ok(out.some((line) => line.includes(`message ${id} from beta to alpha`)));
  });

  it("are followed until they are ended, each transaction once", async () => {
    const program = programs.start("beta", ["trace", "--follow"]);
    await said(program, program.lines, /"kind":"join"/);
    const ids = [await send("1"), await send("2")];
    for (const id of ids) await said(program, program.lines, new RegExp(id));
    program.kill("SIGINT");
    assert.equal(await program.exited, 0);
    const numbers = program.lines.slice(1).map((line) => JSON.parse(line).id);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  it("end by themselves after --count of them", async () => {
    const program = programs.start("beta", ["trace", "--follow", "--count", "4"]);
    await send("3");
    assert.equal(await program.exited, 0);
    assert.equal(program.lines.length, 5);
  });

  it("are captures that tshark reads", { skip: NO_TSHARK }, async () => {
    const id = await send("4");
    const path = file("road.pcapng");
    assert.equal((await programs.run("beta", ["trace", "--out", path])).exit, 0);
    const info = tshark(path).join("\n");
    for (const what of ["join request", "allow hello", "message message", "message done"]) {
      assert.ok(info.includes(`RAET`) && info.includes(what), what);
    }
    const [comment] = tshark(
      path,
      "-Y",
      `frame.comment contains "${id}"`,
      "-T",
      "fields",
      "-e",
      "frame.comment",
    );
    assert.equal(comment, `message ${id} from beta to alpha: done`);
  });

  it("are refused in one sentence where that can't be", async () => {
    writeFileSync(file("bad"), "not a trace");
    for (
      const [args, code, exit] of [
        [["trace", "--format", "xml"], "usage", 1],
        [["trace", "extra"], "usage", 1],
        [["trace", "--out", "/no/such/folder/x"], "usage", 1],
        [["trace", "--merge", file("bad")], "usage", 1],
        [["trace", "--merge", file("bad"), file("bad")], "bad_body", 1],
        [["trace", "--merge", file("none"), file("bad")], "usage", 1],
      ] as const
    ) assert.deepEqual(await programs.fail("alpha", args), [code, exit], args.join(" "));
  });
});
