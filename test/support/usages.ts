/** How the console's verbs are called, for tests of what is made of that. */
import { Usages } from "../../repl/verb_usage.ts";
import { Output } from "../../src/cli/output.ts";
import type { Session } from "../../src/cli/session.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";

/** The usages of all verbs of the console; none of them can be run. */
export function consoleUsages(): Usages {
  const sink = { isTerminal: false, write: () => {} };
  const session: Session = {
    place: "console",
    console: null,
    output: new Output({ out: sink, err: sink, json: false, env: {} }),
    home: "",
    env: {},
    signal: new AbortController().signal,
    attach: () => Promise.reject(new Error("not here")),
    readInput: () => Promise.reject(new Error("not here")),
    setExitCode: () => {},
  };
  return new Usages(verbsOf("console"), session);
}
