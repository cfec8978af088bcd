/**
 * What `raet ask` does.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { isGlob } from "../base/glob.ts";
import { TTL_MS_DEFAULT } from "../base/limits.ts";
import { answerError, type ErrorAnswer } from "../client/answer.ts";
import type { Delivery } from "../client/delivery.ts";
import type { Yard } from "../client/yard.ts";
import { parseTriple, type Triple } from "../route/triple.ts";
import { rawBody, tripleRecord } from "./message.ts";
import type { Form } from "./send/forms.ts";
import { Progress } from "./send/progress.ts";
import { readBodySource } from "./send/source.ts";
import { UntakenNote } from "./send/untaken.ts";
import type { Session } from "./session.ts";
import { withSuggestion } from "./suggest.ts";
import { formatMs } from "./text.ts";

/** How to ask. */
export interface AskOptions {
  readonly as: Form;
  readonly type?: string;
  /** milliseconds */
  readonly timeout?: number;
}

/** Asks, and prints the answer. */
export async function ask(
  session: Session,
  route: string,
  words: readonly string[],
  { as, type, timeout: timeoutMs }: AskOptions,
): Promise<void> {
  const { output, signal } = session;
  const to = parseTriple(route);
  const make = await readBodySource(session, words, { as, fill: false });
  const body = make(1);
  const yard = await session.attach();
  await refuseGlob(to, yard);
  const answer = await (async () => {
    using _progress = new Progress(output, (ms) => `waiting for ${route}, ${formatMs(ms)}`);
    using notes = new DisposableStack();
    const onDelivery = (delivery: Delivery) =>
      void notes.use(new UntakenNote(output, delivery, to, timeoutMs ?? TTL_MS_DEFAULT));
    return await yard.ask(to, body, { timeoutMs, type, signal, onDelivery });
  })();
  if (answer.status === "answered") {
    const { status, id, from, body } = answer;
    const ms = Math.round(answer.ms * 10) / 10;
    if (output.json) output.record({ status, id, ms, from: tripleRecord(from), body });
    else output.raw(rawBody(body));
  } else if (answer.status === "error") {
    session.setExitCode(sayError(session, answer));
  } else {
    throw await withSuggestion(answerError(answer), to, yard);
  }
}

/** A request has one answer. A name that is known is no glob, whatever it holds. */
async function refuseGlob({ estate }: Triple, yard: Pick<Yard, "control">): Promise<void> {
  if (!isGlob(estate)) return;
  const { rows } = await yard.control("estates", {});
  if (rows.some(({ name }) => name === estate)) return;
  const what = `ask takes no globs, but got "${estate}": expected the name of one estate`;
  throw new RaetError("bad_route", what);
}

/** One sentence, then what whoever answered printed, line by line if it is more than one. */
function sayError({ output }: Session, answer: ErrorAnswer): number {
  const { from, code, message, exit } = answer;
  const lines = message.trimEnd().split("\n");
  if (output.json || lines.length === 1) {
    const more = { from: tripleRecord(from), answer: { code, message, exit } };
    return output.failure(answerError(answer), more);
  }
  const exitCode = output.failure(answerError({ ...answer, message: "" }));
  for (const line of lines) output.note(line);
  return exitCode;
}
