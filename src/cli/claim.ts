/**
 * Taking the messages of a share until there is an end: a number, a time, quiet, or ^C.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { checkOwnName } from "../base/names.ts";
import type { Listener } from "../client/listener.ts";
import type { Message } from "../client/message.ts";
import type { Yard } from "../client/yard.ts";
import type { Output } from "./output.ts";
import type { Session } from "./session.ts";

/** What to take, and until when. Times are milliseconds. */
export interface ClaimOptions {
  readonly share: string;
  readonly yard?: string;
  /** copies, instead of the messages themselves */
  readonly observe?: boolean;
  readonly count?: number;
  readonly for?: number;
  readonly idle?: number;
  /** what is said once the share is claimed; its place and the yard's name follow */
  readonly doing: string;
  /**
   * for who works on several at once: resolves once all work has ended. Durable messages are the program's until
   * then, and are acknowledged by `done` only.
   */
  readonly workDone?: () => Promise<unknown>;
  /** ends it as ^C does */
  readonly until?: AbortSignal;
  /** which messages count; all by default */
  readonly wanted?: (message: Message) => boolean;
}

/**
 * The messages of a share, one by one; ends well when the time has come. A durable one is done with
 * when the next is taken, or by `done` with `workDone`.
 *
 * @throws {RaetError} `usage` if the share or the yard can't have such a name
 */
export async function* takeMessages(
  session: Session,
  options: ClaimOptions,
): AsyncGenerator<Message> {
  const { share, observe, workDone, wanted = () => true } = options;
  checkNames(options);
  const yard = await session.attach(options.yard);
  const idle = new Idle(options.idle);
  const ends = [session.signal, idle.signal];
  if (options.until) ends.push(options.until);
  if (options.for !== undefined) ends.push(AbortSignal.timeout(options.for));
  const end = AbortSignal.any(ends);
  const manual = workDone !== undefined;
  const word = new LastWord(session.output, yard, manual ? session.signal : end);
  await using listener = await yard.listen(share, { observe, manual });
  // Not closed: that would give away what is worked on, and somebody else would do that work again.
  onAbort(end, () => listener.stop());
  session.output.note(`${options.doing} ${yard.manor.estate}//${share} as yard ${yard.name}`);
  using _idle = idle;
  let left = options.count ?? Infinity;
  idle.restart();
  try {
    // No `for await`, which would close the listener before the work is done.
    for (;;) {
      const { value, done } = await listener.next();
      if (done) return;
      if (!wanted(value)) continue;
      const message = word.of(value);
      idle.stop();
      // While the last one is worked on, what comes is for others.
      if (--left <= 0) listener.stop();
      yield message;
      if (left <= 0) {
        // The one before is done with when the next is taken: there is none after the last.
        if (!manual) await message.done();
        return;
      }
      idle.restart();
    }
  } finally {
    listener.stop();
    noteLeftOut(session, listener);
    await workDone?.();
  }
}

function onAbort(signal: AbortSignal, callback: () => void): void {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
}

/** Whoever reads copies would take them for all that there were. */
function noteLeftOut({ output }: Session, { leftOut }: Listener): void {
  if (leftOut === 0) return;
  output.note(`${leftOut.toLocaleString("en")} left out: they came faster than they were taken`);
}

function checkNames({ share, yard }: ClaimOptions): void {
  checkOwnName("share", share);
  if (yard !== undefined) checkOwnName("yard", yard);
  if (share.startsWith(".")) {
    throw new RaetError("usage", `"${share}" begins with a dot: such shares are the manor's own`);
  }
}

/**
 * That the work of a message is done waits for the manor to note it; but a program that is told to end waits for
 * none that is away.
 */
class LastWord {
  readonly #output: Output;
  readonly #end: AbortSignal;
  readonly #waiting = new Set<(isNoted: false) => void>();
  #isGone = false;

  constructor(output: Output, yard: Yard, end: AbortSignal) {
    this.#output = output;
    this.#end = end;
    yard.onManor((state) => {
      this.#isGone = state === "gone";
      output.note(
        this.#isGone ? "the manor went away; waiting for it" : "the manor is back",
      );
      this.#giveUp();
    });
    onAbort(end, () => this.#giveUp());
  }

  /** The message; of a durable one `done` gives false in that case. */
  of(message: Message): Message {
    return message.durable ? { ...message, done: () => this.#done(message) } : message;
  }

  async #done(message: Message): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.add(resolve);
    message.done().then(resolve);
    this.#giveUp();
    const isNoted = await promise;
    this.#waiting.delete(resolve);
    return isNoted;
  }

  #giveUp(): void {
    if (!this.#isGone || !this.#end.aborted || this.#waiting.size === 0) return;
    this.#output.note("ended without the manor: a message whose work is done may come again");
    for (const resolve of this.#waiting) resolve(false);
    this.#waiting.clear();
  }
}

/** Aborts its signal once nothing has come for so long. */
class Idle implements Disposable {
  readonly #ms: number | undefined;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number | undefined) {
    this.#ms = ms;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    if (this.#ms === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
