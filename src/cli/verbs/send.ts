/**
 * `raet send`: one message, and what became of it.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import type { Value } from "../../base/value.ts";
import { formatTriple, parseTriple } from "../../route/triple.ts";
import { BODY_TEXT_BYTES_MAX, parseBody } from "../body.ts";
import type { Session } from "../session.ts";
import { formatMs, paint } from "../text.ts";
import { secondsToMs, type Verb } from "../verb.ts";

interface SendOptions {
  /** milliseconds */
  readonly timeout?: number;
  readonly wait: boolean;
}

/** Sends one message. */
export const sendVerb: Verb = {
  name: "send",
  summary: "send a message, and say what became of it",
  places: ["command", "console"],
  examples: [
    [`send beta//jobs '{"n": 1}'`, "to share jobs of estate beta"],
    [`send /worker/jobs '"hello"'`, "to a process of this host that attached as worker"],
    [`send beta// -`, "to beta's inbox, the body from standard input"],
  ],
  notes: [
    "ROUTE is estate/yard/share with exactly two slashes; an empty part is this host, its manor, or",
    'the share inbox. BODY is JSON, {} if none is given; {"$bytes": "aGk="} stands for bytes.',
  ],
  completions: ["route"],
  define(command, session) {
    command
      .argument("<route>", "where to: estate/yard/share")
      .argument("[body]", "the message as JSON, or - for standard input")
      .option("--timeout <seconds>", "how long the message may take (default: 30)", secondsToMs)
      .option("--no-wait", "return as soon as the manor has taken it")
      .action((route, body, options) => send(session, route, body, options));
  },
};

async function send(
  session: Session,
  route: string,
  text: string | undefined,
  options: SendOptions,
): Promise<void> {
  const to = parseTriple(route);
  const body = await readBody(session, text);
  const yard = await session.attach();
  const delivery = yard.send(to, body, { timeoutMs: options.timeout, signal: session.signal });
  const shown = formatTriple(to);
  if (!options.wait) {
    await delivery.taken;
    session.output.record({ status: "taken", id: delivery.id }, [
      paint("green", "taken"),
      ` by the manor, for ${shown}`,
    ]);
    return;
  }
  const outcome = await delivery.outcome;
  if ("code" in outcome) throw new RaetError(outcome.code, outcome.message);
  const { status, id } = outcome;
  const ms = Math.round(outcome.ms * 10) / 10;
  session.output.record({ status, id, ms }, [
    paint("green", status),
    ` to ${shown} in ${formatMs(ms)}`,
  ]);
}

async function readBody(session: Session, text: string | undefined): Promise<Value> {
  if (text === undefined) return {};
  return parseBody(text === "-" ? await session.readInput(BODY_TEXT_BYTES_MAX) : text);
}
