/**
 * Every recorded road, played once by our stack as main and once as the other, against what the other
 * side is recorded to have sent. What we send has to be what the reference sent, byte for byte; the
 * exceptions stand in one table, each with its reason.
 *
 * @module
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { loadCrypto } from "../../src/crypto/load.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { type Comparison, Replay } from "../support/replay.ts";
import { ROAD_RECORDINGS } from "../support/recordings.ts";
import { INTERVENTIONS } from "./replay_interventions.ts";

/** One packet that is not, byte for byte, what the reference sent. */
interface Difference {
  readonly n: number;
  readonly verdict: Comparison["verdict"];
  readonly reason: string;
}

/** All of them, by recording and by the side that we play. */
const DIFFERENCES: Record<string, readonly Difference[]> = {
  "allow_race/other": [{
    n: 4,
    verdict: "fields",
    reason: "the short-term key of the hello that gave way was not recorded: ours is another",
  }],
  "message_msgpack/other": [{
    n: 12,
    verdict: "fields",
    reason: "an integer past 2^53 is not exact in JavaScript",
  }],
  "stale_nack/main": [11, 18].map((n) => ({
    n,
    verdict: "other",
    reason: "a redo of a message that was done is answered with done again: the reference's nack " +
      "makes its sender count a failure for a message that arrived",
  })),
  "stale_nack/other": [{
    n: 19,
    verdict: "other",
    reason: "the harness sent it under an old session number, which our stack can't be made to do",
  }],
};

/** Packets of ours that the reference did not send, by recording and side. */
const EXTRAS: Record<string, { readonly packets: readonly string[]; readonly reason: string }> = {
  "join_pend_by_joiner/other": {
    packets: ["join ack si 0 ti 1 fg 0, once more"],
    reason:
      "our ack goes as soon as the operator accepts, and again on the next response: to us a " +
      "response that comes again means that the ack was lost, where the reference says nack",
  },
  "stale_nack/other": {
    packets: ["message nack si 2 ti 4 fg 0, once more"],
    reason: "who gives a message up tells the receiver at once",
  },
};

describe("recorded roads", () => {
  let crypto: Crypto;
  before(async () => void (crypto = await loadCrypto()));

  for (const name of ROAD_RECORDINGS) {
    for (const side of ["main", "other"] as const) {
      const key = `${name}/${side}`;
      it(`${name}: our stack as ${side} sends what the reference sent`, () => {
        const replay = new Replay(name, side, crypto).run(INTERVENTIONS[key]);
        assert.ok(replay.comparisons.length > 0);
        const found = replay.comparisons.filter(({ verdict }) => verdict !== "same")
          .map(({ n, verdict }) => ({ n, verdict }));
        const expected = (DIFFERENCES[key] ?? []).map(({ n, verdict }) => ({ n, verdict }));
        assert.deepEqual(found, expected);
        assert.deepEqual(replay.extras, EXTRAS[key]?.packets ?? []);
      });
    }
  }

  it("message_small: what arrives is what was sent", () => {
    const replay = new Replay("message_small", "main", crypto).run();
    const bodies = replay.events.flatMap((event) => event.type === "message" ? [event.body] : []);
    assert.equal(bodies.length, 5);
    assert.deepEqual(bodies[0], { content: "hello main", n: 1 });
    assert.deepEqual(bodies[2], {});
  });

  it("message_resend: every message arrives once, whatever was lost", () => {
    const replay = new Replay("message_resend", "main", crypto).run();
    assert.equal(replay.events.filter(({ type }) => type === "message").length, 5);
  });

  it("message_saved: the message that was on its way when the session ended is sent once more", () => {
    const replay = new Replay("message_saved", "other", crypto).run();
    const outcomes = replay.events.flatMap((event) => event.type === "sent" ? [event.outcome] : []);
    assert.deepEqual(outcomes, ["acknowledged"]);
  });

  it("stale_nack: a nack to a first sending is a failure, one to a redo leaves it open", () => {
    const replay = new Replay("stale_nack", "other", crypto).run(INTERVENTIONS["stale_nack/other"]);
    const outcomes = replay.events.flatMap((event) => event.type === "sent" ? [event.outcome] : []);
    const [first, second, third] = outcomes;
    assert.deepEqual([first, second, third], [
      "acknowledged",
      "outcome_unknown",
      "outcome_unknown",
    ]);
    assert.equal(outcomes.at(-1), "failed");
  });
});
