import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findKey } from "../../src/route/find_key.ts";
import type { KeyView } from "../../src/route/control.ts";

const key = (role: string, digits: string, ...estates: string[]): KeyView => ({
  role,
  acceptance: "pending",
  fingerprint: digits.padEnd(64, "0"),
  estates,
});
const ROWS = [
  key("web", "11112222aaaa", "web1", "web2"),
  key("db", "11112222bbbb", "db1"),
  key("deadbeef", "3333", "x"),
];

describe("a key is found", () => {
  it("by role, by estate and by the beginning of its fingerprint", () => {
    assert.equal(findKey(ROWS, "db").role, "db");
    assert.equal(findKey(ROWS, "web2").role, "web");
    assert.equal(findKey(ROWS, "11112222b").role, "db");
    assert.equal(findKey(ROWS, "1111 2222 BBBB").role, "db");
    assert.equal(findKey(ROWS, "deadbeef").role, "deadbeef");
  });

  it("only if it is the only one", () => {
    assert.throws(() => findKey(ROWS, "11112222"), { code: "usage", message: /keys of web, db/ });
  });

  it("by 8 digits or more", () => {
    assert.throws(() => findKey(ROWS, "1111222"), { code: "no_key" });
  });

  it("or a near name is suggested", () => {
    assert.throws(() => findKey(ROWS, "wbe1"), {
      code: "no_key",
      message: /; did you mean web1?$/,
    });
  });
});
