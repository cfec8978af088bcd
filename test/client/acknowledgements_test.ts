import assert from "node:assert/strict";
import { it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { Acknowledgements } from "../../src/client/acknowledgements.ts";
import { makeEnvelope } from "../../src/route/envelope.ts";

it("what found no room before the connection was cut is not said over the next one", async () => {
  const answers: (number | RaetError)[] = [new RaetError("queue_full", "full"), 1];
  const acknowledgements = new Acknowledgements("me", () => answers.shift()!, true);
  const envelope = makeEnvelope({ id: "0".repeat(32), wants: true });
  const telling = acknowledgements.insist(envelope, { status: "delivered" }, () => true);
  await Promise.resolve();
  acknowledgements.cut();
  acknowledgements.again();
  assert.equal(await telling, "cut");
  assert.equal(answers.length, 1);
});
