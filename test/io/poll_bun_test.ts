import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { systemLibc } from "../../src/io/backends.ts";
import { foreignBytes, polledEvents, PollEvent, setPollEntry } from "../../src/io/libc.ts";
import { UnixDatagramSocket } from "../../src/io/unix_datagram.ts";
import { inDirectory, Peer, until } from "./support.ts";

describe("poll on Bun", () => {
  it("waits for several at once, and keeps nobody waiting for another", async () => {
    const libc = systemLibc();
    const counters = [1, 2, 3, 4].map(() => libc.eventCounter());
    const entries = counters.map(() => foreignBytes(8));
    const polls = counters.map((fd, i) => {
      setPollEntry(entries[i], 0, fd, PollEvent.readable);
      return libc.poll(entries[i], 1, -1);
    });
    for (const [i, fd] of [...counters.entries()].reverse()) {
      libc.signal(fd);
      assert.equal(await polls[i], 1);
      assert.equal(polledEvents(entries[i], 0), PollEvent.readable);
    }
    assert.equal(await libc.poll(entries[0], 0, 1), 0, "nothing in time");
    for (const fd of counters) libc.close(fd);
  });

  it("waits in an executable too, which has no other file", () =>
    inDirectory(async (directory) => {
      const source = new URL("unix_peer.ts", import.meta.url).pathname;
      const file = `${directory}/peer`;
      const flags = ["build", "--compile", "--minify", "--bytecode", "--format=esm"];
      const built = spawnSync(process.execPath, [...flags, source, "--outfile", file]);
      assert.equal(built.status, 0, String(built.stderr));
      const peer = new Peer(file, [`${directory}/l.peer.uxd`]);
      assert.equal(await peer.line(), "open");
      const own = await UnixDatagramSocket.open(`${directory}/l.own.uxd`, {
        onDatagram: () => {},
        onWritable: () => {},
        onError: (error) => assert.fail(String(error)),
      });
      for (let n = 1; n < 4; n++) {
        own.send(`${directory}/l.peer.uxd`, new Uint8Array(n));
        await until(() => peer.lines.length === n, "what it got", 20_000);
      }
      assert.deepEqual(peer.lines, [1, 2, 3].map((n) => `${n} ${own.path}`));
      await own.close();
      await peer.kill();
    }));
});
