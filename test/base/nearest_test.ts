import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { didYouMean, nearest } from "../../src/base/nearest.ts";

describe("suggestions", () => {
  it("name the candidate with the fewest changed letters", () => {
    assert.equal(nearest("sned", ["send", "show", "keys"]), "send");
    assert.equal(nearest("Transaction", ["transactions", "estates"]), "transactions");
  });

  it("name nothing where nothing is near", () => {
    assert.equal(nearest("xyz", ["send", "show"]), null);
    assert.equal(nearest("", ["send"]), null);
    assert.equal(didYouMean("frobnicate", ["send"]), "");
  });

  it("follow a sentence", () => {
    assert.equal(didYouMean("nmae", ["name", "main"]), "; did you mean name");
  });
});
