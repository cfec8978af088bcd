import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { type Answer, answerBody } from "../../src/client/answer.ts";
import type { Delivery } from "../../src/client/delivery.ts";
import { type Envelope, NOWHERE } from "../../src/route/envelope.ts";
import { failure } from "../../src/route/outcome.ts";
import type { Reply } from "../../src/route/reply.ts";
import type { Triple } from "../../src/route/triple.ts";
import { LinkRig } from "../support/link_rig.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const BETA: Triple = { estate: "beta", yard: "worker", share: "inbox" };

/** Sends the rig's yard an answer, and returns what the yard said of it. */
async function reply(
  rig: LinkRig,
  request: Envelope,
  more: Partial<Envelope> = {},
): Promise<string> {
  const answered: Reply = { status: "answered" };
  const id = rig.deliver("inbox", 42, {
    source: BETA,
    job: request.job,
    reply: answered,
    ...more,
  });
  await turn();
  const result = rig.receiptOf(id)!;
  return result.status === "failed" ? result.code : result.status;
}

/** The request that the rig's yard sent last. */
async function requestOf(rig: LinkRig): Promise<Envelope> {
  await turn();
  return rig.sent.at(-1)!;
}

const code = (answer: Answer) => "code" in answer ? answer.code : answer.status;

describe("a request", () => {
  it("bears a job of its own, and ends with the answer that bears the same", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", { n: 1 });
    const request = await requestOf(rig);
    assert.match(request.job, /^[0-9a-f]{32}$/);
    assert.notEqual(request.job, request.id);
    assert.deepEqual([request.wants, request.reply, request.payload], [true, null, { n: 1 }]);
    rig.tell({ status: "delivered" }, request.id);
    assert.equal(await reply(rig, request), "delivered");
    const answer = await asked;
    assert.equal(answer.status, "answered");
    assert.deepEqual([answer.id, answer.status === "answered" && answer.from], [request.id, BETA]);
    assert.equal(answerBody(answer), 42);
  });

  it("gives its delivery to whoever wants to hear of it before the answer", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const deliveries: Delivery[] = [];
    const asked = yard.ask("beta//jobs", 1, { onDelivery: (one) => void deliveries.push(one) });
    const request = await requestOf(rig);
    assert.deepEqual(deliveries.map(({ id }) => id), [request.id]);
    rig.tell({ status: "delivered" }, request.id);
    assert.equal((await deliveries[0].outcome).status, "delivered");
    assert.equal(await reply(rig, request), "delivered");
    assert.equal((await asked).status, "answered");
  });

  it("ends with the answer whose sender was told so, whatever becomes known of it meanwhile", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    const request = await requestOf(rig);
    const answering = reply(rig, request);
    rig.tell(failure("outcome_unknown", "beta restarted"), request.id);
    assert.equal(await answering, "delivered");
    assert.equal((await asked).status, "answered");
  });

  it("ends without the answer whose sender can't be told", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    const request = await requestOf(rig);
    rig.refusal = "queue_full";
    const more = { source: BETA, job: request.job, reply: { status: "answered" } as const };
    rig.deliver("inbox", 42, more);
    rig.tell(failure("outcome_unknown", "beta restarted"), request.id);
    assert.equal(code(await asked), "outcome_unknown");
  });

  it("takes an answer that overtakes its receipt", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    assert.equal(await reply(rig, await requestOf(rig)), "delivered");
    assert.equal((await asked).status, "answered");
  });

  it("takes the first answer only, and says of a later one that nobody waits", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    const request = await requestOf(rig);
    assert.equal(await reply(rig, request), "delivered");
    assert.equal(await reply(rig, request, { payload: 43 }), "expired");
    assert.equal(answerBody(await asked), 42);
  });

  it("takes no answer from another estate than the one that was asked", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    const request = await requestOf(rig);
    assert.equal(await reply(rig, request, { source: { ...BETA, estate: "gamma" } }), "denied");
    assert.equal(await reply(rig, request, { source: { ...BETA, estate: "alpha" } }), "denied");
    assert.equal(await reply(rig, request, { payload: "good" }), "delivered");
    assert.equal(answerBody(await asked), "good");
  });

  it("takes no answer from another yard than the one that the route names", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta/worker/jobs", 1);
    const request = await requestOf(rig);
    assert.equal(await reply(rig, request, { source: { ...BETA, yard: "other" } }), "denied");
    assert.equal(await reply(rig, request), "delivered");
    assert.equal((await asked).status, "answered");
  });

  it("takes the answer of any yard if the manor's share was asked, by an empty name or its own", async () => {
    for (const route of ["//jobs", "alpha/manor/jobs"]) {
      const rig = new LinkRig();
      await using yard = await rig.attach();
      const asked = yard.ask(route, 1);
      const source = { ...BETA, estate: "alpha" };
      assert.equal(await reply(rig, await requestOf(rig), { source }), "delivered", route);
      assert.equal((await asked).status, "answered");
    }
  });

  it("takes no answer to a job that it never gave out", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1, { timeoutMs: 1000 });
    const request = await requestOf(rig);
    assert.equal(await reply(rig, { ...request, job: "f".repeat(32) }), "expired");
    assert.equal(await reply(rig, request), "delivered");
    await asked;
  });

  it("ends with the error that is answered, with code, message and exit code", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    const error: Reply = { status: "error", code: "command_failed", message: "no disk\n", exit: 3 };
    await reply(rig, await requestOf(rig), { reply: error, payload: {} });
    const answer = await asked;
    assert.deepEqual({ ...answer, id: "", ms: 0 }, { id: "", ms: 0, from: BETA, ...error });
    assert.throws(() => answerBody(answer), (thrown) => {
      assert.ok(thrown instanceof RaetError);
      assert.equal(thrown.code, "answered_error");
      const expected = "beta/worker/inbox failed with exit code 3, command_failed: no disk";
      assert.equal(thrown.message, expected);
      return true;
    });
  });

  it("ends as its delivery does if that fails", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1);
    rig.tell(failure("no_share", "nobody claims it"), (await requestOf(rig)).id);
    const answer = await asked;
    assert.deepEqual([answer.status, code(answer)], ["failed", "no_share"]);
    assert.throws(() => answerBody(answer), { code: "no_share", message: "nobody claims it" });
  });

  it("ends with no_answer once its time is over, if it was delivered", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = yard.ask("beta//jobs", 1, { timeoutMs: 30 });
    const request = await requestOf(rig);
    rig.tell({ status: "delivered" }, request.id);
    const answer = await asked;
    assert.equal(code(answer), "no_answer");
    assert.ok(answer.ms >= 29, String(answer.ms));
    assert.equal(await reply(rig, request), "expired");
  });

  it("waits past its time for what became of its delivery, and takes an answer until then", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = [1, 2, 3].map((n) => yard.ask("beta//jobs", n, { timeoutMs: 10 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [late, answered, expired] = rig.sent;
    rig.tell({ status: "delivered" }, late.id);
    assert.equal(await reply(rig, answered), "delivered");
    rig.tell(failure("expired", "too late"), expired.id);
    const answers = await Promise.all(asked);
    assert.deepEqual(answers.map(code), ["no_answer", "answered", "expired"]);
  });

  it("ends at once if whoever took it can't answer", async () => {
    for (const status of ["handed", "acknowledged"] as const) {
      const rig = new LinkRig();
      await using yard = await rig.attach();
      const asked = yard.ask("beta//jobs", 1);
      rig.tell({ status }, (await requestOf(rig)).id);
      assert.equal(code(await asked), "no_answer");
    }
  });

  it("can be given up, before it was delivered and after", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const controller = new AbortController();
    const { signal } = controller;
    const [first, second] = [
      yard.ask("beta//a", 1, { signal }),
      yard.ask("beta//b", 2, { signal }),
    ];
    await turn();
    rig.tell({ status: "delivered" }, rig.sent[0].id);
    await turn();
    controller.abort();
    assert.deepEqual([code(await first), code(await second)], ["no_answer", "outcome_unknown"]);
    assert.equal(code(await yard.ask("beta//c", 3, { signal })), "expired");
    await turn();
    assert.deepEqual(rig.sent.map(({ payload }) => payload), [1, 2], "it was given up before");
  });

  it("ends when its yard closes", async () => {
    const rig = new LinkRig();
    const yard = await rig.attach();
    const [first, second] = [yard.ask("beta//a", 1), yard.ask("beta//b", 2)];
    await turn();
    rig.tell({ status: "delivered" }, rig.sent[0].id);
    await turn();
    await yard.close();
    assert.deepEqual([code(await first), code(await second)], ["no_answer", "outcome_unknown"]);
  });

  it("is refused at once if its route or its body can't be", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    assert.throws(() => yard.ask("beta", 1), { code: "bad_route" });
    assert.throws(() => yard.ask("beta//x", { raet: 1 }), { code: "bad_body" });
  });
});

describe("a message that asks", () => {
  const JOB = "a".repeat(32);

  it("is answered by a message to its source that bears its job and wants a receipt", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.deliver("jobs", 1, { source: BETA, job: JOB, ttlMs: 5000 });
    const { value: message } = await jobs.next();
    assert.equal(message.asks, true);
    const delivery = message.answer({ done: true });
    const sent = await requestOf(rig);
    assert.deepEqual(sent.destination, { ...BETA });
    assert.deepEqual([sent.job, sent.wants, sent.payload], [JOB, true, { done: true }]);
    assert.deepEqual(sent.reply, { status: "answered" });
    assert.ok(sent.ttlMs! <= 5000 && sent.ttlMs! > 0, "its life is what is left of the request's");
    rig.tell({ status: "delivered" }, delivery.id);
    assert.equal((await delivery.outcome).status, "delivered");
  });

  it("is answered by an error with a bounded message", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.deliver("jobs", 1, { source: BETA, job: JOB });
    const { value: message } = await jobs.next();
    message.fail("command_failed", `${"x".repeat(9000)}end`, 2);
    const { reply } = await requestOf(rig);
    assert.ok(reply?.status === "error");
    assert.deepEqual([reply.code, reply.exit, reply.message.length], ["command_failed", 2, 4000]);
    assert.ok(reply.message.endsWith("end"));
  });

  it("can't be answered after its time", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.deliver("jobs", 1, { source: BETA, job: JOB, ttlMs: 15 });
    const { value: message } = await jobs.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = rig.sent.length;
    const outcome = await message.answer(1).outcome;
    assert.equal("code" in outcome && outcome.code, "expired");
    assert.equal(rig.sent.length, before);
  });

  it("is told from one that was sent, which can't be answered", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.deliver("jobs", 1, { source: { ...NOWHERE, estate: "beta" } });
    const { value: message } = await jobs.next();
    assert.equal(message.asks, false);
    assert.throws(() => message.answer(1), { code: "usage" });
    assert.throws(() => message.fail("x", "y"), { code: "usage" });
  });
});
