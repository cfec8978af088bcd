import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attach } from "../../src/client/attach.ts";
import type { Answer } from "../../src/client/answer.ts";
import type { Listener } from "../../src/client/listener.ts";
import { BareYard } from "../support/bare_yard.ts";
import { Neighbourhood } from "../support/manors.ts";

/** Answers what comes on a share with twice the number, and what is no number with an error. */
async function doubler(listener: Listener): Promise<void> {
  for await (const message of listener) {
    if (typeof message.body === "number") message.answer(message.body * 2);
    else message.fail("no_number", `${JSON.stringify(message.body)} is no number`);
  }
}

const bodyOf = (answer: Answer) => answer.status === "answered" ? answer.body : answer;

describe("a request between two manors", () => {
  it("is answered by the process that took it, or with its error", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const asker = await here.attach(alpha);
    const worker = await here.attach(beta, "worker");
    doubler(await worker.listen("double"));
    for (const route of ["beta//double", "beta/worker/double"]) {
      const answer = await asker.ask(route, 21);
      assert.deepEqual(bodyOf(answer), 42);
      const from = { estate: "beta", yard: "worker", share: "inbox" };
      assert.deepEqual(answer.status === "answered" && answer.from, from);
    }
    const failed = await asker.ask("beta//double", "x");
    assert.ok(failed.status === "error");
    assert.deepEqual([failed.code, failed.message], ["no_number", '"x" is no number']);
    const none = await asker.ask("beta//nothing", 1);
    assert.equal(none.status === "failed" && none.code, "no_share");
  });

  it("is answered on its own host, also by a process inside the manor", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const asker = await here.attach(alpha);
    const inside = await attach({ manor: alpha.manor, yard: "inside" });
    doubler(await inside.listen("double"));
    assert.equal(bodyOf(await asker.ask("//double", 4)), 8);
    assert.equal(bodyOf(await inside.ask("/inside/double", 5)), 10);
    await inside.close();
  });

  it("keeps hundreds apart that are under way at once", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const asker = await here.attach(alpha);
    for (const name of ["one", "two"]) {
      doubler(await (await here.attach(beta, name)).listen("double"));
    }
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => asker.ask("beta//double", n)));
    assert.deepEqual(answers.map(bodyOf), numbers.map((n) => 2 * n));
  });

  it("is seen by an observer without what it takes to answer it", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true });
    const asker = await here.attach(alpha);
    const copies = await (await here.attach(alpha)).listen("jobs", { observe: true });
    const jobs = await (await here.attach(alpha)).listen("jobs");
    const asked = asker.ask("//jobs", 1);
    const [{ value: copy }, { value: request }] = await Promise.all([copies.next(), jobs.next()]);
    assert.deepEqual([copy.id, copy.asks], [request.id, false]);
    assert.throws(() => copy.answer("forged"), { code: "usage" });
    request.answer("true");
    assert.equal(bodyOf(await asked), "true");
  });

  it("can't be answered by another estate, though that knows the job", async () => {
    await using here = new Neighbourhood();
    const [alpha, beta] = await here.pair();
    const gamma = await here.open("gamma", { join: [alpha.manor.address] });
    await gamma.until((event) => event.event === "allowed");
    const asker = await here.attach(alpha);
    const claimant = new BareYard(beta.manor.link("claimant"));
    const thief = new BareYard(gamma.manor.link("thief"));
    await claimant.attach();
    await thief.attach();
    await claimant.control("claim", { share: "jobs", observe: false });
    const asked = asker.ask("beta//jobs", 1);
    const { job } = await claimant.got((envelope) => envelope.job !== "");
    const destination = { estate: "alpha", yard: asker.name, share: "" };
    const reply = { status: "answered" } as const;
    const forged = await thief.send({ destination, job, reply, payload: "forged" });
    assert.equal(forged?.status === "failed" && forged.code, "denied");
    const honest = await claimant.send({ destination, job, reply, payload: "true" });
    assert.equal(honest?.status, "delivered");
    assert.equal(bodyOf(await asked), "true");
  });
});
