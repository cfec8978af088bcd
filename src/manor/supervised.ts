/**
 * A service under a service manager: what it tells that as it starts, works, reads its settings anew
 * and ends. The watchdog is fed from a timer of the event loop: a loop that hangs is one to restart.
 *
 * @module
 */
import type { Notifier } from "../io/notify.ts";

/** How often the status is looked at, if no watchdog asks oftener. */
const STATUS_MS = 5_000;
/** Time to end after the drain: the last receipts, sockets and files. */
const END_MS = 15_000;

/** What is told of. */
export interface Supervised {
  /** how it stands, one line */
  status(): string;
  /** how long open messages may still end, milliseconds */
  readonly drainMs: number;
}

/** Tells a service manager about a service that runs. */
export class Supervision {
  readonly #notifier: Notifier;
  readonly #service: Supervised;
  readonly #timer: ReturnType<typeof setInterval>;
  #status = "";
  #ending = false;

  /** Tells that it is ready, and goes on telling that it is alive. */
  constructor(notifier: Notifier, service: Supervised) {
    this.#notifier = notifier;
    this.#service = service;
    notifier.tell("READY=1", ...this.#news());
    const { watchdogMs } = notifier;
    const everyMs = Math.min(STATUS_MS, (watchdogMs ?? Infinity) / 2);
    this.#timer = setInterval(() => {
      const told = [...(watchdogMs === null ? [] : ["WATCHDOG=1"]), ...this.#news()];
      if (told.length > 0) notifier.tell(...told);
    }, everyMs);
  }

  /** Its settings are read anew while `work` lasts. */
  async reloading<T>(work: () => Promise<T>): Promise<T> {
    const at = this.#notifier.monotonicUs();
    this.#notifier.tell("RELOADING=1", `MONOTONIC_USEC=${at}`, "STATUS=reads its settings anew");
    try {
      return await work();
    } finally {
      this.#status = "";
      if (!this.#ending) this.#notifier.tell("READY=1", ...this.#news());
    }
  }

  /** It ends, and is still alive while it does: how long that may take is told. `stop` comes after. */
  stopping(): void {
    this.#ending = true;
    const { drainMs } = this.#service;
    this.#notifier.tell(
      "STOPPING=1",
      `EXTEND_TIMEOUT_USEC=${(drainMs + END_MS) * 1000}`,
      "STATUS=lets open messages end",
    );
  }

  /** It has ended. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** The status, if it is not what was told last. */
  #news(): string[] {
    const status = `STATUS=${this.#service.status()}`;
    if (status === this.#status) return [];
    this.#status = status;
    return [status];
  }
}
