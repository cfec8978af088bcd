/**
 * Where a log goes: to stderr or a file, by logtape, which is loaded only once something is to be
 * logged. Entries come as values and never as templates, so nothing that a peer sends is interpreted.
 * A log that can't be written stops nobody: what is lost is counted, and said once it works again.
 *
 * @module
 */
import type { Logger, LogLevel as TapeLevel, LogRecord } from "@logtape/logtape";
import fs from "node:fs";
import nodePath from "node:path";
import { utf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import {
  type Log,
  LOG_LEVELS,
  type LogEntry,
  type LogLevel,
  type LogThreshold,
} from "../base/log.ts";
import {
  FILE_MODE,
  fileError,
  isOursToChange,
  isOwn,
  lstatOrNull,
  reasonNotMade,
} from "./private.ts";

/** How much is logged, and where to. */
export interface LogTarget {
  readonly level: LogThreshold;
  /** absolute path of a file; null for stderr */
  readonly file: string | null;
}

/** What a log is made with. */
export interface LogOptions {
  /** an entry as a line, without its end, as it is written to stderr */
  readonly stderrLine: LogLine;
  /** the same for a file */
  readonly fileLine: LogLine;
  /** writes to stderr; also told of a file that can't be written */
  readonly stderr: (text: string) => void;
  /** whether what is written to stderr would only be kept in memory, as nobody reads it (default: never) */
  readonly isStderrFull?: () => boolean;
}

/** Makes a line of an entry. @param at Unix time in milliseconds */
export type LogLine = (level: LogLevel, entry: LogEntry, at: number) => string;

const TAPE_LEVELS: { readonly [L in LogLevel]: TapeLevel } = {
  error: "error",
  warn: "warning",
  info: "info",
  debug: "debug",
  trace: "trace",
};
const LEVELS = new Map(
  Object.entries(TAPE_LEVELS).map(([ours, tape]) => [tape, ours as LogLevel]),
);

/** The log of a process. It takes no entries until it was told a target. */
export class ProcessLog implements Log {
  readonly #options: LogOptions;
  #target: LogTarget = { level: "off", file: null };
  #logger: Logger | null = null;
  /** index of the least grave level that is wanted; -1 for none */
  #wanted = -1;
  #fd: number | null = null;
  /** whether the last line of the file may be cut, as by a full disk */
  #isTorn = false;
  #lost = 0;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Where it goes now. */
  get target(): LogTarget {
    return this.#target;
  }

  /** Asked for every packet's worth of events: so it is no more than a comparison. */
  wants(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) <= this.#wanted;
  }

  write(level: LogLevel, entry: LogEntry): void {
    this.#logger?.emit({
      level: TAPE_LEVELS[level],
      timestamp: Date.now(),
      message: [entry.what],
      rawMessage: "",
      properties: { ...entry },
    });
  }

  /**
   * Goes on with this target. A file is opened anew also if it is the same: that is how logs are
   * rotated.
   *
   * @throws {RaetError} `bad_config` if the file can't be opened; then all stays as it was
   */
  async configure(target: LogTarget): Promise<void> {
    const fd = target.file === null || target.level === "off" ? null : openFile(target.file);
    this.#closeFile();
    this.#fd = fd;
    this.#isTorn = false;
    this.#target = target;
    this.#wanted = -1;
    this.#logger = null;
    if (target.level === "off") return;
    const tape = await import("@logtape/logtape");
    tape.configureSync({
      reset: true,
      sinks: { ours: (record: LogRecord) => this.#take(record) },
      loggers: [
        { category: "raet", sinks: ["ours"], lowestLevel: TAPE_LEVELS[target.level] },
        { category: ["logtape", "meta"], sinks: [], lowestLevel: null },
      ],
    });
    this.#logger = tape.getLogger("raet");
    this.#wanted = LOG_LEVELS.indexOf(target.level);
  }

  /** Takes no more entries, and closes its file. */
  close(): void {
    this.#wanted = -1;
    this.#logger = null;
    this.#closeFile();
  }

  #take({ level, timestamp, properties }: LogRecord): void {
    const entry = properties as unknown as LogEntry;
    const ours = LEVELS.get(level) ?? "error";
    if (this.#fd === null) return this.#say(ours, entry, timestamp);
    const { fileLine } = this.#options;
    try {
      const line = fileLine(ours, entry, timestamp);
      if (this.#lost > 0) {
        this.#append(this.#fd, fileLine("error", lostEntry(this.#linesLost, ROOM), timestamp));
      }
      this.#append(this.#fd, line);
      this.#lost = 0;
    } catch (cause) {
      if (this.#lost++ > 0) return;
      const { stderr, stderrLine } = this.#options;
      const why = fileError(this.#target.file!, "written", cause).message;
      stderr(`${stderrLine("error", lostEntry(why, ROOM), timestamp)}\n`);
    }
  }

  /** Writes to stderr. */
  #say(level: LogLevel, entry: LogEntry, at: number): void {
    const { stderr, stderrLine, isStderrFull } = this.#options;
    if (isStderrFull?.()) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) {
      stderr(`${stderrLine("error", lostEntry(this.#linesLost, READER), at)}\n`);
    }
    this.#lost = 0;
    stderr(`${stderrLine(level, entry, at)}\n`);
  }

  get #linesLost(): string {
    return `${this.#lost} ${this.#lost === 1 ? "line" : "lines"} before this`;
  }

  /** Appends a line. Nobody tells how much of one is in the file that did not fit: the next begins a new one. */
  #append(fd: number, line: string): void {
    const bytes = utf8(this.#isTorn ? `\n${line}\n` : `${line}\n`);
    this.#isTorn = true;
    for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
    this.#isTorn = false;
  }

  #closeFile(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}

/** What to do for a file, and for stderr. */
const ROOM = "make room, or choose another file";
const READER = "have stderr read as fast as the log is written, or choose a file or a lower level";

function lostEntry(why: string, todo: string): LogEntry {
  return { topic: "manor", what: "log lost", why, todo };
}

/** Opens a file to append to, 0600 if it is new. */
function openFile(path: string): number {
  try {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    // A pipe that nobody reads would hold up the whole process.
    if (stat && !stat.isFile() && !stat.isCharacterDevice()) {
      throw new RaetError("bad_config", `"${path}" can't be the log: expected a file`);
    }
    if (isTrusted(nodePath.dirname(path))) return fs.openSync(path, "a", FILE_MODE);
    return openAmongOthers(path);
  } catch (cause) {
    if (cause instanceof RaetError) throw cause;
    const why = `"${path}" can't be opened as the log: ${reasonNotMade(cause)}`;
    throw new RaetError("bad_config", why, { cause });
  }
}

/** Whether nobody but this user and root can put anything into a folder. */
function isTrusted(folder: string): boolean {
  const stat = fs.statSync(folder);
  return isOursToChange(stat) && (isOwn(stat) || stat.uid === 0);
}

/** The same where others can put a link, or a file of theirs, in our log's place: `/tmp` for instance. */
function openAmongOthers(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0 } = fs.constants;
  const isLink = lstatOrNull(path)?.isSymbolicLink();
  const fd = isLink ? -1 : fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, FILE_MODE);
  if (fd >= 0) {
    const stat = fs.fstatSync(fd);
    if (stat.isFile() && isOwn(stat) && isOursToChange(stat) && stat.nlink === 1) return fd;
    fs.closeSync(fd);
  }
  throw new RaetError(
    "bad_config",
    `"${path}" can't be the log, as other users can change its folder: expected a plain file of this user`,
  );
}
