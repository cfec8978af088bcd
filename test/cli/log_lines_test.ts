import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LOG_LINE_CHARS_MAX } from "../../src/base/limits.ts";
import { humanLogLine, jsonLogLine } from "../../src/cli/log_lines.ts";

const AT = Date.UTC(2026, 0, 31, 12, 3, 4, 567);
const ENTRY = {
  topic: "presence",
  what: "pending",
  who: "beta",
  why: "its key waits",
  todo: "raet keys accept beta",
  more: { role: "beta" },
} as const;

describe("a line of the log", () => {
  it("says to people what, who, why and what to do", () => {
    assert.match(
      humanLogLine("warn", ENTRY, AT, false),
      /^\d\d:\d\d:\d\d\.567 warn {2}pending beta: its key waits; raet keys accept beta$/,
    );
  });

  it("is one JSON object for machines", () => {
    assert.deepEqual(JSON.parse(jsonLogLine("warn", ENTRY, AT)), {
      at: "2026-01-31T12:03:04.567Z",
      level: "warn",
      topic: "presence",
      what: "pending",
      who: "beta",
      why: "its key waits",
      todo: "raet keys accept beta",
      role: "beta",
    });
  });

  it("holds no control characters, and stays within a bound", () => {
    const entry = { ...ENTRY, who: "b\x1b[2J\n\u202ex", why: "x".repeat(10_000) };
    for (const line of [humanLogLine("warn", entry, AT, false), jsonLogLine("warn", entry, AT)]) {
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202e]/);
      assert.ok(line.length < LOG_LINE_CHARS_MAX, String(line.length));
    }
  });
});
