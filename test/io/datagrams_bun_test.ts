import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DATAGRAMS_PER_TURN_MAX, UDP_RECEIVED_MAX } from "../../src/base/limits.ts";
import { type BunUdpOptions, type BunUdpSocket, bunUdpSocket } from "../../src/io/bun.ts";
import { bunDatagrams } from "../../src/io/datagrams_bun.ts";
import { tick } from "../../src/io/tick.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { UdpLog, until } from "./support.ts";

describe("a udp socket of Bun", () => {
  it("holds what the system has no room for, and sends it in order when there is some", async () => {
    let room = 0;
    let events: BunUdpOptions["socket"] | undefined;
    const log = new UdpLog();
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, {
      bind: (host, port, told) =>
        bunDatagrams(host, port, told, async (options) => {
          events = options.socket;
          const real = await bunUdpSocket(options);
          return {
            address: real.address,
            send: (bytes, to, at) => room-- > 0 && real.send(bytes, to, at),
            close: () => real.close(),
          };
        }),
    });
    for (const byte of [1, 2, 3, 4]) socket.send(new Uint8Array([byte]), socket.address);
    assert.equal(socket.counters.get("datagrams_sent"), 0);
    room = 2;
    events!.drain();
    socket.send(new Uint8Array([5]), socket.address);
    assert.equal(socket.counters.get("datagrams_sent"), 2);
    const closing = socket.close();
    room = 9;
    events!.drain();
    await closing;
    assert.equal(socket.counters.get("datagrams_sent"), 5);
  });

  it("takes a bounded number of datagrams a turn, and drops what there is no room for", async () => {
    let events: BunUdpOptions["socket"] | undefined;
    let real: BunUdpSocket | undefined;
    const log = new UdpLog();
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, {
      bind: (host, port, told) =>
        bunDatagrams(host, port, told, async (options) => {
          events = options.socket;
          return real = await bunUdpSocket(options);
        }),
    });
    const kept = DATAGRAMS_PER_TURN_MAX + UDP_RECEIVED_MAX;
    for (let i = 0; i < kept + 5; i++) {
      events!.data(real!, new Uint8Array([i, i >> 8]), 7, "127.0.0.1");
    }
    assert.equal(log.datagrams.length, DATAGRAMS_PER_TURN_MAX);
    await tick();
    assert.ok(log.datagrams.length < kept, "others had a turn before all were taken");
    await until(() => log.datagrams.length === kept, "all that was kept");
    const order = log.datagrams.map(({ bytes }) => bytes[0] + 256 * bytes[1]);
    assert.deepEqual(order, order.map((_, i) => i));
    assert.equal(socket.counters.get("datagrams_dropped"), 5);
    await socket.close();
  });

  it("tells of what goes wrong while it receives, save of what was sent before", async () => {
    let events: BunUdpOptions["socket"] | undefined;
    const log = new UdpLog();
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, {
      bind: (host, port, told) =>
        bunDatagrams(host, port, told, (options) => {
          events = options.socket;
          return bunUdpSocket(options);
        }),
    });
    events!.error(Object.assign(new Error("recv"), { code: "ECONNREFUSED", errno: -111 }));
    events!.error(Object.assign(new Error("recv"), { code: "ENOMEM", errno: -12 }));
    assert.equal(log.errors.length, 1);
    assert.equal(socket.counters.get("receive_failed errno 12"), 1);
    socket.send(new Uint8Array(1), socket.address);
    await until(() => log.datagrams.length === 1, "it goes on");
    await socket.close();
  });
});
