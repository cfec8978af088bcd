/**
 * Estates of a simulated road whose disks are full.
 *
 * @module
 */
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import type { SimEstate } from "./sim_road.ts";

/** Lets every write of an estate fail; returns what lets them work again. */
export function fillDisk({ store }: SimEstate): () => void {
  const { write } = store;
  store.write = () => {
    throw new RaetError("bad_config", "the file system is full");
  };
  return () => void (store.write = write);
}

/** As a manor does: what one datagram or one timer of the stack that runs leads to ends nothing else. */
export function goOnAfterFaults({ up }: SimEstate): void {
  const { receive, advance } = up;
  up.receive = (...datagram) => tryTo(() => receive.apply(up, datagram));
  up.advance = (now) => tryTo(() => advance.call(up, now));
}

function tryTo(act: () => void): void {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof RaetError && error.code === "bad_config", String(error));
  }
}
