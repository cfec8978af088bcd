import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionView } from "../../src/route/control.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { packetView, transactionDetail } from "../support/transactions.ts";
import { runInMemory } from "../support/world.ts";

const detail = transactionDetail([packetView(0, true, "message"), packetView(1, false, "done")]);
const { packetList: _packets, leftOut: _leftOut, ...row } = detail;
const rows: TransactionView[] = [
  { ...row, id: 11, kind: "join", ours: false, outcome: "joined" },
  { ...row, id: 12 },
  { ...row, id: 13, kind: "alive", state: "open", outcome: "" },
];
const manor = () => new FakeManor({ transactions: { rows }, transaction: detail });

describe("raet tx", () => {
  it("lists transactions, the latest last", async () => {
    const { out, exit } = await runInMemory(["tx"], { manor: manor() });
    const lines = out.trimEnd().split("\n");
    assert.match(lines[0], /^ID +KIND +WITH +BY +AGE +TOOK +PACKETS +REDOS +BYTES +STATE$/);
    assert.match(lines[1], /^11 +join +beta +them .* joined$/);
    assert.match(lines[3], /^13 +alive +beta +us .* - .* open$/);
    assert.equal(exit, 0);
  });

  it("filters by words, by what is open, and by number", async () => {
    const ids = async (...args: string[]) => {
      const { out } = await runInMemory(["tx", ...args, "--json"], { manor: manor() });
      return out.trimEnd().split("\n").filter((line) => line).map((line) => JSON.parse(line).id);
    };
    assert.deepEqual(await ids("beta", "!join"), [12, 13]);
    assert.deepEqual(await ids("them"), [11]);
    assert.deepEqual(await ids("--open"), [13]);
    assert.deepEqual(await ids("--last", "1"), [13]);
    const { err } = await runInMemory(["tx", "gamma"], { manor: manor() });
    assert.equal(err, "none of 3 transactions fits\n");
  });

  it("draws one, by its number or the last that is no alive", async () => {
    for (const which of ["12", "#12", "last"]) {
      const fake = manor();
      const { out } = await runInMemory(["tx", which], { manor: fake });
      assert.match(
        out,
        /^#12 message to beta at .*\n(.*\n)*.*├── message ─+▶│(.*\n)*.*ended: done/,
      );
      assert.deepEqual(fake.calls.find(({ verb }) => verb === "transaction")?.args, { id: 12 });
    }
  });

  it("gives one as JSON with the heads of its packets", async () => {
    const { out } = await runInMemory(["tx", "12", "--json"], { manor: manor() });
    const { packetList, transactionId } = JSON.parse(out);
    assert.equal(transactionId, 17);
    assert.deepEqual(packetList[0].head, { $bytes: "AQ==" });
  });
});

describe("raet watch", () => {
  it("prints what fits as it happens, and ends after a count", async () => {
    const fake = manor();
    const running = runInMemory(["watch", "presence", "gamma", "--count", "2", "--json"], {
      manor: fake,
    });
    while (!fake.calls.some(({ verb }) => verb === "watch")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const estate of ["beta", "gamma", "gamma2"]) {
      fake.tell({ topic: "presence", at: 5, event: "lost", estate, message: "" });
    }
    const { out, exit } = await running;
    const estates = out.trimEnd().split("\n").map((line) => JSON.parse(line).estate);
    assert.deepEqual(estates, ["gamma", "gamma2"]);
    assert.equal(exit, 0);
    assert.deepEqual(fake.calls.find(({ verb }) => verb === "watch")?.args, {
      topics: ["presence"],
    });
  });

  it("ends after a time, and refuses a topic that is mistyped", async () => {
    const { exit, err } = await runInMemory(["watch", "--for", "0.05"], { manor: manor() });
    assert.deepEqual([exit, err], [0, "watching presence transactions\n"]);
    const wrong = await runInMemory(["watch", "transaction"], { manor: manor() });
    assert.match(wrong.err, /^raet: "transaction" is no topic: did you mean transactions\?/);
    assert.equal(wrong.exit, 1);
  });
});

describe("raet top", () => {
  it("gives samples as JSON", async () => {
    const args = ["top", "--json", "--count", "2", "--interval", "0.02"];
    const { out } = await runInMemory(args, { manor: manor() });
    const samples = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(samples.length, 2);
    assert.equal(samples[0].estate, "alpha");
    assert.deepEqual(
      [samples[0].estates[0].name, samples[0].estates[0].messagesPerSecond],
      ["beta", 0],
    );
  });
});
