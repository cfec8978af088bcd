/**
 * The shares that a console listens on while other things are done.
 *
 * @module
 */
import type { Listening } from "../src/cli/console_controls.ts";
import type { Listener } from "../src/client/listener.ts";
import type { Message } from "../src/client/message.ts";
import type { Yard } from "../src/client/yard.ts";

/** Listens on shares, and gives on what comes. */
export class Listeners {
  readonly #yard: Yard;
  readonly #onMessage: (message: Message) => void;
  readonly #open: { listening: Listening; listener: Listener }[] = [];

  /** @param onMessage gets each message, which is acknowledged by then */
  constructor(yard: Yard, onMessage: (message: Message) => void) {
    this.#yard = yard;
    this.#onMessage = onMessage;
  }

  /** The shares, in the order in which they were named. */
  get listening(): readonly Listening[] {
    return this.#open.map(({ listening }) => listening);
  }

  /** Listens on one more. @throws {RaetError} as `Yard.listen` */
  async start(share: string, observe: boolean): Promise<Listening> {
    const listener = await this.#yard.listen(share, { observe });
    const open = { listening: { share, observe, count: 0 }, listener };
    this.#open.push(open);
    void this.#run(open);
    return open.listening;
  }

  /** Ends those of a share, or all; returns which they were. */
  stop(share: string | undefined): readonly Listening[] {
    const ended = this.#open.filter(({ listening }) =>
      share === undefined || listening.share === share
    );
    for (const { listener } of ended) listener.close();
    return ended.map(({ listening }) => listening);
  }

  async #run(open: { listening: Listening; listener: Listener }): Promise<void> {
    for await (const message of open.listener) {
      open.listening.count++;
      this.#onMessage(message);
    }
    this.#open.splice(this.#open.indexOf(open), 1);
  }
}
