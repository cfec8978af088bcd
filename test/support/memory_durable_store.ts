/** Durable messages in memory: what a disk would hold after the last transaction, and faults on demand. */
import { RaetError } from "../../src/base/errors.ts";
import { keyText } from "../../src/route/durable/book.ts";
import type {
  DurableChange,
  DurableKey,
  DurableStore,
  StoredMessage,
} from "../../src/route/durable/store.ts";
import type { Result } from "../../src/route/outcome.ts";

type Row = StoredMessage & {
  result: Result | null;
  route: Uint8Array | null;
  keepUntil: number;
};

export class MemoryDurableStore implements DurableStore {
  #rows = new Map<string, Row>();
  /** how many transactions were made */
  transactions = 0;
  /** while true nothing can be written */
  broken = false;
  /** while true nothing can be read */
  unreadable = false;

  load(): StoredMessage[] {
    return [...this.#rows.values()].filter(({ result }) => result === null);
  }

  resultOf(key: DurableKey): Result | null {
    if (this.unreadable) throw new RaetError("bad_config", "the disk can't be read");
    return this.#rows.get(keyText(key))?.result ?? null;
  }

  routeOf(key: DurableKey): Uint8Array | null {
    if (this.unreadable) throw new RaetError("bad_config", "the disk can't be read");
    return this.#rows.get(keyText(key))?.route ?? null;
  }

  ended(): ReadonlyMap<string, number> {
    const ended = [...this.#rows.values()].filter(({ result }) => result !== null);
    const byOrigin = Map.groupBy(ended, ({ origin }) => origin);
    return new Map([...byOrigin].map(([origin, rows]) => [origin, rows.length]));
  }

  apply(changes: readonly DurableChange[]): void {
    if (this.broken) throw new RaetError("bad_config", "the disk is full");
    this.transactions++;
    for (const change of changes) this.#make(change);
  }

  close(): void {}

  /** all ids that are remembered */
  ids(): string[] {
    return [...this.#rows.values()].map(({ id }) => id);
  }

  #make(change: DurableChange): void {
    if (change.is === "prune") {
      for (const [key, { result, keepUntil }] of this.#rows) {
        if (result !== null && keepUntil <= change.before) this.#rows.delete(key);
      }
      return;
    }
    if (change.is === "trim") {
      const ours = [...this.#rows].filter(([, { origin, result }]) => origin === "" && result);
      for (const [key] of ours.slice(0, Math.max(0, ours.length - change.left))) {
        this.#rows.delete(key);
      }
      return;
    }
    const key = keyText(change);
    const row = this.#rows.get(key);
    if (change.is === "add") {
      if (row) throw new Error(`message ${key} is there already`);
      this.#rows.set(key, { ...change, result: null, route: null, keepUntil: Infinity });
    } else if (!row) return;
    else if (change.is === "hand") this.#rows.set(key, { ...row, handed: true });
    else if (change.is === "free") this.#rows.set(key, { ...row, after: "" });
    else if (change.is === "forget") {
      if (row.result) this.#rows.delete(key);
    } else {
      const { result, route, keepUntil } = change;
      this.#rows.set(key, { ...row, body: new Uint8Array(0), result, route, keepUntil });
    }
  }
}
