/**
 * Control calls to the manor: a message out, its answer back, matched by id.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Value } from "../base/value.ts";
import type { Clock } from "../io/clock.ts";
import { CONTROL_SHARE, type ControlVerb, type ControlVerbs } from "../route/control.ts";
import { type Envelope, makeEnvelope, newMessageId } from "../route/envelope.ts";
import { INBOX } from "../route/triple.ts";

/** How long a manor may take to answer. */
const ANSWER_MS_MAX = 10_000;

/** What calls need of their yard. */
export interface CallsYard {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** puts a message for the manor on the link; its handle, or why it can't */
  transmit(envelope: Envelope): number | RaetError;
}

interface Call {
  readonly resolve: (answer: Value) => void;
  readonly reject: (error: RaetError) => void;
  /** calls its deadline off */
  readonly callOff: () => void;
}

/** Calls that wait for their answers. */
export class Calls {
  readonly #yard: CallsYard;
  readonly #open = new Map<string, Call>();
  /** Their ids by the link's handles, until it has sent them. */
  readonly #byHandle = new Map<number, string>();

  constructor(yard: CallsYard) {
    this.#yard = yard;
  }

  /** Calls one. @throws {RaetError} with the manor's code; no_manor if that did not answer */
  call<V extends ControlVerb>(
    verb: V,
    args: ControlVerbs[V]["args"],
  ): Promise<ControlVerbs[V]["result"]> {
    const envelope = this.#envelopeOf(verb, args);
    const { id } = envelope;
    const answer = new Promise<Value>((resolve, reject) => {
      const callOff = this.#yard.clock.after(ANSWER_MS_MAX, () => {
        this.#fail(id, `the manor did not answer "${verb}" within ${ANSWER_MS_MAX / 1000} s`);
      });
      this.#open.set(id, { resolve, reject, callOff });
    });
    const handle = this.#yard.transmit(envelope);
    if (handle instanceof RaetError) this.#fail(id, handle.message);
    else this.#byHandle.set(handle, id);
    return answer as Promise<unknown> as Promise<ControlVerbs[V]["result"]>;
  }

  /** Says goodbye; nobody waits for an answer to that. */
  sayGoodbye(): void {
    this.#yard.transmit(this.#envelopeOf("detach", {}));
  }

  /** The link is done with something. @param why why it could not send it, if so */
  ended(handle: number, why: string | null): void {
    const id = this.#byHandle.get(handle);
    this.#byHandle.delete(handle);
    if (id !== undefined && why !== null) this.#fail(id, why);
  }

  /** An answer came; false if nobody waits for it. */
  answer(envelope: Envelope): boolean {
    const call = this.#take(envelope.answers[0]);
    if (!call) return false;
    const { result, payload } = envelope;
    if (result?.status === "failed") call.reject(new RaetError(result.code, result.message));
    else call.resolve(payload);
    return true;
  }

  /** Ends all with no_manor. */
  failAll(why: string): void {
    for (const id of [...this.#open.keys()]) this.#fail(id, why);
  }

  #envelopeOf<V extends ControlVerb>(verb: V, args: ControlVerbs[V]["args"]): Envelope {
    return makeEnvelope({
      source: { estate: "", yard: this.#yard.name, share: INBOX },
      destination: { estate: "", yard: "", share: CONTROL_SHARE },
      id: newMessageId(this.#yard.random),
      payload: { verb, args: args as Value },
    });
  }

  #fail(id: string, why: string): void {
    this.#take(id)?.reject(new RaetError("no_manor", why));
  }

  #take(id: string): Call | undefined {
    const call = this.#open.get(id);
    if (!call) return undefined;
    this.#open.delete(id);
    call.callOff();
    return call;
  }
}
