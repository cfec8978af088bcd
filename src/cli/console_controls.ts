/**
 * What only a console can do, for the verbs that are its own.
 *
 * @module
 */
import { assert } from "../base/errors.ts";
import type { Watching } from "./watching.ts";

/** How a console prints. */
export interface ConsoleSettings {
  /** how verbs answer: tables, or one JSON object a line */
  output: "table" | "json";
  /** whether it is said how long each verb took */
  timing: boolean;
  /** whether what may come next stands dim behind the cursor */
  hints: boolean;
}

/** What a verb of the console printed, or a message that came: for `last`. */
export interface Result {
  /** the line that was typed, or where the message came from */
  readonly of: string;
  readonly records: readonly object[];
}

/** A share that the console listens on. */
export interface Listening {
  readonly share: string;
  /** it sees copies, and leaves the messages to others */
  readonly observe: boolean;
  /** messages that came */
  count: number;
}

/** What only a console can do. */
export interface ConsoleControls {
  readonly settings: ConsoleSettings;
  /** the route that send and ask use where none is given; empty for none */
  target: string;
  /** what its live lines show */
  readonly watching: Watching;
  /** what came last, the latest at the end */
  readonly results: readonly Result[];
  /** the lines that were typed, without those that may hold a secret */
  readonly typed: readonly string[];
  readonly listening: readonly Listening[];
  /** Shows other live lines. */
  watch(watching: Watching): Promise<void>;
  /** Shows the messages of a share as live lines. @throws {RaetError} as `Yard.listen` */
  listen(share: string, observe: boolean): Promise<Listening>;
  /** Listens on a share no more, or on none; those that it listened on. */
  unlisten(share: string | undefined): readonly Listening[];
  /** Runs lines as if they were typed, none after the signal; how many of them failed. */
  play(lines: readonly string[], of: string, signal: AbortSignal): Promise<number>;
  /** Runs a shell command until the signal. @throws {RaetError} denied, if the console was not started for that */
  shell(command: string, signal: AbortSignal): Promise<void>;
  /** Ends it after the verb that runs. */
  leave(): void;
}

/** The controls of the console that a verb runs in: its own verbs can't be called elsewhere. */
export function consoleOf(
  session: { readonly console: ConsoleControls | null },
): ConsoleControls {
  assert(session.console, "console verbs run in a console");
  return session.console;
}
