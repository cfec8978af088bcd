/**
 * Control calls to the manor: a message out, its answer back, matched by id.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import type { Clock } from "../io/clock.ts";
import type { Envelope } from "../route/envelope.ts";

/** How long a manor may take to answer. */
const ANSWER_MS_MAX = 10_000;

interface Call {
  readonly resolve: (answer: Value) => void;
  readonly reject: (error: RaetError) => void;
  /** calls its deadline off */
  readonly callOff: () => void;
}

/** Calls that wait for their answers. */
export class CallTable {
  readonly #calls = new Map<string, Call>();
  /** Their ids by the link's handles, until it has sent them. */
  readonly #byHandle = new Map<number, string>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer to the call of that id. Rejects with the manor's error, or no_manor. */
  wait(id: string, verb: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      const callOff = this.#clock.after(ANSWER_MS_MAX, () => {
        this.fail(id, `the manor did not answer "${verb}" within ${ANSWER_MS_MAX / 1000} s`);
      });
      this.#calls.set(id, { resolve, reject, callOff });
    });
  }

  /** The link has a call, or why it can't have it. */
  given(id: string, handle: number | RaetError): void {
    if (handle instanceof RaetError) this.fail(id, handle.message);
    else this.#byHandle.set(handle, id);
  }

  /** The link is done with something. @param why why it could not send it, if so */
  ended(handle: number, why: string | null): void {
    const id = this.#byHandle.get(handle);
    this.#byHandle.delete(handle);
    if (id !== undefined && why !== null) this.fail(id, why);
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

  /** Ends one with no_manor. */
  fail(id: string, why: string): void {
    this.#take(id)?.reject(new RaetError("no_manor", why));
  }

  /** Ends all with no_manor. */
  failAll(why: string): void {
    for (const id of [...this.#calls.keys()]) this.fail(id, why);
  }

  #take(id: string): Call | undefined {
    const call = this.#calls.get(id);
    if (!call) return undefined;
    this.#calls.delete(id);
    call.callOff();
    return call;
  }
}
