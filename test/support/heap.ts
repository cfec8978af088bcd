/** How much memory is in use, for tests of what takes how much. */
import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";

/** Bytes of the heap once all that can be let go is. */
export function heapBytes(): number {
  const bun = (globalThis as { Bun?: { gc(isThorough: boolean): void } }).Bun;
  if (!bun) v8.setFlagsFromString("--expose-gc");
  const collect = bun ? () => bun.gc(true) : vm.runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}
