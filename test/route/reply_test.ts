import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drop } from "../../src/base/drop.ts";
import type { Value } from "../../src/base/value.ts";
import { makeEnvelope, packClassic, packEnvelope, readEnvelope } from "../../src/route/envelope.ts";
import { errorReply } from "../../src/route/reply.ts";

const JOB = "0123456789abcdef0123456789abcdef";

/** What is read of a reserved key. */
function read(fields: { [key: string]: Value }) {
  const envelope = readEnvelope({ route: {}, raet: { v: 1, ...fields } });
  assert.ok(!(envelope instanceof Drop));
  return envelope;
}

describe("requests and answers in an envelope", () => {
  it("come out as they went in", () => {
    const replies = [
      null,
      { status: "answered" } as const,
      errorReply("command_failed", "no disk", 3),
      errorReply("not_found", "", null),
    ];
    for (const reply of replies) {
      const envelope = makeEnvelope({ job: JOB, reply, payload: { n: 1 } });
      assert.deepEqual(readEnvelope(packEnvelope(envelope)), envelope);
    }
  });

  it("are told apart by status and error, and only with a job", () => {
    assert.equal(read({ job: JOB }).reply, null);
    assert.equal(read({ job: JOB, status: "done" }).reply, null);
    assert.equal(read({ status: "answered" }).reply, null);
    assert.equal(read({ error: { code: "x", message: "y" } }).reply, null);
    const receipt = read({ job: JOB, of: [JOB], status: "delivered" });
    assert.deepEqual([receipt.reply, receipt.result], [null, { status: "delivered" }]);
  });

  it("take of an error what has the right form, within bounds", () => {
    const odd = { code: 7, message: ["x"], exit: 1.5 };
    assert.deepEqual(read({ job: JOB, error: odd }).reply, errorReply("error", "", null));
    const long = { code: "c".repeat(100), message: `${"m".repeat(5000)}!`, exit: 255 };
    const reply = read({ job: JOB, error: long }).reply;
    assert.ok(reply?.status === "error");
    assert.deepEqual([reply.code.length, reply.message.length, reply.exit], [64, 4000, 255]);
    assert.ok(reply.message.endsWith("!"));
  });

  it("are dropped with a job that is no job", () => {
    for (const job of [1, "", "xyz", JOB.toUpperCase(), null]) {
      assert.ok(readEnvelope({ route: {}, raet: { v: 1, job } }) instanceof Drop, String(job));
    }
  });

  it("say nothing of a job to a peer that knows only routes", () => {
    const body = packClassic(makeEnvelope({ job: JOB, payload: { n: 1 } }));
    assert.deepEqual(Object.keys(body), ["n", "route"]);
  });
});
