import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Recall } from "../../../repl/editor/recall.ts";

describe("lines typed before", () => {
  it("come back one after the other, and what was typed in the end", () => {
    const recall = new Recall(["keys", "tx"], 10);
    assert.equal(recall.older(""), "keys");
    assert.equal(recall.older("keys"), "tx");
    assert.equal(recall.older("tx"), null);
    assert.equal(recall.newer("tx"), "keys");
    assert.equal(recall.newer("keys"), "");
    assert.equal(recall.newer(""), null);
  });

  it("are those that begin with what is typed", () => {
    const recall = new Recall(["tx 3", "keys", "tx 1"], 10);
    assert.equal(recall.older("tx"), "tx 3");
    assert.equal(recall.older("tx 3"), "tx 1");
    assert.equal(recall.older("tx 1"), null);
    assert.equal(recall.newer("tx 1"), "tx 3");
    assert.equal(recall.newer("tx 3"), "tx");
  });

  it("are kept once each, up to a bound", () => {
    const recall = new Recall(["b", "a"], 2);
    recall.add("a");
    assert.equal(recall.older(""), "a");
    recall.add("c");
    assert.equal(recall.search("b", 0), null);
  });

  it("are found by a part, the latest first", () => {
    const recall = new Recall(["send beta//jobs 1", "keys", "SEND gamma//jobs 2"], 10);
    assert.equal(recall.search("jobs", 0), "send beta//jobs 1");
    assert.equal(recall.search("send", 1), "SEND gamma//jobs 2");
    assert.equal(recall.search("jobs", 2), null);
    assert.equal(recall.search("", 0), null);
  });
});
