/**
 * Durable messages on the disk of a simulated host: as they were after the last transaction, whenever
 * and however whoever wrote them ends. A loss of power in the middle of one leaves it whole or undone.
 *
 * @module
 */
import type {
  DurableChange,
  DurableKey,
  DurableStore,
  StoredMessage,
} from "../../src/route/durable/store.ts";
import type { Result } from "../../src/route/outcome.ts";
import type { MemoryDurableStore } from "../support/memory_durable_store.ts";
import type { SimDisk } from "./disk.ts";
import type { SimProcess } from "./process.ts";

/** The store as one run of a manor has it open. */
export class SimDurableStore implements DurableStore {
  readonly #rows: MemoryDurableStore;
  readonly #disk: SimDisk;
  readonly #process: SimProcess;
  #closed = false;

  /** @param rows what is on the disk: the same ones for each run */
  constructor(rows: MemoryDurableStore, disk: SimDisk, process: SimProcess) {
    this.#rows = rows;
    this.#disk = disk;
    this.#process = process;
  }

  load(): StoredMessage[] {
    return this.#rows.load();
  }

  resultOf(key: DurableKey): Result | null {
    return this.#rows.resultOf(key);
  }

  routeOf(key: DurableKey): Uint8Array | null {
    return this.#rows.routeOf(key);
  }

  ended(): ReadonlyMap<string, number> {
    return this.#rows.ended();
  }

  apply(changes: readonly DurableChange[]): void {
    if (!this.#process.acts()) return;
    if (this.#closed) throw new Error("the store was written to after it was given back");
    this.#disk.transact(() => this.#rows.apply(changes));
  }

  close(): void {
    this.#closed = true;
  }
}
