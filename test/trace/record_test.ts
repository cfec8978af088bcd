import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { parseTrace, recordOf, type Trace } from "../../src/trace/record.ts";
import { traceBoth } from "../support/traces.ts";

describe("a trace as JSON lines", () => {
  it("comes back the same, heads as bytes", () => {
    for (const trace of traceBoth({ sizes: [10, 5000] })) {
      const text = linesOf(trace).join("\n");
      assert.match(text, /"head":"ri RAET\\npl [0-9a-f]{4}\\n/);
      assert.deepEqual(parseTrace(`${text}\n`, "x"), trace);
    }
  });

  it("is refused with the number of its line and what was expected there", () => {
    const [trace] = traceBoth();
    const [header, first] = linesOf(trace);
    const packet = JSON.stringify({ ...JSON.parse(first), packetList: [{ head: "é€" }] });
    for (
      const [text, message] of [
        ["", /^"x" is empty: expected a trace$/],
        [
          "\n\r\r\n\0",
          /^"x" is a pcapng capture: expected JSON lines, which --format jsonl writes$/,
        ],
        ["[]", /^"x" line 1 is not what raet trace writes: expected an object$/],
        ['{"trace":2}', /^"x" line 1: trace is 2: expected 1, the version that this raet reads$/],
        [`${header}\n\n{`, /^"x" line 3 is not JSON/],
        [`${header}\n{"id":1}`, /^"x" line 2: state is nothing: expected a text$/],
        [`${header}\n${packet}`, /^"x" line 2: flags is nothing: expected a list$/],
        [
          `${header}\n${first.replace('"ours":', '"ours":7,"x":')}`,
          /^"x" line 2: ours is 7: expected true or false$/,
        ],
        [
          `${header}\n${first.replace('"head":"ri', '"head":"€ri')}`,
          /^"x" line 2: head is "€ri.*: expected a head as text$/,
        ],
      ] as const
    ) {
      assert.throws(() => parseTrace(text, "x"), (error) => {
        assert.ok(error instanceof RaetError, `${error}`);
        assert.match(error.message, message);
        return true;
      });
    }
  });
});

function linesOf(trace: Trace): string[] {
  return [trace.header, ...trace.transactions.map(recordOf)].map((line) => JSON.stringify(line));
}
