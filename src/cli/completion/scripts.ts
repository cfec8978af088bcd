/**
 * Scripts that make bash, zsh and fish complete raet's command lines.
 *
 * No word that comes from the manor is ever put through a shell's expansion: a peer picks its name.
 *
 * @module
 */
import type { Session } from "../session.ts";
import type { Verb } from "../verb.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { modelOf } from "./model.ts";
import { zshScript } from "./zsh.ts";

/** The shells that are known. */
export type Shell = "bash" | "zsh" | "fish";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** The script for a shell. */
export function completionScript(shell: Shell, verbs: readonly Verb[], session: Session): string {
  return SCRIPTS[shell](modelOf(verbs, session));
}
