/**
 * The disk of an estate, with what `src/io/file_store.ts` promises: what was written is there when
 * `write` returns, and a crash in the middle of it leaves the old bytes or the new, and maybe a
 * temporary file that the next start sweeps. A disk may also be full: then nothing changes.
 *
 * @module
 */
import { RaetError } from "../../src/base/errors.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** Thrown where the host loses its power: nothing after it is seen by anybody. */
export class PowerLoss extends Error {}

/** Files, and what may befall whoever writes them. */
export class SimDisk extends MemoryStore {
  /** Changes until the power goes, in the middle of that one. */
  powerLossIn = Infinity;
  /** Decides whether the last change was on disk by then. */
  keepsTorn = false;
  full = false;
  /** how often a change was refused that is not of files */
  refused = 0;
  #dead = false;

  /** Called when the power goes. */
  onPowerLoss: () => void = () => {};

  /** The host is started again. */
  restart(): void {
    this.#dead = false;
    this.powerLossIn = Infinity;
  }

  /** Nothing of a dead process reaches the disk. */
  stop(): void {
    this.#dead = true;
  }

  override write(path: string, bytes: Uint8Array): void {
    if (this.#dead) return;
    if (this.full) {
      throw new RaetError("bad_config", `"${path}" can't be written: the disk is full`);
    }
    this.#change(() => super.write(path, bytes));
  }

  override remove(path: string): void {
    if (this.#dead) return;
    this.#change(() => super.remove(path));
  }

  override setAside(path: string): string {
    if (this.#dead) return path;
    let to = path;
    this.#change(() => to = super.setAside(path));
    return to;
  }

  /** Makes changes that are not of files: all of them or none. */
  transact(change: () => void): void {
    if (this.#dead) return;
    if (this.full) {
      this.refused++;
      throw new RaetError("bad_config", "the database can't be written: the disk is full");
    }
    this.#change(change);
  }

  #change(change: () => void): void {
    if (--this.powerLossIn > 0) return change();
    if (this.keepsTorn) change();
    this.#dead = true;
    this.onPowerLoss();
    throw new PowerLoss("the power is gone");
  }
}
