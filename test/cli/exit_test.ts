import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { describeFailure } from "../../src/cli/exit.ts";
import { Output } from "../../src/cli/output.ts";

describe("the end of a command", () => {
  it("has the exit code of the error's code", () => {
    const failure = describeFailure(new RaetError("no_estate", 'no estate "x" is known'));
    assert.deepEqual([failure.exit, failure.message], [2, 'no estate "x" is known']);
  });

  it("is our own fault, 70, for whatever else was thrown, in one sentence", () => {
    const failure = describeFailure(new TypeError("x is not a function.\n  at y"));
    assert.deepEqual([failure.code, failure.exit], ["internal", 70]);
    assert.equal(
      failure.message,
      "unexpected fault: x is not a function; RAET_DEBUG=1 shows where",
    );
    assert.equal(describeFailure("a text").exit, 70);
    assert.equal(describeFailure(undefined).exit, 70);
  });

  it("shows the stack only with RAET_DEBUG", () => {
    const say = (env: Record<string, string>, what = "x") => {
      let err = "";
      const sink = { isTerminal: false, write: (text: string) => void (err += text) };
      new Output({ out: sink, err: sink, json: false, env }).failure(new TypeError(what));
      return err;
    };
    assert.equal(say({}).split("\n").length, 2);
    assert.match(say({ RAET_DEBUG: "1" }), /exit_test\.ts/);
    // A peer can have chosen what an error says.
    assert.doesNotMatch(say({ RAET_DEBUG: "1" }, "x\x1b[2J\x9b"), /[\x1b\x9b]/);
  });
});
