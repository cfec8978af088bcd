/**
 * A manor that is told to end (SIGTERM) in the middle of work: what it has taken on is finished, what
 * comes later is refused, and each sender is told the truth about each message once.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/route/outcome.ts";
import { jsonLines, Programs, WAIT_MS_MAX } from "../support/programs.ts";

const SENDS = 500;
/** How many of them are over before it is told to end. */
const SETTLED = 100;
/** Longer than a slow machine takes; a manor with nothing under way doesn't wait for it. */
const DRAIN = { RAET_DRAIN_MS: "60000" };

describe("a manor that is told to end while messages are under way", () => {
  for (const ended of ["alpha", "beta"] as const) {
    const whose = ended === "alpha" ? "their sender's" : "their receiver's";
    it(`tells each of ${SENDS} sends and more one true outcome, if it is ${whose}`, async () => {
      await using programs = new Programs(DRAIN);
      const { alpha, beta } = await programs.pair();
      const manor = { alpha, beta }[ended];
      const listener = await programs.listen("beta", "jobs");
      const sender = await programs.attach("alpha");

      const outcomes: Outcome[][] = [];
      const all: Promise<void>[] = [];
      let exited: Promise<number> | null = null;
      let isOver = false;
      // A fast manor may have them all before it hears that it shall end: then it gets more.
      for (let n = 0; n < SENDS || !isOver; n++) {
        // What comes after the end would wait for an estate that is away until its time is over.
        const delivery = sender.send("beta//jobs", { n }, { timeoutMs: 10_000 });
        const own: Outcome[] = outcomes[n] = [];
        all.push(delivery.outcome.then((outcome) => {
          own.push(outcome);
          isOver ||= outcome.status === "failed";
        }));
        if (n === SETTLED) await Promise.all(all);
        if (n === SETTLED + 100) exited = manor.end("SIGTERM");
        if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assert.equal(await exited, 0, "it ended well");
      await Promise.all(all);

      const delivered = outcomes.filter(([{ status }]) => status === "delivered").length;
      await jsonLines(listener, delivered);
      const received = numbersOf(listener.lines);
      assert.equal(new Set(received).size, received.length, "nothing came twice");
      const counts: Record<string, number> = {};
      for (const [n, [outcome, ...more]] of outcomes.entries()) {
        assert.deepEqual(more, [], "one outcome");
        const name = outcome.status === "failed" ? outcome.code : outcome.status;
        counts[name] = (counts[name] ?? 0) + 1;
        const came = received.includes(n);
        if (outcome.status === "delivered") assert.ok(came, `${n} is delivered, and came`);
        else if (name !== "outcome_unknown") assert.ok(!came, `${n} is ${name}, and did not come`);
      }
      const shown = JSON.stringify(counts);
      assert.ok(counts.delivered > SETTLED, `what came before was delivered: ${shown}`);
      if (ended === "beta") return; // its datagrams may cross its goodbye on the way
      assert.ok(counts.no_manor > 0, `some were refused: ${shown}`);
      assert.equal(counts.outcome_unknown ?? 0, 0, `all is known: ${shown}`);
    });
  }

  it("ends before the work does once the time it was given is over", async () => {
    await using programs = new Programs({ RAET_DRAIN_MS: "300" });
    const alpha = await programs.up("alpha");
    const sender = await programs.attach("alpha");
    const delivery = sender.send("//inbox", { n: 1 }, { timeoutMs: WAIT_MS_MAX }); // nobody takes it
    await sender.control("stats", {}); // and the manor has it
    assert.equal(await alpha.end("SIGTERM"), 0);
    const outcome = await delivery.outcome;
    assert.equal(outcome.status === "failed" && outcome.code, "expired");
  });

  it("waits for the process that has a message, and refuses what comes meanwhile", async () => {
    await using programs = new Programs(DRAIN);
    const { beta } = await programs.pair();
    const worker = await programs.attach("beta");
    const jobs = await worker.listen("jobs");
    const near = await programs.attach("beta");
    const far = await programs.attach("alpha");
    const arrived = await near.watch(["messages"]);
    const had = far.send("beta//jobs", { n: 1 });
    for await (const event of arrived) {
      if (event.topic === "messages" && event.event === "received") break;
    }
    const exited = beta.end("SIGTERM");
    const isStopping = async () => {
      const outcome = await near.send("//nobody", { n: 2 }).outcome; // no_share until then
      return outcome.status === "failed" && outcome.code === "no_manor";
    };
    while (!(await isStopping()));
    const refused = await far.send("beta//jobs", { n: 3 }).outcome;
    assert.equal(refused.status === "failed" && refused.code, "no_manor", "over the road too");
    for await (const { body } of jobs) {
      assert.deepEqual(body, { n: 1 });
      break;
    }
    assert.equal((await had.outcome).status, "delivered");
    assert.equal(await exited, 0);
  });
});

/** The numbers of the messages that a listener printed. */
function numbersOf(lines: readonly string[]): number[] {
  return lines.map((line) => (JSON.parse(line) as { body: { n: number } }).body.n);
}
