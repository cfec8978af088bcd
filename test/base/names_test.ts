import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkOwnName, type NameKind } from "../../src/base/names.ts";

describe("a name that can't be", () => {
  it("is told the rule that it breaks, also that of the first character", () => {
    const cases: [NameKind, string, RegExp][] = [
      [
        "estate",
        ".x",
        /of an estate: expected 1 to 63 of .* \. _ -, not beginning with a dot or a dash$/,
      ],
      ["role", "-x", /of a role: .*, not beginning with a dot or a dash$/],
      ["yard", "-x", /of a yard: expected 1 to 63 of a-z A-Z 0-9 _ -, not beginning with a dash$/],
      [
        "share",
        "-x",
        /of a share: expected 1 to 255 of .*, not beginning with a dash \(a first dot /,
      ],
    ];
    for (const [kind, name, message] of cases) {
      assert.throws(() => checkOwnName(kind, name), { code: "usage", message }, name);
    }
  });
});
