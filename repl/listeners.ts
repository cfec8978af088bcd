/**
 * The shares that a console listens on while other things are done.
 *
 * @module
 */
import { RaetError } from "../src/base/errors.ts";
import type { Listening } from "../src/cli/console_controls.ts";
import type { Listener } from "../src/client/listener.ts";
import type { Message } from "../src/client/message.ts";
import type { Yard } from "../src/client/yard.ts";

/** What whoever listens is told. */
export interface ListenersOwner {
  /** a message came, which is acknowledged by then */
  message(message: Message): void;
  /** a share can't be listened on any more */
  ended(share: string, error: RaetError): void;
}

interface Open {
  readonly listening: Listening;
  readonly listener: Listener;
}

/** Listens on shares, and gives on what comes. */
export class Listeners {
  readonly #yard: Yard;
  readonly #owner: ListenersOwner;
  readonly #open: Open[] = [];

  constructor(yard: Yard, owner: ListenersOwner) {
    this.#yard = yard;
    this.#owner = owner;
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

  async #run(open: Open): Promise<void> {
    const { listening, listener } = open;
    try {
      for await (const message of listener) {
        listening.count++;
        this.#owner.message(message);
      }
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#owner.ended(listening.share, error);
    } finally {
      this.#open.splice(this.#open.indexOf(open), 1);
    }
  }
}
