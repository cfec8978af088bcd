/**
 * `raet completion`: makes the shells complete command lines; and the hidden verb that they ask.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import type { Completion, Verb } from "../verb.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const KINDS = ["route", "estate", "yard", "share", "key"] as const satisfies Completion[];

/** Prints the script for a shell. @param verbs the table, which is made from this verb too */
export function completionVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: "completion",
    summary: "print the script that makes a shell complete raet's command lines",
    places: ["command"],
    examples: [
      [`completion bash > ~/.local/share/bash-completion/completions/raet`, "for good"],
      ["completion zsh > ~/.zfunc/_raet", "with ~/.zfunc in fpath, before compinit"],
      ["completion fish > ~/.config/fish/completions/raet.fish", "for good"],
    ],
    notes: [
      "Verbs, options and what they can be are in the script; estates, yards, shares and keys are asked",
      "of the running manor while you type.",
    ],
    json: ["{shell, script}"],
    completions: [SHELLS],
    define(command, session) {
      command.addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
        .action(async (shell) => {
          const { completionScript } = await import("../completion/scripts.ts");
          const shown = verbs().filter(({ places, hidden }) =>
            places.includes("command") && !hidden
          );
          const script = completionScript(shell, shown, session);
          if (session.output.json) session.output.record({ shell, script });
          else session.output.raw(script);
        });
    },
  };
}

/** What the scripts ask for. Shells take their words from it, so it says nothing that they could obey. */
export const completeVerb: Verb = {
  name: "__complete",
  summary: "what a word can be, for the shells",
  places: ["command"],
  hidden: true,
  examples: [["__complete estate", "the estates that are known, a line each"]],
  define(command, session) {
    command.addArgument(new Argument("<kind>", "what it is").choices(KINDS)).action(
      async (kind) => {
        try {
          const { candidatesOf } = await import("../complete.ts");
          const words = await candidatesOf(kind, await session.attach());
          const plain = words.filter((word) => /^[A-Za-z0-9_./-]+$/.test(word) && !/^-/.test(word));
          if (plain.length > 0) session.output.raw(plain.join("\n"));
        } catch {
          // Without a manor there is nothing to say, and a prompt is no place to say so.
        }
      },
    );
  },
};
