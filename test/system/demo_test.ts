import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ChildProgram } from "../../src/io/process.ts";
import { type Json, RAET, said } from "../support/programs.ts";

describe("the demo", () => {
  let temporary = "";
  beforeEach(() => void (temporary = mkdtempSync(join(tmpdir(), "raet-demo-test-"))));
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  const start = (...args: string[]) =>
    new ChildProgram("demo", ["demo", ...args], { command: RAET, env: { TMPDIR: temporary } });

  it("shows a join, a key, messages and a timeline, and leaves nothing behind", async () => {
    const demo = start();
    assert.equal(await demo.exited, 0, demo.errorLines.join("\n"));
    const text = demo.lines.join("\n");
    const order = [
      /alpha +is a main at 127\.0\.0\.1:\d+/,
      /beta +at 127\.0\.0\.1:\d+, process \d+, asks to join/,
      /holds beta's key back/,
      /([0-9a-f]{4} ){15}[0-9a-f]{4}/,
      /accepted, joined and allowed in/,
      /worker +listens on beta\/\/jobs/,
      /\{"hello":.*delivered in/,
      /1 MB .*delivered in/,
      /join from beta .*\n(.*\n)*.*allow from beta .*\n(.*\n)*.*message to beta /,
    ];
    let at = 0;
    for (const pattern of order) {
      const found = text.slice(at).search(pattern);
      assert.ok(found >= 0, `${pattern} after ${text.slice(0, at)} in ${text}`);
      at += found;
    }
    assert.match(demo.lines.at(-1) ?? "", /^A road of your own: .* up --main/);
    assert.deepEqual(readdirSync(temporary), []);
  });

  it("says the same in JSON lines", async () => {
    const demo = start("--json");
    assert.equal(await demo.exited, 0, demo.errorLines.join("\n"));
    const steps = demo.lines.map((line) => JSON.parse(line) as Json);
    const sent = steps.filter(({ step }) => step === "sent");
    assert.deepEqual(sent.map(({ status }) => status), ["delivered", "delivered"]);
    assert.ok((sent[1].printedBytes as number) > 1_000_000);
    assert.ok(steps.some(({ step, kind }) => step === "transaction" && kind === "allow"));
    assert.equal(steps.at(-1)?.step, "done");
  });

  it("ends its processes and removes its folder when it is interrupted", async () => {
    const demo = start("--json");
    const line = await said(demo, demo.lines, /"step":"pending"/);
    assert.ok(line);
    const pids = demo.lines.map((line) => (JSON.parse(line) as Json).pid as number | undefined);
    demo.kill("SIGINT");
    assert.notEqual(await demo.exited, 0);
    assert.deepEqual(readdirSync(temporary), []);
    for (const pid of pids) {
      assert.ok(!pid || !existsSync(`/proc/${pid}`), `process ${pid} runs on`);
    }
  });
});
