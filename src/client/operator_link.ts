/**
 * The link of a process whose user is not the manor's: a stream to the socket that the manor opens to a
 * group. A connection that is lost is made anew with the next message, under the same name. What waits for
 * the manor is bounded as on the lane, and comes back as `queue_full` where the manor reads nothing for as long.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { type ErrorCode, isErrorCode, RaetError } from "../base/errors.ts";
import {
  BODY_BYTES_MAX,
  MESSAGE_BYTES_PER_YARD_MAX,
  MESSAGES_PER_YARD_MAX,
  OPERATOR_FRAME_BYTES_MAX,
  YARD_STALL_MS_MAX,
} from "../base/limits.ts";
import { type Body, isBody } from "../base/value.ts";
import { type Clock, settlesWithin, systemClock } from "../io/clock.ts";
import type { FrameEnd } from "../io/frame_queue.ts";
import { FrameStream } from "../io/frames.ts";
import type { Link, LinkEvent } from "../io/link.ts";
import { connectOperator } from "../io/operator_socket.ts";
import { MANOR_YARD } from "../route/triple.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { BodyKind } from "../wire/kinds.ts";

/** How long a manor may take to say that it takes this operator. */
const WELCOME_MS_MAX = 10_000;
/** How long what waits for that may keep a link that is closed. */
const CLOSE_MS_MAX = 1_000;

/** A yard that reaches its manor as an operator. */
export class OperatorLink implements Link {
  readonly yard: string;
  readonly canBeCut = true;
  onEvent: (event: LinkEvent) => void = () => {};
  readonly #path: string;
  readonly #clock: Clock;
  /** ends the connection that is being made */
  #giveUp: (why: string) => void = () => {};
  #stream: Promise<FrameStream> | null = null;
  #handle = 0;
  /** what is on its way to the manor */
  #messages = 0;
  #bytes = 0;
  #closed = false;

  private constructor(path: string, yard: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.yard = yard;
  }

  /**
   * Connects.
   *
   * @param yard begins with `op-`
   * @throws {RaetError} `denied` if this user may not, `no_manor`, `usage` for a name that can't be had
   */
  static async open(path: string, yard: string, clock = systemClock): Promise<OperatorLink> {
    const link = new OperatorLink(path, yard, clock);
    await link.#connect();
    return link;
  }

  /** Sends a message to the manor. @throws {RaetError} `no_manor` once it is closed; `too_large`, `queue_full` */
  transmit(body: Body, to: string): number {
    if (this.#closed) {
      const why = `yard "${this.yard}" is closed: nothing can be sent from it`;
      throw new RaetError("no_manor", why);
    }
    const packed = packBody(BodyKind.msgpack, body);
    if (packed.length > OPERATOR_FRAME_BYTES_MAX) {
      throw new RaetError(
        "too_large",
        `a message of ${packed.length} packed bytes is too large for an operator: expected at ` +
          `most ${OPERATOR_FRAME_BYTES_MAX}`,
      );
    }
    const handle = ++this.#handle;
    if (to !== MANOR_YARD) {
      const message = `an operator sends to the manor, not to "${to}"`;
      queueMicrotask(() => this.onEvent({ type: "failed", handle, code: "no_yard", message }));
    } else {
      this.#checkRoom(packed.length);
      this.#send(packed, handle);
    }
    return handle;
  }

  /** Ends the connection, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#stream && !await settlesWithin(this.#clock, this.#stream, CLOSE_MS_MAX)) {
      this.#giveUp(`yard "${this.yard}" is closed`);
    }
    const stream = await this.#stream?.catch(() => null);
    await stream?.close();
  }

  #checkRoom(bytes: number): void {
    const fits = this.#messages < MESSAGES_PER_YARD_MAX &&
      this.#bytes + bytes <= MESSAGE_BYTES_PER_YARD_MAX;
    if (fits) return;
    throw new RaetError(
      "queue_full",
      `${this.#messages} messages of ${this.#bytes} bytes wait for the manor: expected at most ` +
        `${MESSAGES_PER_YARD_MAX} of ${MESSAGE_BYTES_PER_YARD_MAX}`,
    );
  }

  #send(packed: Uint8Array, handle: number): void {
    this.#messages++;
    this.#bytes += packed.length;
    const ended = (how: FrameEnd) => {
      this.#messages--;
      this.#bytes -= packed.length;
      if (how === "sent") this.onEvent({ type: "sent", handle });
      else this.onEvent({ type: "failed", handle, ...this.#failure(how) });
    };
    this.#connect().then((stream) => stream.send(packed, ended), () => ended("gone"));
  }

  #failure(how: FrameEnd): { code: ErrorCode; message: string } {
    if (how === "taken_back") {
      const why = `it read nothing for ${YARD_STALL_MS_MAX / 1000} s`;
      return { code: "queue_full", message: `the manor did not get the message: ${why}` };
    }
    if (this.#closed) {
      return {
        code: "expired",
        message: "the manor did not get the message: this yard closed first",
      };
    }
    return { code: "no_yard", message: "the connection to the manor is gone" };
  }

  #connect(): Promise<FrameStream> {
    if (this.#stream) return this.#stream;
    const forget = () => {
      if (this.#stream === made) this.#stream = null;
    };
    const made = this.#make(forget);
    made.catch(forget);
    return this.#stream = made;
  }

  /** @param ended called when the connection that was made is over */
  async #make(ended: () => void): Promise<FrameStream> {
    const socket = await connectOperator(this.#path);
    const { promise, resolve, reject } = Promise.withResolvers<FrameStream>();
    let welcomed = false;
    const stream = new FrameStream(socket, BODY_BYTES_MAX, {
      onFrame: (frame) => {
        const body = unpackBody(BodyKind.msgpack, frame);
        if (body instanceof Drop) return;
        if (welcomed) return this.onEvent({ type: "message", yard: MANOR_YARD, body });
        if (body.yard !== this.yard) return reject(refusalIn(body));
        welcomed = true;
        resolve(stream);
      },
      onStall: () => stream.takeBack(),
      onEnd: () => {
        ended();
        reject(new RaetError("no_manor", "the manor ended the connection: expected it to answer"));
        // What it was asked went with it, and what it had for this yard goes to others.
        if (welcomed && !this.#closed) this.onEvent({ type: "left" });
      },
    }, { clock: this.#clock });
    const giveUp = (why: string) => {
      reject(new RaetError("no_manor", why));
      void stream.close();
    };
    this.#giveUp = giveUp;
    // The kernel takes connections for a manor that is stopped.
    const why = `the manor did not answer within ${WELCOME_MS_MAX / 1000} s`;
    const callOff = this.#clock.after(WELCOME_MS_MAX, () => giveUp(why));
    stream.send(packBody(BodyKind.msgpack, { yard: this.yard }));
    return await promise.finally(callOff);
  }
}

function refusalIn({ error }: Body): RaetError {
  const code = isBody(error) && isErrorCode(error.code) ? error.code : "no_manor";
  const message = isBody(error) && typeof error.message === "string"
    ? error.message.slice(0, 1000)
    : "the manor does not take this operator: expected it to say why";
  return new RaetError(code, message);
}
