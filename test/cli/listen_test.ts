import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { COPIES_WAITING_MAX } from "../../src/base/limits.ts";
import type { Value } from "../../src/base/value.ts";
import type { Envelope } from "../../src/route/envelope.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { type Ran, runInMemory } from "../support/world.ts";

type Given = [payload: Value, more?: Partial<Envelope>];

/** Runs `listen jobs` while these messages come. */
async function listen(args: string[], given: Given[], terminal = false): Promise<Ran> {
  const manor = new FakeManor();
  const running = runInMemory(["listen", "jobs", ...args], {
    manor,
    terminal,
    env: { NO_COLOR: "1" },
  });
  while (!manor.calls.some(({ verb }) => verb === "claim")) await sleep(1);
  await sleep(5);
  for (const [payload, more] of given) manor.deliver("jobs", payload, more);
  return await running;
}

const bytes = new Uint8Array([104, 105, 0, 255]);

describe("raet listen", () => {
  it("prints bodies alone with --raw: text with a line's end, bytes as they are, all else as JSON", async () => {
    const given: Given[] = [["text"], ["line\n"], [bytes], [{ a: 1 }], [null]];
    const { exit, out } = await listen(["--raw", "--count", "5"], given);
    assert.deepEqual([exit, out], [0, 'text\nline\nhi\0\xff{"a":1}\nnull\n']);
  });

  it("shows a terminal no controls and no bytes, also with --raw", async () => {
    const { out } = await listen(["--raw", "--count", "2"], [["a\x1b[2J\nb"], [bytes]], true);
    assert.equal(out, 'a\\x1b[2J\nb\n{"$bytes":"aGkA/w=="}\n');
  });

  it("shows with --json the type and that an answer is awaited, where that is so", async () => {
    const given: Given[] = [[1], [2, { type: "report", job: "a".repeat(32) }]];
    const { out } = await listen(["--json", "--count", "2"], given);
    const [plain, asking] = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(Object.keys(plain), ["from", "to", "id", "body"]);
    assert.deepEqual([asking.type, asking.asks, asking.from], ["report", true, [
      "beta",
      "worker",
      "inbox",
    ]]);
  });

  it("ends at one signal where its manor went away before it noted the last message's end", async () => {
    const manor = new FakeManor();
    const end = new AbortController();
    const args = ["listen", "jobs", "--count", "1", "--raw"];
    const running = runInMemory(args, { manor, signal: end.signal });
    while (!manor.calls.some(({ verb }) => verb === "claim")) await sleep(1);
    await sleep(5);
    manor.isAway = true;
    manor.deliver("jobs", "last", { durable: true });
    while (manor.missed === 0) await sleep(1);
    end.abort();
    const { exit, out, err } = await running;
    assert.deepEqual([exit, out], [0, "last\n"]);
    assert.match(err, /may come again/);
  });

  it("ends after quiet with --idle, which each message begins anew", async () => {
    const manor = new FakeManor();
    const began = performance.now();
    const running = runInMemory(["listen", "jobs", "--idle", "0.1", "--raw"], { manor });
    while (!manor.calls.some(({ verb }) => verb === "claim")) await sleep(1);
    for (let n = 0; n < 4; n++) {
      await sleep(40);
      manor.deliver("jobs", n);
    }
    const { exit, out } = await running;
    assert.deepEqual([exit, out], [0, "0\n1\n2\n3\n"]);
    assert.ok(performance.now() - began >= 250);
  });

  it("leaves out of its copies what comes from elsewhere", async () => {
    const from = (estate: string): Partial<Envelope> => ({
      source: { estate, yard: "w", share: "" },
      wants: false,
    });
    const given: Given[] = [[1, from("web1")], [2, from("db")], [3, from("web2")], [
      4,
      from("web3"),
    ]];
    const args = ["--all", "--raw", "--from", "web*", "--not-from", "web2", "--count", "2"];
    assert.equal((await listen(args, given)).out, "1\n4\n");
  });

  it("says at the end how many copies it left out", async () => {
    // One is taken at once, and so many wait.
    const given = Array.from(
      { length: COPIES_WAITING_MAX + 4 },
      (_, n): Given => [n, { wants: false }],
    );
    const args = ["--all", "--raw", "--count", String(COPIES_WAITING_MAX + 1)];
    const { out, err } = await listen(args, given);
    assert.equal(out.trimEnd().split("\n").at(-1), String(COPIES_WAITING_MAX));
    assert.match(err, /^3 left out: they came faster than they were taken$/m);
  });

  it("refuses what would lose messages, or can't be", async () => {
    const cases = [
      ["--from", "web*"],
      ["--not-from", "web*"],
      ["--raw", "--json"],
      ["--all", "--from", "a/b"],
      ["--idle", "0"],
    ];
    for (const args of cases) {
      const { exit } = await runInMemory(["listen", "jobs", ...args], { manor: new FakeManor() });
      assert.equal(exit, 1, args.join(" "));
    }
  });
});
