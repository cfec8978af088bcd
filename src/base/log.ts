/**
 * The log as a port: entries of a level and a topic. Where they go and how they look is the business
 * of whoever opened the manor; without a log nothing is made of them.
 *
 * An entry says what happened, to whom, why, and what to do. It never holds a key or a body.
 *
 * @module
 */

/** How grave an entry is. */
export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** The levels, from the gravest. */
export const LOG_LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/** Up to which level a log is written; nothing at all with "off". */
export type LogThreshold = LogLevel | "off";

/** What an entry is about. */
export type LogTopic =
  | "manor"
  | "presence"
  | "keys"
  | "keep"
  | "drops"
  | "socket"
  | "transaction"
  | "lane"
  | "operators"
  | "settings"
  | "metrics";

/** One entry. */
export interface LogEntry {
  /** which part of the manor says it */
  readonly topic: LogTopic;
  /** what happened, in a word or some */
  readonly what: string;
  /** the estate, yard, role or file that it happened to */
  readonly who?: string;
  /** one clause without a final stop */
  readonly why?: string;
  /** what an operator should do, if anything */
  readonly todo?: string;
  /** more for machines, by name */
  readonly more?: Readonly<Record<string, string | number | boolean>>;
}

/** Takes entries. */
export interface Log {
  /** Whether entries of a level are written at all. */
  wants(level: LogLevel): boolean;
  /** Writes an entry, unless its level is not wanted. */
  write(level: LogLevel, entry: LogEntry): void;
}

/** A log that wants nothing. */
export const NO_LOG: Log = { wants: () => false, write: () => {} };
