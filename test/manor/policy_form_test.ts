import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { parseConfig } from "../../src/manor/config.ts";
import { configText } from "../../src/manor/config_file.ts";

async function faultOf(...lines: string[]): Promise<string> {
  try {
    await parseConfig(["policy:", ...lines].join("\n"), "raet.yaml");
  } catch (error) {
    assert.ok(error instanceof RaetError, String(error));
    assert.equal(error.code, "bad_config");
    return error.message;
  }
  return "no fault";
}

describe("the rules in raet.yaml", () => {
  it("are read with all that they can say", async () => {
    const { policy } = await parseConfig(
      [
        "policy:",
        "  - { allow: in, from: { role: minion }, to: { yard: manor, share: events }, type: event }",
        "  - name: the rest",
        "    deny: [in, out]",
        "    from: { estate: [web*, db?] }",
        "    type: ['', cmd*]",
        "  - allow: any",
      ].join("\n"),
      "raet.yaml",
    );
    assert.deepEqual(policy?.rules, [
      {
        action: "allow",
        directions: ["in"],
        from: { role: ["minion"] },
        to: { yard: ["manor"], share: ["events"] },
        type: ["event"],
      },
      {
        name: "the rest",
        action: "deny",
        directions: ["in", "out"],
        from: { estate: ["web*", "db?"] },
        type: ["", "cmd*"],
      },
      { action: "allow", directions: ["in", "out", "local"] },
    ]);
    assert.equal(
      String(policy),
      'allow in from role=minion to yard=manor share=events type=event; "the rest": ' +
        'deny in,out from estate=web*,db? type="",cmd*; allow any',
    );
  });

  it("are refused with the line and column of what is at fault", async () => {
    const cases: [string[], RegExp][] = [
      [["  deny: in"], /line 2, column 3: policy: .* is no list of rules/],
      [["  - deny: in", "  - in"], /line 3, column 5: policy: "in" can't be a rule/],
      [["  - deny: in", "    form: { role: x }"], /line 3, column 5: .*"form" in a rule; did you /],
      [["  - { deny: in, allow: out }"], /line 2, column 5: .*both allow and deny/],
      [["  - { type: cmd }"], /line 2, column 5: .*neither allow nor deny/],
      [["  - { deny: inn }"], /line 2, column 13: .*"inn" is no direction: expected in, out, loc/],
      [["  - { deny: [] }"], /line 2, column 13: .*no direction/],
      [["  - deny: in", "    to:", "      share: [a, 5]"], /line 4, column 18: .*5 is no glob/],
      [["  - { deny: in, type: [] }"], /line 2, column 23: .*an empty list/],
      [["  - { deny: in, type: 'x[b-a]' }"], /line 2, column 23: .*is not a glob/],
      [["  - { deny: in, to: { sahre: a } }"], /line 2, column 23: .*"sahre".*did you mean share/],
      [["  - { deny: in, from: { share: a } }"], /line 2, column 25: .*"share" in "from"/],
      [["  - { deny: any, from: { yard: a } }"], /line 2, column 32: .*which proves nothing/],
      [["  - { deny: in, name: '' }"], /line 2, column 23: .*can't be the name of a rule/],
    ];
    for (const [lines, expected] of cases) {
      assert.match(await faultOf(...lines), expected, lines.join("\n"));
    }
  });

  it("have an example in the file that init writes", async () => {
    const example = configText({}).split("\n").find((line) => line.startsWith("# policy: "));
    const { policy } = await parseConfig(example!.slice(2), "raet.yaml");
    assert.equal(String(policy), "deny in to share=fun type=cmd");
  });

  it("are written in the handbook as they can be in the file", async () => {
    for (const [page, least] of [["docs/policy.md", 6], ["docs/operators.md", 1]] as const) {
      const blocks = [...readFileSync(page, "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)];
      assert.ok(blocks.length >= least, page);
      for (const [, text] of blocks) await parseConfig(text, page);
    }
  });

  it("do in the handbook's Salt-like example what it says", async () => {
    const page = readFileSync("docs/policy.md", "utf8");
    const salty = page.slice(page.indexOf("**Salt-like.**"));
    const [main, minion] = [...salty.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text);
    const ask = async (text: string, role: string, share: string, type: string, yard = "manor") => {
      const { policy } = await parseConfig(text, "raet.yaml");
      const from = { role, estate: "far", yard: "" };
      const to = { role: "own", estate: "near", yard, share };
      return policy!.decide({ direction: "in", from, to, type }).allowed;
    };
    assert.equal(await ask(main, "minion", "events", "event"), true);
    assert.equal(await ask(main, "minion", "events", "cmd"), false);
    assert.equal(await ask(main, "minion", "fun", "event"), false);
    assert.equal(await ask(main, "minion", "events", "event", "p1"), false);
    assert.equal(await ask(main, "other", "events", "event"), false);
    assert.equal(await ask(minion, "master", "fun", "cmd"), true);
    assert.equal(await ask(minion, "minion", "fun", "cmd"), false);
    assert.equal(await ask(minion, "master", "fun", "event"), false);
  });
});
