import assert from "node:assert/strict";
import { Command } from "@commander-js/extra-typings";
import { describe, it } from "node:test";
import type { Session } from "../../src/cli/session.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { runInMemory } from "../support/world.ts";

/** Options that take any text: a file, a pattern or a type can be called anything. */
const ANY_TEXT = [
  "--log-file",
  "--out",
  "--from",
  "--not-from",
  "--estate",
  "--type",
  "--root",
  "--program",
];
/** Arguments without which a verb reads no options. */
const ARGUMENTS: Record<string, string[]> = {
  send: ["beta//jobs", "1"],
  ask: ["beta//jobs", "1"],
  listen: ["jobs"],
  answer: ["jobs", "true"],
  ping: ["beta"],
  bench: ["beta"],
  service: ["install"],
};

/** Every option of every command that takes a value. */
function options(): { verb: string; flag: string }[] {
  return verbsOf("command").flatMap((verb) => {
    const command = new Command(verb.name);
    verb.define(command, { place: "command" } as unknown as Session);
    return command.options.filter(({ required }) => required)
      .map(({ long }) => ({ verb: verb.name, flag: long! }));
  });
}

describe("an option with a value that can't be", () => {
  it("is named in the sentence that says so, whatever the verb", async () => {
    let checked = 0;
    for (const { verb, flag } of options()) {
      if (ANY_TEXT.includes(flag)) continue;
      const args = [verb, flag, "//?", ...ARGUMENTS[verb] ?? []];
      const { exit, err } = await runInMemory(args, { manor: new FakeManor() });
      const what = `${args.join(" ")}: ${err}`;
      assert.ok(exit === 1 || exit === 78, what);
      assert.equal(err.trimEnd().split("\n").length, 1, what);
      assert.ok(err.includes(flag), what);
      assert.ok(err.includes('"//?"'), what);
      assert.match(err, /expected/, what);
      checked++;
    }
    assert.ok(checked > 40, `${checked}`);
  });

  it("is told how large a number may be, also where it is larger", async () => {
    const { err } = await runInMemory(["send", "beta//jobs", "--count", "99999999999"]);
    assert.match(
      err,
      /argument "99999999999" is invalid: expected a whole number from 1 to 999999999$/m,
    );
  });

  it("is named also where it is one of a list of addresses", async () => {
    const { err } = await runInMemory(["init", "--join", "a:1", "--join", "b:x"]);
    assert.match(err, /^raet: --join "b:x" /);
  });
});
