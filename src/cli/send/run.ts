/**
 * What `raet send` does.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { TTL_MS_DEFAULT } from "../../base/limits.ts";
import type { Value } from "../../base/value.ts";
import type { Yard } from "../../client/yard.ts";
import { formatTriple, parseTriple, type Triple } from "../../route/triple.ts";
import type { Session } from "../session.ts";
import { withSuggestion } from "../suggest.ts";
import { formatMs, paint, type Piece } from "../text.ts";
import type { Form } from "./forms.ts";
import { endOf, ManyMessages, type Sending, startSending } from "./many.ts";
import { Progress } from "./progress.ts";
import { bodiesOfLines, type BodyMaker, readBodySource } from "./source.ts";
import { manyLine, messageLine } from "./state.ts";
import { failureOf, type Tally } from "./tally.ts";
import { findTargets } from "./targets.ts";
import { UntakenNote } from "./untaken.ts";

/** How to send. */
export interface SendOptions {
  /** how long to wait: the life of a message, or until nobody waits for a durable one, milliseconds */
  readonly timeout?: number;
  /** its life, milliseconds */
  readonly ttl?: number;
  readonly durable?: true;
  readonly ordered?: true;
  readonly id?: string;
  readonly wait: boolean;
  readonly as: Form;
  readonly type?: string;
  readonly lines?: true;
  readonly count?: number;
  /** a second */
  readonly rate?: number;
}

/** Sends messages, and says what became of them. */
export async function send(
  session: Session,
  route: string,
  words: string[],
  options: SendOptions,
): Promise<void> {
  const to = parseTriple(route);
  const sending = sendingOf(options);
  const bodies = await readBodies(session, words, options);
  const yard = await session.attach();
  const { one, ends } = await findTargets(to, yard);
  if (one && bodies.single !== null) {
    return await sendOne(session, yard, to, bodies.single, { sending, wait: options.wait });
  }
  if (sending.id !== undefined) {
    throw new RaetError("usage", "--id is of one message: expected one message to one estate");
  }
  const { wait, rate = Infinity } = options;
  const { signal, output } = session;
  const all = bodies.all();
  const many = new ManyMessages({ yard, ends, bodies: all, rate, sending, wait, signal, output });
  const began = performance.now();
  const expected = bodies.count === null ? null : bodies.count * ends.length;
  try {
    using _progress = new Progress(output, (ms) => manyLine(many.ended, expected, ms));
    await many.run();
  } catch (error) {
    // What went before a line that is no body has been sent: nobody should have to guess how much.
    if (many.ended > 0) printTallies(session, many.tallies, performance.now() - began);
    throw error;
  }
  const ms = performance.now() - began;
  if (bodies.single === null) printTallies(session, many.tallies, ms);
  else printEnds(session, many.tallies);
  const failure = failureOf(many.tallies, many.isCutShort);
  if (failure) throw one ? await withSuggestion(failure, to, yard) : failure;
}

async function sendOne(
  session: Session,
  yard: Yard,
  to: Triple,
  body: Value,
  how: { sending: Sending; wait: boolean },
): Promise<void> {
  const { output, signal } = session;
  using _progress = new Progress(output, (ms) => messageLine(yard, to, body, ms));
  const delivery = startSending(yard, to, body, { ...how, signal });
  using _note = new UntakenNote(output, delivery, to, how.sending.waitMs);
  const outcome = await endOf(delivery, { ...how, signal });
  if ("code" in outcome) {
    throw await withSuggestion(new RaetError(outcome.code, outcome.message), to, yard);
  }
  const { status, id } = outcome;
  const shown = formatTriple(to);
  if (status === "taken" || status === "stored") {
    return output.record({ status, id }, [paint("green", status), ` by the manor, for ${shown}`]);
  }
  const ms = Math.round(outcome.ms * 10) / 10;
  output.record({ status, id, ms }, [paint("green", status), ` to ${shown} in ${formatMs(ms)}`]);
}

function sendingOf(options: SendOptions): Sending {
  const { timeout, ttl, id, type } = options;
  const [durable, ordered] = [Boolean(options.durable), Boolean(options.ordered)];
  if (!durable && ttl !== undefined && timeout !== undefined) {
    throw new RaetError(
      "usage",
      "--ttl and --timeout are the same of a message that is not durable: expected one of them",
    );
  }
  // Of one that is not durable nothing goes on once the command has ended.
  const ttlMs = ttl ?? (durable ? undefined : timeout);
  return { ttlMs, durable, ordered, id, type, waitMs: timeout ?? TTL_MS_DEFAULT };
}

/** The bodies to send: a single one, or all that there are. */
interface Bodies {
  /** null if there are several for each end */
  readonly single: Value | null;
  /** how many, where that is known */
  readonly count: number | null;
  all(): AsyncIterable<BodyMaker> | Iterable<BodyMaker>;
}

async function readBodies(
  session: Session,
  words: string[],
  { as, lines, count, rate }: SendOptions,
): Promise<Bodies> {
  if (rate !== undefined && !lines && count === undefined) {
    throw new RaetError("usage", "--rate is of many messages: expected --count or --lines as well");
  }
  if (lines) {
    if (words.length !== 1 || words[0] !== "-") {
      throw new RaetError("usage", "--lines reads standard input: expected - as the body");
    }
    if (count !== undefined) {
      throw new RaetError("usage", "--lines sends each line once: expected no --count");
    }
    return { single: null, count: null, all: () => bodiesOfLines(session, as) };
  }
  const make = await readBodySource(session, words, { as, fill: count !== undefined });
  const first = make(1); // what is wrong with it is said before anything is sent
  if (count === undefined) return { single: first, count: 1, all: () => [make] };
  return {
    single: null,
    count,
    *all() {
      for (let n = 1; n <= count; n++) yield make;
    },
  };
}

/** What became of one message to each of several ends. */
function printEnds({ output }: Session, tallies: readonly Tally[]): void {
  const rows = tallies.filter(({ last }) => last !== null).map(({ to, last }) => {
    const { ms, ...end } = last!;
    return { to, ...end, ms: Math.round(ms * 10) / 10 };
  });
  output.rows(rows, [
    ["TO", ({ to }) => to],
    ["OUTCOME", (row) => outcome("code" in row ? row.code : row.status, "code" in row)],
    ["TOOK", ({ ms }) => formatMs(ms)],
    ["WHY", (row) => "message" in row ? row.message : ""],
  ], "nothing was sent");
}

function printTallies({ output }: Session, tallies: readonly Tally[], ms: number): void {
  output.rows(tallies.map((tally) => tally.row(ms)), [
    ["TO", ({ to }) => to],
    ["SENT", ({ sent }) => String(sent)],
    ["OUTCOMES", ({ codes, ...row }) => {
      const statuses = ["taken", "stored", "delivered", "handed", "acknowledged"] as const;
      const good = statuses.filter((status) => row[status] > 0).map((s) => `${row[s]} ${s}`);
      const bad = Object.entries(codes).map(([code, times]) => `${times} ${code}`);
      return outcome([...good, ...bad].join(", ") || "-", bad.length > 0);
    }],
    ["TOOK", ({ ms }) => formatMs(ms)],
    ["A SECOND", ({ perSecond }) => String(perSecond)],
  ], "nothing was sent");
}

function outcome(text: string, failed: boolean): Piece {
  return paint(failed ? "red" : "green", text);
}
