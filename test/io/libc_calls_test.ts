import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, it } from "node:test";
import { type BareCalls, makeLibc } from "../../src/io/libc_calls.ts";

describe("the calls of the C library", () => {
  it("use no flag whose number is another one on arm64", () => {
    const seen: number[] = [];
    const open = (_path: Uint8Array, flags: number) => seen.push(flags);
    const libc = makeLibc({ open } as unknown as BareCalls, () => 0, () => Promise.resolve(0));
    libc.openToRead("/");
    const { O_DIRECTORY } = fs.constants;
    // Of x86-64, and of arm64, where the first means to go around the cache of the disk.
    for (const flag of [0o200000, 0o40000, O_DIRECTORY]) assert.equal(seen[0] & flag, 0);
    assert.equal(seen[0], 0o2000000, "closed on exec, and no more");
  });
});
