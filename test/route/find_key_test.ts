import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findKey, findKeyToAccept } from "../../src/route/find_key.ts";
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
    assert.throws(() => findKey(ROWS, "3333000"), {
      code: "usage",
      message: /^"3333000" is too short for a fingerprint: expected 8 or more/,
    });
    assert.throws(() => findKey(ROWS, "4444"), { code: "no_key" });
  });

  it("to be accepted by its role, its estate or its whole fingerprint, not by a beginning", () => {
    assert.equal(findKeyToAccept(ROWS, "db").role, "db");
    assert.equal(findKeyToAccept(ROWS, "db1").role, "db");
    const whole = ROWS[1].fingerprint;
    assert.equal(findKeyToAccept(ROWS, whole).role, "db");
    assert.equal(findKeyToAccept(ROWS, whole.replace(/(.{4})/g, "$1 ").trim()).role, "db");
    assert.throws(() => findKeyToAccept(ROWS, "11112222bbbb"), {
      code: "usage",
      message: /is only the beginning of a fingerprint.*expected all 64 digits, or the role db/,
    });
    assert.equal(findKeyToAccept(ROWS, "deadbeef").role, "deadbeef");
  });

  it("by a whole fingerprint before by a role or an estate that a stranger called so", () => {
    const { fingerprint } = ROWS[1];
    for (const stranger of [key(fingerprint, "9999", "y"), key("y", "9999", fingerprint)]) {
      const rows = [stranger, ...ROWS];
      for (const find of [findKey, findKeyToAccept]) {
        assert.equal(find(rows, fingerprint).role, "db");
      }
      // It can be sent away, but is nothing that could be accepted by that.
      assert.equal(findKey([stranger], fingerprint), stranger);
      assert.throws(() => findKeyToAccept([stranger], fingerprint), {
        code: "no_key",
        message: /^no key with the fingerprint "11112222bbbb0+" is on record/,
      });
    }
    const role = key("11112222bbbb", "9999", "y");
    assert.throws(() => findKey([role, ...ROWS], "11112222bbbb"), {
      code: "usage",
      message: /fits the keys of 11112222bbbb, db: expected/,
    });
  });

  it("or a near name is suggested", () => {
    assert.throws(() => findKey(ROWS, "wbe1"), {
      code: "no_key",
      message: /; did you mean web1?$/,
    });
  });
});
