import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Output } from "../../src/cli/output.ts";
import { drawBar, Progress } from "../../src/cli/send/progress.ts";
import { manyLine, messageLine } from "../../src/cli/send/state.ts";
import type { TransactionView } from "../../src/route/control.ts";
import { FakeManor } from "../support/fake_manor.ts";

const TO = { estate: "beta", yard: "", share: "jobs" };
const BIG = new Uint8Array(1_000_000);

/** A transaction that carries a message of ours to beta. */
function carrying(bytes: number, more: Partial<TransactionView> = {}): TransactionView {
  return {
    id: 1,
    kind: "message",
    estate: "beta",
    ours: true,
    state: "open",
    beganAt: 0,
    ms: 1,
    packets: 1,
    bytes,
    redos: 0,
    outcome: "",
    why: "",
    ...more,
  };
}

async function lineOf(rows: TransactionView[], body: Uint8Array | string = BIG): Promise<string> {
  await using yard = await new FakeManor({ transactions: { rows } }).attach();
  return await messageLine(yard, TO, body, 1500);
}

describe("the line at a terminal's foot", () => {
  it("shows a big body by the bytes of the transaction that carries it", async () => {
    assert.match(
      await lineOf([carrying(500_000)]),
      /^█{12}░{12} {2}50% {2}1000 kB to beta\/\/jobs$/,
    );
    assert.match(await lineOf([carrying(2_000_000)]), / 99% /, "never the whole before the end");
  });

  it("shows the time where there is nothing to go by", async () => {
    const others = [
      carrying(1, { estate: "gamma" }),
      carrying(1, { ours: false }),
      carrying(1, { state: "ended" }),
      carrying(1, { kind: "alive" }),
    ];
    assert.equal(await lineOf(others), "sending to beta//jobs, 1.5 s");
    assert.equal(await lineOf([carrying(10)], "small"), "sending to beta//jobs, 1.5 s");
  });

  it("shows how many of many have ended", () => {
    assert.equal(manyLine(1500, null, 3000), "1,500 messages, 500 a second");
    assert.match(manyLine(5, 10, 1000), / 50% {2}5 of 10, 5 a second$/);
  });

  it("has a bar that is never longer than full", () => {
    assert.equal(drawBar(0), `${"░".repeat(24)}   0%`);
    assert.equal(drawBar(3), `${"█".repeat(24)} 100%`);
    assert.equal(drawBar(-1), drawBar(0));
  });

  it("is not drawn any more once that is over, whoever is still asked how far it is", async () => {
    let written = "";
    const sink = { isTerminal: true, write: (text: string) => void (written += text) };
    const output = new Output({ out: sink, err: sink, json: false, env: {}, progress: true });
    const asked = Promise.withResolvers<void>();
    const told = Promise.withResolvers<string>();
    {
      using _progress = new Progress(output, () => {
        asked.resolve();
        return told.promise;
      });
      await asked.promise;
    }
    output.say("delivered");
    told.resolve("half of it");
    await sleep(10);
    assert.equal(written, "delivered\n");
  });

  it("is no longer than the terminal is wide", () => {
    let written = "";
    const sink = { isTerminal: true, columns: 12, write: (text: string) => void (written += text) };
    const output = new Output({ out: sink, err: sink, json: false, env: {}, progress: true });
    output.progress("0123456789a");
    output.progress("0123456789abc");
    output.progress("宽宽宽宽宽宽");
    assert.equal(written, "\r\x1b[K0123456789a\r\x1b[K0123456789…\r\x1b[K宽宽宽宽宽…");
  });
});
