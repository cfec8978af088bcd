/** A process on the lane that says what a test wants said, by hand. */
import { Drop } from "../../src/base/drop.ts";
import type { Value } from "../../src/base/value.ts";
import type { Link } from "../../src/io/link.ts";
import { systemRandom } from "../../src/io/random.ts";
import { CONTROL_SHARE, CONTROL_VERSION } from "../../src/route/control.ts";
import {
  type Envelope,
  makeEnvelope,
  newMessageId,
  NOWHERE,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";

/** A yard that says what it likes. */
export class BareYard {
  readonly #link: Link;
  readonly #envelopes: Envelope[] = [];
  #wake = () => {};

  constructor(link: Link) {
    this.#link = link;
    link.onEvent = (event) => {
      if (event.type !== "message") return;
      const envelope = readEnvelope(event.body);
      if (!(envelope instanceof Drop)) this.#envelopes.push(envelope);
      this.#wake();
    };
  }

  /** Attaches, by default as a process of this very version. */
  attach(version = CONTROL_VERSION): Promise<Envelope["result"]> {
    return this.control("attach", { version, pid: 1, program: "bare" });
  }

  /** Calls a control; what became of it. */
  control(verb: string, args: Value): Promise<Envelope["result"]> {
    const destination = { ...NOWHERE, share: CONTROL_SHARE };
    return this.send({ destination, payload: { verb, args } });
  }

  /** Sends something, and waits for its receipt. */
  async send(envelope: Partial<Envelope>): Promise<Envelope["result"]> {
    const id = newMessageId(systemRandom);
    const source = { estate: "", yard: this.#link.yard, share: "" };
    this.#link.transmit(
      packEnvelope(makeEnvelope({ source, id, wants: true, ...envelope })),
      "manor",
    );
    return (await this.got(({ answers }) => answers.includes(id))).result;
  }

  /** Waits for something that fits. */
  async got(fits: (envelope: Envelope) => boolean): Promise<Envelope> {
    for (;;) {
      const found = this.#envelopes.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
