import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { denoDatagrams, type DenoListener } from "../../src/io/datagrams_deno.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { UdpLog, until } from "./support.ts";

function open(log: UdpLog, listen: DenoListener = Deno.listenDatagram): Promise<UdpSocket> {
  return UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, {
    bind: (host, port, events) => denoDatagrams(host, port, events, listen),
  });
}

describe("a udp socket of Deno", () => {
  it("goes on receiving after an error, and tells it", async () => {
    let failures = 2;
    const log = new UdpLog();
    const socket = await open(log, (options) => {
      const real = Deno.listenDatagram(options);
      return withMethods(real, {
        receive: (buffer) =>
          failures-- > 0
            ? Promise.reject(new Error("Connection refused (os error 111)"))
            : real.receive(buffer),
      });
    });
    socket.send(new Uint8Array(1), socket.address);
    await until(() => log.datagrams.length === 1, "the datagram");
    assert.equal(socket.counters.get("receive_failed errno 111"), 2);
    assert.equal(log.errors.length, 2);
    await socket.close();
  });

  it("closes at once while it waits after an error", async () => {
    const opened = performance.now();
    const socket = await open(new UdpLog(), (options) =>
      withMethods(Deno.listenDatagram(options), {
        receive: () => Promise.reject(new Error("always")),
      }));
    // 10 ms, 20 ms and so on after each: after the eighth it pauses for a second.
    await until(() => socket.counters.get("receive_failed Error") === 8, "eight failures");
    const begun = performance.now();
    await socket.close();
    assert(performance.now() - begun < 900);
    assert(begun - opened > 1200, "it paused in between");
  });
});

/** A real connection with some methods replaced. */
function withMethods(
  real: Deno.DatagramConn,
  methods: Partial<Pick<Deno.DatagramConn, "send" | "receive">>,
): Deno.DatagramConn {
  return {
    addr: real.addr,
    send: methods.send ?? real.send.bind(real),
    receive: methods.receive ?? real.receive.bind(real),
    close: () => real.close(),
    joinMulticastV4: real.joinMulticastV4.bind(real),
    joinMulticastV6: real.joinMulticastV6.bind(real),
    [Symbol.asyncIterator]: real[Symbol.asyncIterator].bind(real),
  };
}
