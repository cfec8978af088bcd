/**
 * What `raet answer` does.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { BODY_BYTES_MAX, REPLY_MESSAGE_CHARS_MAX } from "../base/limits.ts";
import type { Value } from "../base/value.ts";
import type { Delivery } from "../client/delivery.ts";
import type { Message } from "../client/message.ts";
import { checkCommand, type CommandEnd, runCommand } from "../io/command.ts";
import { formatTriple } from "../route/triple.ts";
import { parseBody } from "./body.ts";
import { takeMessages } from "./claim.ts";
import { rawBody, tripleRecord } from "./message.ts";
import type { Session } from "./session.ts";
import { formatMs, formatTime, paint } from "./text.ts";

/** How to answer. Times are milliseconds. */
export interface AnswerOptions {
  readonly yard?: string;
  readonly parallel?: number;
  readonly timeout?: number;
  readonly count?: number;
  readonly for?: number;
  readonly idle?: number;
}

/**
 * Runs the command for each message, and answers with what it prints.
 *
 * @throws {RaetError} `usage` if there is no such command
 */
export async function answer(
  session: Session,
  share: string,
  words: readonly string[],
  options: AnswerOptions,
): Promise<void> {
  checkCommand(words[0]);
  const running = new Set<Promise<void>>();
  let fault: unknown = null;
  const broken = new AbortController();
  const fail = (error: unknown) => {
    fault ??= error;
    broken.abort();
  };
  const { parallel = 1 } = options;
  const messages = takeMessages(session, {
    ...options,
    share,
    doing: "answering",
    until: broken.signal, // also where nothing comes any more
    workDone: () => Promise.all(running),
  });
  for await (const message of messages) {
    const run: Promise<void> = answerOne(session, message, words, options.timeout)
      .catch(fail)
      .finally(() => running.delete(run));
    running.add(run);
    // The next message is taken, and so acknowledged, only when somebody is free for it.
    if (running.size >= parallel) await Promise.race(running);
    if (fault) break;
  }
  if (fault) throw fault;
}

async function answerOne(
  session: Session,
  message: Message,
  words: readonly string[],
  timeoutMs: number | undefined,
): Promise<void> {
  const began = performance.now();
  const body = rawBody(message.body);
  let end: CommandEnd;
  try {
    end = await runCommand(words, {
      input: typeof body === "string" ? utf8(body) : body,
      env: environment(session, message),
      outBytesMax: BODY_BYTES_MAX,
      errBytesMax: 4 * REPLY_MESSAGE_CHARS_MAX,
      timeoutMs,
    });
  } catch (error) {
    // It can't be started for the next message either: whoever asked is told, then all ends.
    if (message.asks && error instanceof RaetError) {
      await message.fail("no_command", error.message, 127).outcome;
    }
    throw error;
  }
  const ms = performance.now() - began;
  const sent = message.asks ? await reply(message, end) : "none";
  // However the command ended, it ran: to run it again is for whoever sent the message.
  await message.done();
  say(session, message, end, ms, sent);
}

/** Sends the answer; what became of it. */
async function reply(message: Message, end: CommandEnd): Promise<string> {
  const delivery = replyOf(message, end);
  const outcome = await delivery.outcome;
  if (!("code" in outcome)) return isGood(end) ? "answered" : "error";
  if (outcome.code === "too_large") await message.fail("too_large", outcome.message).outcome;
  return outcome.code;
}

function replyOf(message: Message, end: CommandEnd): Delivery {
  if (isGood(end)) {
    try {
      return message.answer(valueOf(end.out));
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      return message.fail(error.code, error.message, end.exit); // a body that can't travel
    }
  }
  const said = new TextDecoder().decode(end.err);
  if (end.ended === "timeout") {
    return message.fail("command_timeout", `it took too long and was ended\n${said}`, end.exit);
  }
  if (end.ended === "too_large") {
    const why = `it printed more than ${BODY_BYTES_MAX} bytes and was ended\n${said}`;
    return message.fail("too_large", why, end.exit);
  }
  return message.fail("command_failed", said, end.exit);
}

function isGood({ exit, ended }: CommandEnd): boolean {
  return exit === 0 && ended === null;
}

/** What a command printed: JSON if that can be a body, else text without its last line's end, else bytes. */
function valueOf(out: Uint8Array): Value {
  const text = fromUtf8(out);
  if (text === null) return out;
  try {
    return parseBody(text);
  } catch {
    return text.replace(/\r?\n$/, "");
  }
}

function environment(session: Session, message: Message): Record<string, string> {
  return {
    RAET_FROM: formatTriple(message.from),
    RAET_TO: formatTriple(message.to),
    RAET_ID: message.id,
    // Any text comes over the wire; an environment takes all but one character.
    RAET_TYPE: (message.type ?? "").replaceAll("\0", ""),
    RAET_HOME: session.home,
  };
}

function say(
  { output }: Session,
  { from, id, asks }: Message,
  { exit, ended }: CommandEnd,
  ms: number,
  answer: string,
): void {
  const good = answer === "answered" || (answer === "none" && exit === 0);
  output.record(
    { from: tripleRecord(from), id, asks, exit, ms: Math.round(ms * 10) / 10, answer },
    [
      paint("dim", formatTime(Date.now())),
      " ",
      paint("cyan", formatTriple(from)),
      " ",
      paint(good ? "green" : "red", answer === "none" ? "not asked" : answer),
      ` exit ${exit}${ended === "timeout" ? ", too slow" : ""}, ${formatMs(ms)}`,
    ],
  );
}
