/** A service manager's socket, as a process of Type=notify finds it: what it is told, in order. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { ADDRESS_BYTES, foreignBytes, socketAddress } from "../../src/io/libc.ts";
import { systemLibc } from "../../src/io/backends.ts";
import { WAIT_MS_MAX } from "./programs.ts";

/** One datagram: its assignments by name. */
export type Told = Record<string, string>;

/** A bound socket. */
export class NotifyListener implements Disposable {
  readonly told: Told[] = [];
  readonly #fd: number;

  /** @param name a path, or "@" and an abstract name */
  constructor(name: string) {
    const libc = systemLibc();
    this.#fd = libc.datagramSocket();
    const { bytes, length } = socketAddress(name)!;
    if (name.startsWith("@")) bytes[2] = 0;
    const bound = libc.bind(this.#fd, bytes, name.startsWith("@") ? length - 1 : length);
    assert.equal(bound, 0, `bind ${name}`);
  }

  /** Waits until something that was told fits, and answers its index. */
  async until(what: string, fits: (told: Told) => boolean, from = 0): Promise<number> {
    const end = performance.now() + WAIT_MS_MAX;
    for (;;) {
      this.#read();
      const found = this.told.findIndex((told, i) => i >= from && fits(told));
      if (found >= 0) return found;
      assert.ok(performance.now() < end, `no ${what} in ${JSON.stringify(this.told)}`);
      await pause(5);
    }
  }

  [Symbol.dispose](): void {
    systemLibc().close(this.#fd);
  }

  #read(): void {
    const [buffer, from, length] = [4096, ADDRESS_BYTES, 4].map(foreignBytes);
    for (;;) {
      new DataView(length.buffer).setInt32(0, ADDRESS_BYTES, true);
      const got = systemLibc().receiveFrom(this.#fd, buffer, from, length);
      if (got < 0) return;
      const lines = new TextDecoder().decode(buffer.subarray(0, got)).split("\n");
      this.told.push(Object.fromEntries(lines.map((line) => {
        const at = line.indexOf("=");
        assert.ok(at > 0, `an assignment: ${line}`);
        return [line.slice(0, at), line.slice(at + 1)];
      })));
    }
  }
}
