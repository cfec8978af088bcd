import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { globMatcher, isGlob } from "../../src/base/glob.ts";
import { routeMatcher } from "../../src/cli/glob.ts";

describe("a glob", () => {
  it("fits whole names as shells have it", () => {
    const cases: [glob: string, fits: string[], fitsNot: string[]][] = [
      ["web*", ["web", "web1", "web.eu-1"], ["aweb", "wEb1", "we"]],
      ["web?", ["web1", "webß"], ["web", "web12"]],
      ["web[1-3]", ["web1", "web3"], ["web4", "web", "web[1-3]"]],
      ["web[!1-3]", ["web4", "webx"], ["web1", "web"]],
      ["*.eu", ["a.eu"], ["axeu", "a.eux"]],
      ["a+(b)|c^$", ["a+(b)|c^$"], ["aab", "c"]],
      ["[", ["["], ["a"]],
      ["[]]", ["[]]"], ["]"]],
      ["[a^b]", ["a", "^", "b"], ["c"]],
    ];
    for (const [glob, fits, fitsNot] of cases) {
      const matches = globMatcher(glob);
      for (const name of fits) assert.ok(matches(name), `${glob} ${name}`);
      for (const name of fitsNot) assert.ok(!matches(name), `${glob} not ${name}`);
    }
  });

  it("takes no long time over any name", () => {
    const matches = globMatcher("*a*a*a*a*a*a*a*a*a*a*b");
    const began = performance.now();
    assert.ok(!matches("a".repeat(5000)));
    assert.ok(performance.now() - began < 20_000, "a search that tries every way takes ages");
    assert.ok(matches(`${"a".repeat(5000)}b`));
  });

  it("is told from a name", () => {
    assert.deepEqual(["a*", "a?", "[ab]", "a.b-c"].map(isGlob), [true, true, true, false]);
  });

  it("is refused in one sentence if its bracket makes no sense", () => {
    assert.throws(() => globMatcher("web[3-1]"), { code: "usage" });
  });

  it("over routes is an estate, or three parts where an empty one is any", () => {
    const route = { estate: "web1", yard: "worker", share: "jobs" };
    const fits = (glob: string) => routeMatcher(glob)(route);
    const globs = ["web*", "//", "web1//", "/worker/", "/w*/j*", "//log", "db*", "/x/"];
    assert.deepEqual(globs.map(fits), [true, true, true, true, true, false, false, false]);
    assert.throws(() => routeMatcher("a/b"), { code: "usage" });
  });
});
