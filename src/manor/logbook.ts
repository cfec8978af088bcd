/**
 * What a manor writes into its log: one line for each thing that an operator would want to know, with
 * why it happened and what to do. What others can bring about at will, as drops, faults of sockets and
 * operators who come and go, is written the first time and then summed up, so that nobody floods a log or
 * crowds the rest out of it.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import type { DropReason } from "../base/drop.ts";
import { describeEnd } from "../road/endings.ts";
import { DROP_MEANINGS, EXPECTED_DROPS } from "../base/drop_meanings.ts";
import { LOG_SUMMARY_MS } from "../base/limits.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import type { KeepReport } from "../keep/named_folder.ts";
import type { StateEvent, TransactionEvent } from "../road/events.ts";
import type { KeyView } from "../route/control.ts";
import type { KeyDecision } from "./keys.ts";
import type { Log, LogEntry, LogLevel } from "../base/log.ts";

/** What came again and again since it was last written. */
interface Repeated {
  readonly level: LogLevel;
  count: number;
  /** how often it was written at once */
  written: number;
  /** the entry for that many */
  readonly entry: (count: number) => LogEntry;
}

/** What is summed up apart from the rest. */
type Topic = "presence" | "operators" | "drops" | "warnings" | "faults" | "left out";

/** Who the manor is, for its log. */
export interface LoggedManor {
  readonly name: string;
  readonly address: string;
  readonly home: string;
  readonly fingerprint: string;
}

const PRESENCE_LEVELS: { readonly [T in StateEvent["type"]]: LogLevel } = {
  joined: "info",
  allowed: "info",
  alive: "info",
  lost: "warn",
  reaped: "warn",
  rekeyed: "warn",
  pending: "warn",
  refused: "warn",
  rejected: "warn",
  ready: "debug",
  unready: "debug",
};

/** Writes what happens in one manor. */
export class Logbook {
  readonly #log: Log;
  readonly #clock: Clock;
  /** By topic: a flood of one leaves room for what is said of the others. */
  readonly #repeated = new Map<Topic, Map<string, Repeated>>();
  #callOff: (() => void) | undefined;
  #isReady = false;

  constructor(log: Log, clock: Clock = systemClock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** It runs. */
  ready({ name, address, home, fingerprint }: LoggedManor): void {
    this.#isReady = true;
    const why = `at ${address}, home ${home}`;
    this.#write("info", { topic: "manor", what: "ready", who: name, why, more: { fingerprint } });
  }

  /** It was told to end, or could not begin: then that is not said. @param open messages without an outcome yet */
  stopping(name: string, open: number): void {
    if (!this.#isReady) return;
    const why = open > 0 ? `told to end; ${open} messages are still open` : "told to end";
    this.#write("info", { topic: "manor", what: "stopping", who: name, why });
  }

  /** It has ended: nothing comes after this. */
  stopped(name: string, upMs: number): void {
    this.#sumUp();
    this.#callOff?.();
    if (!this.#isReady) return;
    const why = `after ${Math.round(upMs / 1000)} s`;
    this.#write("info", { topic: "manor", what: "stopped", who: name, why });
  }

  /** How we stand with an estate has changed. */
  presence(event: StateEvent): void {
    // An estate that comes and goes all the time, as one that means harm may, is summed up.
    const key = `${event.type} ${event.estate}`;
    this.#again(PRESENCE_LEVELS[event.type], "presence", key, (count) => {
      const address = formatAddress(event.address);
      const { why, ...todo } = reasonOf(event, address);
      return {
        topic: "presence",
        what: event.type,
        who: event.estate,
        why: why + timesOf(count),
        ...todo,
        more: { address, role: event.role },
      };
    }, PRESENCE_AT_ONCE);
  }

  /** The operator judged a key. */
  key(decision: KeyDecision, key: KeyView): void {
    const { role, estates, fingerprint } = key;
    const why = decision === "changed"
      ? "by the operator; the one before signed it"
      : `by the operator; it is the key of ${estates.join(", ") || "no estate yet"}`;
    const more = { fingerprint };
    this.#write("info", { topic: "keys", what: `key ${decision}`, who: role, why, more });
  }

  /** An operator of the group came, left, or called what changes something or is not granted. */
  operator(who: string, what: "came" | "left" | "called" | "denied", verb = ""): void {
    const level = what === "denied" ? "warn" : what === "called" ? "info" : "debug";
    const why = verb && `control verb ${verb}`;
    this.#again(level, "operators", `${who} ${what} ${verb}`, (count) => ({
      topic: "operators",
      what: `operator ${what}`,
      who,
      why: why + timesOf(count) || undefined,
    }));
  }

  /** A file of the keep can't be used. */
  setAside({ path, movedTo, why }: KeepReport): void {
    this.#write("error", {
      topic: "keep",
      what: "file set aside",
      who: path,
      why,
      todo:
        `look at ${movedTo}: put a good copy in its place and restart, or let the estate join anew`,
    });
  }

  /** Something that should not be, and that an operator may mend. */
  warning(what: string, why: string, todo?: string): void {
    this.#again("warn", "warnings", `${what} ${why}`, (count) => ({
      topic: "manor",
      what,
      why: why + timesOf(count),
      todo,
    }));
  }

  /** A socket failed where it should not; it goes on. */
  fault(where: string, why: string): void {
    this.#again("error", "faults", `${where} ${why}`, (count) => ({
      topic: "socket",
      what: "fault",
      who: where,
      why: why + timesOf(count),
      todo:
        "it goes on by itself; if this stays, look at the network and at the limits of open files",
    }));
  }

  /** Whether the begin and redos of transactions are written. */
  get wantsSteps(): boolean {
    return this.#log.wants("trace");
  }

  /** A step of a transaction: its end at debug, its begin and redos at trace. */
  transaction(event: TransactionEvent, kind: () => string = () => event.kind): void {
    const level = event.phase === "ended" ? "debug" : "trace";
    if (!this.#log.wants(level)) return;
    const { id, ours, estate, packets, bytes, redos, phase } = event;
    const ms = Math.round(event.ms * 10) / 10;
    const why = phase === "ended"
      ? describeEnd(event)
      : phase === "redo"
      ? `the ${redos}. time`
      : "";
    this.#log.write(level, {
      topic: "transaction",
      what: `${kind()} ${phase}`,
      who: `${ours ? "to" : "from"} ${estate}`,
      why: why || undefined,
      more: { id, packets, bytes, redos, ms },
    });
  }

  /**
   * Input was thrown away.
   *
   * @param from its address, socket path or estate
   * @param detail what more there is to say; written where it is a rule of ours, as there are few
   */
  drop(reason: DropReason, from: string, detail = ""): void {
    const level = EXPECTED_DROPS.has(reason) ? "debug" : "warn";
    const rule = reason === "denied_by_rule" ? `: ${detail}` : "";
    // The address is of the first one in each summary: a flood has many.
    this.#again(level, "drops", `${reason}${rule}`, (count) => ({
      topic: "drops",
      what: `dropped ${reason}`,
      who: `from ${from}${count > 1 ? " and maybe others" : ""}`,
      why: DROP_MEANINGS[reason] + rule + timesOf(count),
      more: { reason, count },
    }));
  }

  /** Writes what came once at once, or so many times, and what comes again as one line for all. */
  #again(
    level: LogLevel,
    topic: Topic,
    key: string,
    entry: (count: number) => LogEntry,
    atOnce = 1,
  ): void {
    if (!this.#log.wants(level)) return;
    const known = this.#repeated.get(topic) ?? new Map<string, Repeated>();
    this.#repeated.set(topic, known);
    const before = known.get(key);
    if (before && before.written >= atOnce) {
      before.count++;
      return;
    }
    if (before) before.written++;
    else if (known.size >= REPEATED_MAX) return this.#leftOut(topic);
    else known.set(key, { level, count: 0, written: 1, entry });
    this.#log.write(level, entry(1));
    this.#callOff ??= this.#startTimer();
  }

  /** Few things are alike in no way; a flood of those is counted. */
  #leftOut(topic: Topic): void {
    this.#again("warn", "left out", topic, (count) => ({
      topic: "manor",
      what: "lines left out",
      who: topic,
      why: `more than ${REPEATED_MAX} things that differ came at once${timesOf(count)}`,
    }));
  }

  #startTimer(): () => void {
    return this.#clock.after(LOG_SUMMARY_MS, () => {
      this.#callOff = undefined;
      this.#sumUp();
      if ([...this.#repeated.values()].some(({ size }) => size > 0)) {
        this.#callOff = this.#startTimer();
      }
    });
  }

  /** What was quiet since the last summary is news again when it comes. */
  #sumUp(): void {
    for (const known of this.#repeated.values()) {
      for (const [key, repeated] of known) {
        if (repeated.count === 0) known.delete(key);
        else this.#log.write(repeated.level, repeated.entry(repeated.count));
        repeated.count = 0;
      }
    }
  }

  #write(level: LogLevel, entry: LogEntry): void {
    if (this.#log.wants(level)) this.#log.write(level, entry);
  }
}

/** That a file of the keep can't be used, as one sentence. */
export function asideMessage({ path, movedTo, why }: KeepReport): string {
  return `"${path}" can't be read (${why}): it is set aside as "${movedTo}"`;
}

/** Things of one topic that are summed up at one time. */
const REPEATED_MAX = 500;
/** How often an estate may come or go before that is summed up. */
const PRESENCE_AT_ONCE = 5;

function timesOf(count: number): string {
  return count > 1 ? `; ${count} times in ${LOG_SUMMARY_MS / 1000} s` : "";
}

/** Why it came to this, and what to do about it. */
function reasonOf(event: StateEvent, address: string): { why: string; todo?: string } {
  const more = event.why ? `: ${event.why}` : "";
  switch (event.type) {
    case "pending":
      return event.ours
        ? {
          why: `our key waits for acceptance at ${address}`,
          todo: "ask its operator to compare the fingerprint and to accept the key",
        }
        : {
          why: "its key waits for acceptance here",
          todo: `compare raet keys show ${event.role} with what its operator sees, then ` +
            `raet keys accept ${event.role}`,
        };
    case "lost":
      return {
        why: `no answer from ${address}${more}`,
        todo:
          "nothing to do: it is asked again; messages wait until it is back or their time is out",
      };
    case "refused":
      return {
        why: `${address} refused to join now${more}`,
        todo: "nothing to do: it is tried again",
      };
    case "rejected":
      return event.ours
        ? {
          why: `${address} rejected our key${more}`,
          todo: "ask its operator to delete our key there, so that it can be judged again",
        }
        : { why: `its key was rejected${more}`, todo: REJECTED_ADVICE };
    case "rekeyed":
      return { why: `it has new keys${more}` };
    case "reaped":
      return {
        why: `not heard of for so long that it is asked no more${more}`,
        todo: "nothing to do: it is known again as soon as it calls",
      };
    default:
      return { why: `at ${address}${more}` };
  }
}

const REJECTED_ADVICE =
  "find out whether it is a stranger; if it is the estate that you mean, raet keys " +
  "delete its role here, or change the pin, so that it may come with its new key";
