import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransactionView } from "../../src/route/control.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { packetView, transactionDetail } from "../support/transactions.ts";
import { runInMemory } from "../support/world.ts";

const detail = transactionDetail([packetView(0, true, "message"), packetView(1, false, "done")]);
const { packetList: _packets, leftOut: _leftOut, ...row } = detail;
const rows: TransactionView[] = [
  { ...row, id: 11, kind: "join", ours: false, outcome: "refused", why: "by the joiner" },
  { ...row, id: 12 },
  { ...row, id: 13, kind: "alive", state: "open", outcome: "" },
  { ...row, id: 14, kind: "receipt", ours: false },
];
const manor = () => new FakeManor({ transactions: { rows }, transaction: detail });

describe("raet tx", () => {
  it("lists transactions, the latest last", async () => {
    const { out, exit } = await runInMemory(["tx"], { manor: manor() });
    const lines = out.trimEnd().split("\n");
    assert.match(lines[0], /^ID +KIND +WITH +BY +AGE +TOOK +PACKETS +REDOS +BYTES +STATE$/);
    assert.match(lines[1], /^11 +join +beta +them .* refused \(by the joiner\)$/);
    assert.match(lines[3], /^13 +alive +beta +us .* - .* open$/);
    assert.equal(exit, 0);
  });

  it("filters by words, by what is open, and by number", async () => {
    const ids = async (...args: string[]) => {
      const { out } = await runInMemory(["tx", ...args, "--json"], { manor: manor() });
      return out.trimEnd().split("\n").filter((line) => line).map((line) => JSON.parse(line).id);
    };
    assert.deepEqual(await ids("beta", "!join"), [12, 13, 14]);
    assert.deepEqual(await ids("them"), [11, 14]);
    assert.deepEqual(await ids("receipt"), [14]);
    assert.deepEqual(await ids("--open"), [13]);
    assert.deepEqual(await ids("--last", "1"), [14]);
    const { err } = await runInMemory(["tx", "gamma"], { manor: manor() });
    assert.equal(err, "none of 4 transactions fits\n");
  });

  it("draws one, by its number or the last that was sent by hand", async () => {
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

  it("refuses an option that would do nothing", async () => {
    const refusals = { "12 --open": "--open", "last --last 3": "--last", "beta --all": "--all" };
    for (const [line, option] of Object.entries(refusals)) {
      const { err, exit } = await runInMemory(["tx", ...line.split(" ")], { manor: manor() });
      assert.match(err, new RegExp(`^raet: tx takes .*${option} .*: expected `), line);
      assert.equal(exit, 1);
    }
    const { exit } = await runInMemory(["tx", "12", "--all"], { manor: manor() });
    assert.equal(exit, 0);
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
    const brief = await runInMemory(["watch", "--for", "0.001"], { manor: manor() });
    assert.equal(brief.exit, 0);
    const wrong = await runInMemory(["watch", "transaction"], { manor: manor() });
    assert.match(wrong.err, /^raet: "transaction" is no topic: did you mean transactions\?/);
    assert.equal(wrong.exit, 1);
    const kind = await runInMemory(["watch", "message"], { manor: manor() });
    assert.match(kind.err, /^raet: "message" is no topic: did you mean messages\? As a filter it/);
  });
});

describe("a word of raet watch that is no topic", () => {
  const noteOn = async (...words: string[]) => {
    const args = ["watch", ...words, "--for", "0.05"];
    const { err, exit } = await runInMemory(args, { manor: manor() });
    assert.equal(exit, 0);
    return err.split("\n")[0];
  };

  it("is said if it fits nothing that is known", async () => {
    assert.match(
      await noteOn("nosuch"),
      /^note: "nosuch" is no topic \(presence, .*\), and nothing known fits it as a filter of presence/,
    );
    assert.match(await noteOn("transactions", "jobs"), /^note: "jobs" is no topic/);
  });

  it("is a filter without a word if it fits something", async () => {
    assert.equal(await noteOn("beta"), "watching presence transactions beta");
    assert.equal(await noteOn("messages", "jobs"), "watching messages jobs");
    assert.equal(await noteOn("nosuch*"), "watching presence transactions nosuch*");
  });
});

describe("raet trace", () => {
  it("says that there is no such estate, with one that is near", async () => {
    const said = async (estate: string) => {
      const { err, exit, out } = await runInMemory(["trace", "--estate", estate], {
        manor: manor(),
      });
      assert.equal(out, "");
      return [exit, err];
    };
    assert.deepEqual(await said("nobody"), [2, 'raet: no estate "nobody" is known\n']);
    assert.deepEqual(await said("bata"), [
      2,
      'raet: no estate "bata" is known; did you mean beta\n',
    ]);
    assert.match(`${await said("alpha")}`, /^2,raet: estate "alpha" is this one: expected /);
    assert.equal((await runInMemory(["trace", "--estate", "beta"], { manor: manor() })).exit, 0);
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
