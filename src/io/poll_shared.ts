/**
 * `poll` without end by few threads. Each that waits holds one, and Deno has 32 for all that waits: with as
 * many yards in a process no file was read any more, no name resolved and no further yard heard. So the
 * first few polls have a thread each, which is fastest, and all others are one poll together, that is begun
 * anew when one more comes.
 *
 * @module
 */
import {
  type ForeignBytes,
  foreignBytes,
  type Libc,
  POLL_ENTRY_BYTES,
  polledEvents,
  PollEvent,
  setPollEntry,
} from "./libc.ts";

/** Polls without end that have a thread of their own. */
const OWN_THREADS = 8;

/** One that waits together with others. */
interface Waiting {
  readonly entries: ForeignBytes;
  readonly count: number;
  readonly resolve: (ready: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes polls without end share threads. */
export function sharePolls(libc: Libc): Libc {
  let alone = 0;
  const together = new SharedPoll(libc);
  return {
    ...libc,
    async poll(entries, count, timeoutMs) {
      if (timeoutMs >= 0) return await libc.poll(entries, count, timeoutMs);
      if (alone >= OWN_THREADS) return await together.poll(entries, count);
      alone++;
      try {
        return await libc.poll(entries, count, timeoutMs);
      } finally {
        alone--;
      }
    },
  };
}

/** Polls that are one. */
class SharedPoll {
  readonly #libc: Libc;
  readonly #waiting = new Set<Waiting>();
  /** What ends the poll that is under way; null if there is none. */
  #wakeFd: number | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  poll(entries: ForeignBytes, count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ entries, count, resolve, reject });
      if (this.#wakeFd === null) void this.#run();
      else this.#libc.signal(this.#wakeFd);
    });
  }

  async #run(): Promise<void> {
    const wakeFd = this.#wakeFd = this.#libc.eventCounter();
    while (wakeFd >= 0 && this.#waiting.size > 0) {
      try {
        await this.#pollOnce(wakeFd, [...this.#waiting]);
      } catch (error) {
        this.#endAll(({ reject }) => reject(error));
      }
    }
    this.#wakeFd = null;
    if (wakeFd >= 0) this.#libc.close(wakeFd);
    else this.#endAll(({ resolve }) => resolve(wakeFd));
  }

  async #pollOnce(wakeFd: number, waiting: readonly Waiting[]): Promise<void> {
    const count = waiting.reduce((sum, one) => sum + one.count, 1);
    const entries = foreignBytes(count * POLL_ENTRY_BYTES);
    setPollEntry(entries, 0, wakeFd, PollEvent.readable);
    let at = POLL_ENTRY_BYTES;
    for (const one of waiting) {
      entries.set(one.entries.subarray(0, one.count * POLL_ENTRY_BYTES), at);
      at += one.count * POLL_ENTRY_BYTES;
    }
    const ready = await this.#libc.poll(entries, count, -1);
    if (ready < 0) return this.#endAll(({ resolve }) => resolve(ready));
    if (polledEvents(entries, 0) !== 0) this.#libc.clear(wakeFd);
    at = POLL_ENTRY_BYTES;
    for (const one of waiting) {
      const end = at + one.count * POLL_ENTRY_BYTES;
      this.#tell(one, entries.subarray(at, end));
      at = end;
    }
  }

  /** Ends one's wait if something of its own is ready. */
  #tell(one: Waiting, polled: ForeignBytes): void {
    one.entries.set(polled);
    let ready = 0;
    for (let i = 0; i < one.count; i++) if (polledEvents(one.entries, i) !== 0) ready++;
    if (ready === 0) return;
    this.#waiting.delete(one);
    one.resolve(ready);
  }

  #endAll(end: (one: Waiting) => void): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    waiting.forEach(end);
  }
}
