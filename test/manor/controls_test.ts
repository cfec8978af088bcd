import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import type { CarriedKey, WatchEvent } from "../../src/route/control.ts";
import { Neighbourhood } from "../support/manors.ts";

function failsWith(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof RaetError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

describe("a ping", () => {
  it("measures a round trip on the road, for several at once", async () => {
    await using here = new Neighbourhood();
    const [alpha] = await here.pair();
    const yard = await here.attach(alpha);
    const ping = () => yard.control("ping", { estate: "beta", timeoutMs: 5000 });
    const answers = [...await Promise.all([ping(), ping(), ping()]), await ping()];
    for (const { ms } of answers) assert.ok(ms > 0 && ms < 5000, `${ms}`);
    const { rows } = await yard.control("transactions", {});
    assert.ok(rows.some(({ kind, ours }) => kind === "alive" && ours));
  });

  it("says in one sentence why there is no answer", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const yard = await here.attach(alpha);
    await assert.rejects(
      yard.control("ping", { estate: "gamma", timeoutMs: 1000 }),
      failsWith("no_estate", /^no estate "gamma" is known/),
    );
    await beta.manor.close(0);
    await assert.rejects(
      yard.control("ping", { estate: "beta", timeoutMs: 300 }),
      failsWith("expired", /^estate "beta" gave no answer within 300 ms: expected one$/),
    );
  });

  it("is refused while a key waits for acceptance", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const beta = await here.open("beta", { join: [alpha.manor.address] });
    await alpha.until((event) => event.event === "pending");
    await beta.until((event) => event.event === "pending");
    const yard = await here.attach(alpha);
    await assert.rejects(
      yard.control("ping", { estate: "beta", timeoutMs: 1000 }),
      failsWith("refused", /^the key of estate "beta" waits for acceptance/),
    );
  });
});

describe("the topic messages", () => {
  it("tells of each message that is taken on from a process and given to one", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha, "near");
    const worker = await here.attach(beta, "far");
    const nearEvents = await sender.watch(["messages"]);
    const farEvents = await worker.watch(["messages"]);
    const jobs = await worker.listen("jobs");
    const delivery = sender.send("beta//jobs", { n: 1 }, { type: "job" });
    for await (const _ of jobs) break;
    await delivery.orThrow();
    const { at: _at, ...near } = await next(nearEvents);
    const { at: _later, ...far } = await next(farEvents);
    const about = {
      topic: "messages",
      id: delivery.id,
      from: "alpha/near/inbox",
      to: "beta/manor/jobs",
      type: "job",
    };
    assert.deepEqual(near, { ...about, event: "sent" });
    assert.deepEqual(far, { ...about, event: "received" });
  });
});

describe("the list of yards", () => {
  it("has a process until it takes leave, and never as one that knows no receipts", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const watcher = await here.attach(alpha, "watcher");
    const worker = await here.attach(alpha, "worker");
    const row = async () =>
      (await watcher.control("yards", {})).rows.find(({ name }) => name === "worker");
    assert.equal((await row())?.ours, true);
    await worker.close();
    for (let seen = await row(); seen !== undefined; seen = await row()) assert.ok(seen.ours);
    await here.attach(alpha, "worker");
    assert.equal((await row())?.ours, true);
  });
});

describe("the counters of an estate", () => {
  it("grow with the messages and bytes of each way", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const worker = await here.attach(beta);
    const jobs = await worker.listen("jobs");
    const before = (await sender.control("estates", {})).rows[0];
    const delivery = sender.send("beta//jobs", { text: "x".repeat(5000) });
    for await (const _ of jobs) break;
    await delivery.orThrow();
    const after = (await sender.control("estates", {})).rows[0];
    assert.equal(after.messagesSent - before.messagesSent, 1);
    assert.ok(after.messagesReceived > before.messagesReceived, "its receipt");
    assert.ok(after.bytesSent - before.bytesSent > 5000);
    assert.ok(after.bytesReceived > before.bytesReceived);
  });
});

async function next(events: AsyncIterable<WatchEvent>): Promise<WatchEvent> {
  for await (const event of events) return event;
  throw new Error("the watch ended");
}

describe("the transactions of a manor", () => {
  it("are told packet by packet, with the message's id at both ends, and nothing of its body", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const worker = await here.attach(beta);
    const jobs = await worker.listen("jobs");
    const delivery = sender.send("beta//jobs", { word: "abracadabra", pad: "x".repeat(4800) });
    for await (const _ of jobs) break;
    await delivery.orThrow();
    for (const [yard, ours, kinds] of [[sender, true, "out"], [worker, false, "in"]] as const) {
      const { rows } = await yard.control("trace", { after: 0, limit: 1000 });
      const row = rows.find(({ messageId }) => messageId === delivery.id)!;
      assert.equal(row.ours, ours);
      assert.equal(row.state, "ended");
      assert.equal(row.packetList.length + row.leftOut, row.packets);
      assert.equal(row.packetList.reduce((sum, { bytes }) => sum + bytes, 0), row.bytes);
      const segments = row.packetList.filter(({ kind }) => kind === "message");
      assert.deepEqual(segments.map(({ segment }) => segment), [0, 1, 2, 3, 4, 5]);
      assert.ok(
        segments.every(({ out, flags }) =>
          out === (kinds === "out") && flags.includes("segmented")
        ),
      );
      assert.ok(Math.abs(Date.now() - row.beganAt) < 10_000);
      const heads = rows.flatMap(({ packetList }) => packetList.map(({ head }) => head));
      for (const head of heads) {
        assert.ok(head.length <= 255);
        assert.doesNotMatch(String.fromCharCode(...head), /abra|xxx|verhex/);
      }
      assert.deepEqual(await yard.control("transaction", { id: row.id }), row);
      const later = await yard.control("trace", { after: row.id, limit: 1000 });
      assert.ok(later.rows.every(({ id }) => id > row.id));
    }
    await assert.rejects(
      sender.control("transaction", { id: 999_999 }),
      failsWith("usage", /^no transaction 999999 is remembered/),
    );
  });

  it("that carry receipts only are of a kind of their own, at both ends", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const [sender, worker] = [await here.attach(alpha), await here.attach(beta)];
    const events = await worker.watch(["transactions"]);
    const jobs = await worker.listen("jobs");
    const delivery = sender.send("beta//jobs", 1);
    for await (const _ of jobs) break;
    await delivery.orThrow();
    for (const [yard, ours] of [[sender, false], [worker, true]] as const) {
      for (;;) {
        const { rows } = await yard.control("transactions", {});
        const [message, receipt, ...more] = rows
          .filter(({ kind }) => kind === "message" || kind === "receipt");
        if (receipt?.state !== "ended") continue; // its done is still on the way
        assert.deepEqual([message.kind, message.ours, message.outcome], ["message", !ours, "done"]);
        assert.deepEqual([receipt.kind, receipt.ours, receipt.outcome], ["receipt", ours, "done"]);
        assert.deepEqual(more, []);
        break;
      }
    }
    for await (const event of events) {
      if (!("transaction" in event) || event.transaction.kind !== "receipt") continue;
      assert.ok(event.transaction.ours);
      if (event.event === "ended") break;
    }
  });

  it("are shown while they are open, and watched from their begin", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const yard = await here.attach(alpha);
    const events = await yard.watch(["transactions"]);
    await beta.manor.close(0);
    const ping = yard.control("ping", { estate: "beta", timeoutMs: 1000 }).catch(() => {});
    for await (const event of events) {
      if (!("transaction" in event) || event.transaction.kind !== "alive") continue;
      if (event.event !== "began" || !event.transaction.ours) continue;
      const { rows } = await yard.control("transactions", {});
      const open = rows.find(({ id }) => id === event.transaction.id)!;
      assert.deepEqual([open.kind, open.state, open.outcome], ["alive", "open", ""]);
      const { packetList } = await yard.control("transaction", { id: open.id });
      assert.equal(packetList[0].kind, "request");
      break;
    }
    await ping;
  });
});

describe("a key whose role a stranger called like the fingerprint of another one", () => {
  it("is taken over, accepted and rejected by its own, and that is answered", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    await using yard = await here.attach(alpha);
    const carried = (role: string, digit: string): CarriedKey => {
      const [verhex, pubhex] = [digit.repeat(64), (digit + "0").repeat(32)];
      return { role, acceptance: "pending", verhex, pubhex };
    };
    const printOf = async (role: string) =>
      (await yard.control("keys", {})).rows.find((row) => row.role === role)!.fingerprint;
    await yard.control("import", { keys: [carried("db", "1")] });
    const role = (await printOf("db")).slice(0, 12);
    const { rows } = await yard.control("import", { keys: [carried(role, "2")] });
    assert.deepEqual(rows.map(({ result }) => result), ["added"]);
    const name = await printOf(role);
    for (const verb of ["accept", "reject"] as const) {
      const key = await yard.control(verb, { name });
      assert.deepEqual([key.role, key.acceptance], [role, `${verb}ed`]);
    }
  });
});

describe("our own key", () => {
  it("is nobody's to judge, and that is said", async () => {
    await using here = new Neighbourhood();
    const [alpha] = await here.pair();
    const yard = await here.attach(alpha);
    const { rows } = await yard.control("keys", {});
    const own = rows.find(({ acceptance }) => acceptance === "own")!;
    for (const name of ["alpha", own.fingerprint, own.fingerprint.slice(0, 8)]) {
      for (const verb of ["accept", "reject", "delete"] as const) {
        await assert.rejects(
          yard.control(verb, { name }),
          failsWith("usage", /is this estate's own key, which stays/),
        );
      }
    }
    await assert.rejects(
      yard.control("delete", { name: "nobody" }),
      failsWith("no_key", /^no key/),
    );
    const beta = rows.find(({ role }) => role === "beta")!;
    const begin = beta.fingerprint.slice(0, 12);
    await assert.rejects(
      yard.control("accept", { name: begin }),
      failsWith("usage", /only the beginning of a fingerprint/),
    );
    assert.equal((await yard.control("accept", { name: beta.fingerprint })).role, "beta");
    assert.equal((await yard.control("reject", { name: begin })).acceptance, "rejected");
  });
});
