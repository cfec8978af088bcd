import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failure } from "../../src/route/outcome.ts";
import { type Flight, RouterPair } from "../support/router_pair.ts";

/** Alpha has sent message 1, which beta refuses: what it says of that is on the road. */
function withRefusal(): [RouterPair, Flight] {
  const pair = new RouterPair();
  pair.alpha.attach("a");
  pair.alpha.send("a", "beta//jobs", 1);
  const [message] = pair.road.splice(0);
  pair.arrive(message);
  const [refusal] = pair.road.splice(0);
  assert.equal(refusal.from, pair.beta);
  return [pair, refusal];
}

/** The road can't say whether one arrived, as an operator ended the session in the middle. */
function doubt(pair: RouterPair, { from, handle }: Flight): void {
  pair.part();
  from.router.roadSent(handle, failure("outcome_unknown", "its key was removed"), pair.now);
  pair.flush();
}

describe("a receipt of which the road can't say whether it arrived", () => {
  it("is said again, so that nobody waits for the end of the message's life", () => {
    const [pair, refusal] = withRefusal();
    doubt(pair, refusal);
    assert.equal(pair.road.length, 0);
    pair.meet();
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 no_share"]);
    assert.equal(pair.beta.router.counters.get("receipts_left_out"), 0);
  });

  it("is said until it arrives", () => {
    const [pair, refusal] = withRefusal();
    doubt(pair, refusal);
    for (let n = 0; n < 3; n++) {
      pair.meet();
      doubt(pair, pair.road.splice(0)[0]);
    }
    pair.meet();
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 no_share"]);
  });

  it("counts once where it had arrived, and refuses nothing that was sent anew under its id since", () => {
    const [pair, refusal] = withRefusal();
    pair.alpha.router.fromRoad("beta", refusal.body, pair.now);
    pair.alpha.router.flush(pair.now);
    doubt(pair, refusal);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 no_share"]);
    pair.beta.claim("worker");
    pair.alpha.send("a", "beta//jobs", 1);
    pair.meet();
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 waiting", "1 going"]);
    assert.equal(pair.alpha.router.counters.get("unexpected_receipt"), 0);
  });

  it("is not said to another run, which knows nothing of the message", () => {
    const [pair, refusal] = withRefusal();
    pair.road.push(refusal);
    pair.restart("alpha");
    assert.equal(pair.road.length, 0);
    assert.equal(pair.beta.router.counters.get("receipts_left_out"), 1);
  });

  it("waits until it is known which run it is that came back", () => {
    const [pair, refusal] = withRefusal();
    doubt(pair, refusal);
    pair.beta.state = { is: "ready", ours: false, epoch: "", asking: true };
    pair.meet();
    assert.equal(pair.road.length, 0);
    pair.beta.state = null;
    pair.meet();
    pair.run();
    assert.deepEqual(pair.alpha.takeTold(), ["1 no_share"]);
  });
});
