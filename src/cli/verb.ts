/**
 * A verb: one command of the program, one word of the console, or both. All verbs stand in one table
 * (verbs/table.ts), from which the command line, the console, help and completion are made.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { RaetError } from "../base/errors.ts";
import { TTL_MS_MAX } from "../base/limits.ts";
import { checkOwnName } from "../base/names.ts";
import { helpAfter } from "./draw/help.ts";
import type { Place, Session } from "./session.ts";

/** What a word of a command line can be completed to; "rest" is another command with its arguments. */
export type Completion =
  | "route"
  | "estate"
  | "yard"
  | "share"
  | "key"
  | "verb"
  | "file"
  | "rest"
  | readonly string[];

/** One verb. */
export interface Verb {
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly places: readonly Place[];
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** More than the summary says, a line each. */
  readonly notes?: readonly string[];
  /** The objects that `--json` prints, a line of text each: their keys, and what is less than plain. */
  readonly json?: readonly string[];
  /** It serves programs, and no help or completion shows it. */
  readonly hidden?: true;
  /** What its arguments can be completed to, in order. */
  readonly completions?: readonly Completion[];
  /** Declares arguments and options, and the action that runs it in a session. */
  define(command: Command, session: Session): void;
}

/** A command of a verb, ready to be added to a program. */
export function commandOf(verb: Verb, session: Session): Command {
  const command = new Command(verb.name).description(verb.summary);
  verb.define(command, session);
  const prefix = session.place === "command" ? "raet " : "";
  command.addHelpText("after", () => helpAfter(verb, prefix, session.output.width));
  return command;
}

/** A reader of an option's value whose faults name the option, as those of commander's own do. */
export function named<T>(flag: string, read: (text: string) => T): (text: string) => T {
  const [option] = flag.split(" ");
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      throw new RaetError(error.code, `${option} ${error.message}`, { cause: error });
    }
  };
}

/** Reads the value of an option that is called as what it names. */
export function ownName(kind: "yard" | "share"): (text: string) => string {
  return named(`--${kind}`, (text) => checkOwnName(kind, text));
}

/** Reads a number of seconds, fractions allowed, as milliseconds. */
export function secondsToMs(text: string): number {
  const ms = Number(text) * 1000;
  if (text.trim() === "" || !(ms > 0) || ms > TTL_MS_MAX) {
    throw new InvalidArgumentError(`Expected seconds, more than 0 and up to ${TTL_MS_MAX / 1000}`);
  }
  return ms;
}

/** Reads a span of time such as 90s, 30m, 24h or 7d. */
export function spanToMs(text: string): number {
  const [, count, unit] = /^(\d{1,9}(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(count) * ({ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? NaN);
  if (ms > 0 && ms <= TTL_MS_MAX) return ms;
  throw new InvalidArgumentError("Expected a time up to 7d, such as 90s, 30m or 24h");
}

/** Reads the id of a message. */
export function messageId(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError("Expected 32 hex digits");
}

/** Reads a whole number from 1, of nine digits at most. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("Expected a whole number from 1 to 999999999");
  }
  return Number(text);
}

/** Reads how often something happens in a second. */
export function perSecond(text: string): number {
  const rate = Number(text);
  if (text.trim() === "" || !(rate > 0) || rate > 1e6) {
    throw new InvalidArgumentError("Expected a number of messages a second, such as 50 or 0.5");
  }
  return rate;
}
