import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { RaetError } from "../../src/base/errors.ts";
import { attach } from "../../src/client/attach.ts";
import type { Listener } from "../../src/client/listener.ts";
import type { Message } from "../../src/client/message.ts";
import { Neighbourhood } from "../support/manors.ts";

async function take(listener: Listener, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const { value, done } = await listener.next();
    if (done) break;
    messages.push(value);
  }
  return messages;
}

function failsWith(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RaetError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

describe("two manors that joined", () => {
  it("carry a message from a process of one to a process of the other, and tell its sender", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const worker = await here.attach(beta, "worker1");
    const jobs = await worker.listen("jobs");
    const delivery = sender.send("beta//jobs", { run: "backup", key: new Uint8Array([1, 2]) });
    const [message] = await take(jobs, 1);
    assert.deepEqual(message.body, { run: "backup", key: new Uint8Array([1, 2]) });
    assert.deepEqual(message.from, { estate: "alpha", yard: sender.name, share: "inbox" });
    assert.deepEqual(message.to, { estate: "beta", yard: "manor", share: "jobs" });
    const outcome = await delivery.outcome;
    assert.equal(outcome.status, "delivered");
    assert.equal(outcome.id, message.id);
  });

  it("carry bodies that are no maps, and megabytes", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(beta);
    const worker = await here.attach(alpha);
    const inbox = await worker.listen("inbox");
    const large = new Uint8Array(3_000_000).map((_, i) => i * 31);
    for (const body of [null, 42, "text", [1, [2]], large, {}]) {
      const delivery = sender.send("alpha//", body);
      const [message] = await take(inbox, 1);
      assert.deepEqual(message.body, body);
      assert.equal((await delivery.outcome).status, "delivered");
    }
  });

  it("carry a message to a yard by its name, past the manor's shares", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const worker = await here.attach(beta, "worker1");
    const own = await worker.listen("own", { claim: false });
    const delivery = sender.send("beta/worker1/own", 1);
    assert.equal((await take(own, 1))[0].body, 1);
    assert.equal((await delivery.outcome).status, "delivered");
    const missed = await sender.send("beta/worker1/other", 1).outcome;
    assert.equal("code" in missed && missed.code, "no_share");
  });

  it("answer each message that can't be delivered with its code", async () => {
    await using here = new Neighbourhood();
    const [alpha] = await here.pair();
    const sender = await here.attach(alpha);
    for (
      const [route, code] of [
        ["gamma//jobs", "no_estate"],
        ["beta/nobody/jobs", "no_yard"],
        ["beta//nothing", "no_share"],
        ["beta//.control", "denied"],
        ["//nothing", "no_share"],
        ["/nobody/", "no_yard"],
      ]
    ) {
      const outcome = await sender.send(route, {}).outcome;
      assert.equal("code" in outcome && outcome.code, code, `${route}: ${JSON.stringify(outcome)}`);
    }
    assert.throws(() => sender.send("beta/jobs", {}), failsWith("bad_route"));
    assert.throws(() => sender.send("beta//jobs", { raet: 1 }), failsWith("bad_body"));
    await assert.rejects(sender.send("gamma//x", {}).orThrow(), failsWith("no_estate"));
  });

  it("expire what nobody takes, and tell so", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const outcome = await sender.send("beta//inbox", {}, { timeoutMs: 200 }).outcome;
    assert.equal("code" in outcome && outcome.code, "expired");
    const worker = await here.attach(beta);
    const inbox = await worker.listen("inbox");
    const late = sender.send("beta//inbox", "in time");
    assert.equal((await take(inbox, 1))[0].body, "in time");
    await late.orThrow();
  });

  it("give a claimant's work to the next when it leaves", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const first = await here.attach(beta);
    const second = await here.attach(beta);
    const one = await first.listen("jobs");
    const two = await second.listen("jobs");
    const deliveries = Array.from({ length: 10 }, (_, n) => sender.send("beta//jobs", n));
    const taken = await take(one, 2);
    await first.close();
    const rest = await take(two, 8);
    const bodies = [...taken, ...rest].map(({ body }) => body as number).sort((a, b) => a - b);
    assert.deepEqual(bodies, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const delivery of deliveries) assert.equal((await delivery.outcome).status, "delivered");
  });
});

describe("a key that waits for acceptance", () => {
  it("holds messages back with refused, until the operator accepts it by fingerprint", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const beta = await here.open("beta", { join: [alpha.manor.address] });
    await alpha.until((event) => event.event === "pending");
    await beta.until((event) => event.event === "pending");
    const operator = await here.attach(alpha);
    const sender = await here.attach(beta);
    const there = await sender.send("alpha//inbox", {}).outcome;
    assert.equal("code" in there && there.code, "refused");
    const back = await operator.send("beta//inbox", {}).outcome;
    assert.equal("code" in back && back.code, "refused");

    const { rows } = await sender.control("keys", {});
    const own = rows.find((key) => key.acceptance === "own")!;
    const accepted = await operator.control("accept", { name: own.fingerprint });
    assert.deepEqual(accepted.estates, ["beta"]);
    await beta.until((event) => event.event === "allowed");
    const inbox = await operator.listen("inbox");
    const delivery = sender.send("alpha//inbox", "now");
    assert.equal((await take(inbox, 1))[0].body, "now");
    assert.equal((await delivery.outcome).status, "delivered");
  });

  it("is said to be whose it is, whichever of the two is a main", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const beta = await here.open("beta", { main: true, join: [alpha.manor.address] });
    const gamma = await here.open("gamma", { auto: "never", join: [alpha.manor.address] });
    for (const { until } of [alpha, beta, gamma]) await until(({ event }) => event === "pending");
    await (await here.attach(alpha)).control("accept", { name: "gamma" });
    await gamma.until(() => gamma.events.filter(({ event }) => event === "pending").length === 2);
    const ours = /^the key of estate "\w+" waits for acceptance: raet keys accept \w+$/;
    const theirs = /^no estate "alpha" is known; a join with \S+ waits for acceptance there$/;
    const whys = [[alpha, "beta", ours], [beta, "alpha", theirs], [gamma, "alpha", ours]] as const;
    for (const [from, to, why] of whys) {
      const outcome = await (await here.attach(from)).send(`${to}//inbox`, {}).outcome;
      assert.match("message" in outcome ? outcome.message : "", why);
    }
  });

  it("ends sessions when it is rejected", async () => {
    await using here = new Neighbourhood();
    const [alpha] = await here.pair();
    const operator = await here.attach(alpha);
    await operator.control("reject", { name: "beta" });
    const outcome = await operator.send("beta//inbox", {}).outcome;
    assert.equal("code" in outcome && outcome.code, "rejected");
    await assert.rejects(operator.control("accept", { name: "nobody" }), failsWith("no_key"));
  });
});

describe("a key that was deleted", () => {
  it("is asked for anew where its estate was told to be joined", async () => {
    await using here = new Neighbourhood();
    const [, beta] = await here.pair();
    const operator = await here.attach(beta);
    const joins = () => beta.events.filter(({ event }) => event === "joined").length;
    assert.equal(joins(), 1);
    await operator.control("delete", { name: "alpha" });
    await beta.until(() => joins() === 2);
    assert.equal((await operator.control("keys", {})).rows[1].role, "alpha");
  });
});

describe("a manor", () => {
  it("comes back with its name, port and keys, and is joined again by itself", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const { address } = beta.manor;
    await beta.manor.close();
    const again = await here.open("beta", { home: beta.home, listen: undefined, name: undefined });
    assert.deepEqual(again.manor.address, address);
    await again.until((event) => event.event === "allowed");
    const sender = await here.attach(alpha);
    const worker = await here.attach(again);
    const jobs = await worker.listen("jobs");
    const delivery = sender.send("beta//jobs", 1);
    await take(jobs, 1);
    assert.equal((await delivery.outcome).status, "delivered");
  });

  it("keeps its name, role, port, kind and main flag, and says so to a start with others", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    await alpha.manor.close();
    const { port } = alpha.manor.address;
    for (
      const other of [
        { name: "beta" },
        { role: "other" },
        { main: false },
        { kind: 7 },
        { listen: { host: "127.0.0.1", port: port === 1 ? 2 : port - 1 } },
      ]
    ) {
      const options = { name: undefined, listen: undefined, ...other };
      await assert.rejects(here.open("alpha", options), failsWith("bad_config"));
    }
    await here.open("alpha", { main: true });
  });

  it("is the only one of its home", async () => {
    await using here = new Neighbourhood();
    await here.open("alpha");
    await assert.rejects(here.open("alpha"), failsWith("home_in_use"));
  });

  it("leaves nothing in the lane when it stops, and its files to nobody else", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const { home } = alpha;
    assert.equal(statSync(home).mode & 0o777, 0o700);
    const files = readdirSync(join(home, "keep"), { recursive: true, withFileTypes: true });
    for (const file of files) {
      const mode = statSync(join(file.parentPath, file.name)).mode & 0o777;
      assert.equal(mode, file.isDirectory() ? 0o700 : 0o600, file.name);
    }
    await alpha.manor.close();
    assert.equal(existsSync(join(home, "lane")), false);
    await assert.rejects(attach({ home }), failsWith("no_manor"));
  });

  it("gives what is under way its outcome before it goes, and takes on nothing new", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const sender = await here.attach(alpha);
    const held = sender.send("beta//inbox", {});
    await held.taken;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await alpha.manor.close(100);
    assert.equal((await held.outcome).status, "outcome_unknown");
    const late = await sender.send("beta//inbox", {}).outcome;
    assert.equal("code" in late && late.code, "no_manor");
    await beta.manor.close(0);
  });

  it("finds its processes again after a restart: they claim anew what they claimed", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const worker = await here.attach(alpha);
    const jobs = await worker.listen("jobs");
    const seen: string[] = [];
    worker.onManor((state) => seen.push(state));
    await alpha.manor.close(0);
    const again = await here.open("alpha");
    const sender = await here.attach(again);
    const deadline = performance.now() + 10_000;
    while (!seen.includes("back") && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(seen, ["gone", "back"]);
    const delivery = sender.send("//jobs", "again");
    assert.equal((await take(jobs, 1))[0].body, "again");
    assert.equal((await delivery.outcome).status, "delivered");
  });

  it("gives its processes what comes for them before they know that it was started again", async () => {
    await using here = new Neighbourhood();
    const first = await here.open("alpha");
    const worker = await here.attach(first, "worker");
    const [jobs, own] = [await worker.listen("jobs"), await worker.listen("own")];
    await first.manor.close(0);
    const { manor } = await here.open("alpha");
    await using sender = await attach({ manor });
    const bytes = new Uint8Array([1, 2, 3]);
    const deliveries = [sender.send("//jobs", bytes), sender.send("/worker/own", bytes)];
    const taken = [jobs, own].map((listener) => take(listener, 1));
    for (const { outcome } of deliveries) assert.equal((await outcome).status, "delivered");
    for (const [message] of await Promise.all(taken)) assert.deepEqual(message.body, bytes);
  });

  it("serves yards in its own process as it serves those on the lane", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    await using inside = await attach({ manor: alpha.manor, yard: "inside" });
    await using outside = await attach({ manor: beta.manor });
    const jobs = await inside.listen("jobs");
    const delivery = outside.send("alpha//jobs", "x");
    assert.equal((await take(jobs, 1))[0].body, "x");
    assert.equal((await delivery.outcome).status, "delivered");
    assert.throws(() => alpha.manor.link("inside"), failsWith("usage"));
  });

  it("shows its watchers transactions as they begin and end", async () => {
    await using here = new Neighbourhood();
    const [alpha] = await here.pair();
    const operator = await here.attach(alpha);
    const events = await operator.watch(["transactions"]);
    const sent = operator.send("beta//inbox", {}, { timeoutMs: 100 });
    for await (const event of events) {
      assert.equal(event.topic, "transactions");
      if (event.event !== "ended" || event.transaction.kind !== "message") continue;
      assert.equal(event.transaction.ours, true);
      assert.equal(event.transaction.estate, "beta");
      break;
    }
    await sent.outcome;
    const { rows } = await operator.control("transactions", {});
    assert.ok(rows.some((row) => row.kind === "join" && row.state === "ended"));
  });

  it("checks control calls where they are carried out", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const yard = await here.attach(alpha);
    const wrong = yard as unknown as { control(verb: string, args: unknown): Promise<unknown> };
    await assert.rejects(wrong.control("shutdown", {}), failsWith("usage"));
    await assert.rejects(wrong.control("claim", { share: "a/b" }), failsWith("usage"));
    await assert.rejects(wrong.control("claim", { share: ".control" }), failsWith("usage"));
    await assert.rejects(wrong.control("accept", {}), failsWith("usage"));
    await assert.rejects(wrong.control("watch", { topics: ["everything"] }), failsWith("usage"));
  });
});
