import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Address } from "../../src/base/address.ts";
import { RaetError } from "../../src/base/errors.ts";
import { UDP_SENDS_IN_FLIGHT_MAX } from "../../src/base/limits.ts";
import { resolveHost, UdpSocket } from "../../src/io/udp.ts";
import { sleep, until } from "./support.ts";

const hasIpv6 = (() => {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
})();

class Log {
  datagrams: { bytes: Uint8Array; from: Address }[] = [];
  batches = 0;
  errors: unknown[] = [];
  onDatagram = (bytes: Uint8Array, from: Address) => void this.datagrams.push({ bytes, from });
  onBatch = () => void this.batches++;
  onError = (error: unknown) => void this.errors.push(error);
}

async function openLogged(host: string, port = 0): Promise<[UdpSocket, Log]> {
  const log = new Log();
  return [await UdpSocket.open({ host, port }, log), log];
}

function at(socket: UdpSocket, host: string): Address {
  return { host, port: socket.address.port };
}

describe("udp socket", () => {
  for (
    const [listen, send] of [
      ["127.0.0.1", "127.0.0.1"],
      ["0.0.0.0", "127.0.0.1"],
      ["localhost", "127.0.0.1"],
      ["::", "127.0.0.1"],
      ["::", "::1"],
      ["[::1]", "::1"],
    ]
  ) {
    const skip = listen.includes("::") && !hasIpv6 ? "this machine has no IPv6" : false;
    it(`bound to ${listen} gets a datagram for ${send}, and answers its source`, {
      skip,
    }, async () => {
      const [server, served] = await openLogged(listen);
      const [client, answered] = await openLogged(send);
      assert.notEqual(server.address.port, 0);
      assert.equal(client.send(new Uint8Array([7]), at(server, send)), true);
      await until(() => served.datagrams.length === 1, "the datagram");
      const { bytes, from } = served.datagrams[0];
      assert.deepEqual([...bytes], [7]);
      assert.deepEqual(from, at(client, send));
      server.send(new Uint8Array([8, 9]), from);
      await until(() => answered.datagrams.length === 1, "the answer");
      assert.deepEqual(answered.datagrams[0].from, at(server, send));
      assert.equal(served.batches, 1);
      await Promise.all([server.close(), client.close()]);
      assert.equal(server.counters.get("datagrams_sent"), 1);
      assert.equal(server.counters.get("datagrams_received"), 1);
    });
  }

  it("counts sends that fail, and goes on", async () => {
    const [socket, log] = await openLogged("127.0.0.1");
    socket.send(new Uint8Array(1), { host: "::1", port: 9 });
    socket.send(new Uint8Array(70_000), at(socket, "127.0.0.1"));
    socket.send(new Uint8Array(1), { host: "no.such.host.invalid", port: 9 });
    socket.send(new Uint8Array(1), { host: "", port: 9 });
    socket.send(new Uint8Array(1), { host: "127.0.0.1", port: 9 });
    socket.send(new Uint8Array([5]), at(socket, "127.0.0.1"));
    await until(() => log.datagrams.length === 1, "the good one");
    await socket.close();
    const counts = socket.counters.toJSON();
    const failed = Object.keys(counts).filter((name) => name.startsWith("send_failed"));
    assert.equal(failed.reduce((sum, name) => sum + counts[name], 0), 4, JSON.stringify(counts));
    assert.equal(counts["send_failed errno 97"], 1, "no IPv6 from an IPv4 socket");
    assert.equal(counts["send_failed errno 90"], 1, "longer than UDP takes");
    assert.deepEqual(log.errors, []);
    assert.equal(socket.send(new Uint8Array(1), socket.address), false, "closed");
  });

  it("hands over bytes that stay as they are", async () => {
    const [socket, log] = await openLogged("127.0.0.1");
    for (const byte of [1, 2, 3]) socket.send(new Uint8Array([byte]), socket.address);
    await until(() => log.datagrams.length === 3, "all three");
    assert.deepEqual(log.datagrams.map(({ bytes }) => bytes[0]).toSorted(), [1, 2, 3]);
    await socket.close();
  });

  it("bounds what is handed to the system and not sent yet", async () => {
    const sends: (() => void)[] = [];
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, new Log(), {
      listen: (options) =>
        withMethods(Deno.listenDatagram(options), {
          send: () => new Promise((resolve) => sends.push(() => resolve(1))),
        }),
    });
    const datagram = new Uint8Array(1);
    for (let i = 0; i < UDP_SENDS_IN_FLIGHT_MAX; i++) {
      assert.equal(socket.send(datagram, socket.address), true);
    }
    assert.equal(socket.send(datagram, socket.address), false);
    assert.equal(socket.counters.get("sends_dropped"), 1);
    sends.shift()!();
    await sleep(1);
    assert.equal(socket.send(datagram, socket.address), true);
    const closing = socket.close();
    for (const send of sends) send();
    await closing;
  });

  it("goes on receiving after an error, and tells it", async () => {
    let failures = 2;
    const log = new Log();
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, {
      listen: (options) => {
        const real = Deno.listenDatagram(options);
        return withMethods(real, {
          receive: (buffer) =>
            failures-- > 0
              ? Promise.reject(new Error("Connection refused (os error 111)"))
              : real.receive(buffer),
        });
      },
    });
    socket.send(new Uint8Array(1), socket.address);
    await until(() => log.datagrams.length === 1, "the datagram");
    assert.equal(socket.counters.get("receive_failed errno 111"), 2);
    assert.equal(log.errors.length, 2);
    await socket.close();
  });

  it("closes at once while it waits after an error", async () => {
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, new Log(), {
      listen: (options) =>
        withMethods(Deno.listenDatagram(options), {
          receive: () => Promise.reject(new Error("always")),
        }),
    });
    await sleep(200);
    const begun = performance.now();
    await socket.close();
    assert(performance.now() - begun < 50);
    assert(socket.counters.get("receive_failed Error") < 10, "it paused in between");
  });

  it("tells what a handler throws, and goes on", async () => {
    const errors: string[] = [];
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, {
      onDatagram: ([byte]) => {
        throw new Error(`fault ${byte}`);
      },
      onError: (error) => void errors.push(String(error)),
    });
    for (const byte of [1, 2]) socket.send(new Uint8Array([byte]), socket.address);
    await until(() => errors.length === 2, "both");
    assert.deepEqual(errors.toSorted(), ["Error: fault 1", "Error: fault 2"]);
    await socket.close();
  });

  it("lets timers run while it is flooded", async () => {
    const [socket, log] = await openLogged("127.0.0.1");
    const [sender] = await openLogged("127.0.0.1");
    const end = performance.now() + 300;
    let fired = 0;
    const timer = setInterval(() => fired++, 5);
    while (performance.now() < end) {
      for (let i = 0; i < 100; i++) sender.send(new Uint8Array(100), socket.address);
      await sleep(0);
    }
    clearInterval(timer);
    assert(log.datagrams.length > 500, `${log.datagrams.length} datagrams`);
    assert(fired > 10, `the timer fired ${fired} times`);
    await Promise.all([socket.close(), sender.close()]);
  });

  it("says why it can't be bound", async () => {
    const [socket] = await openLogged("127.0.0.1");
    const fails = (address: Address, pattern: RegExp) =>
      assert.rejects(
        UdpSocket.open(address, new Log()),
        (error) =>
          error instanceof RaetError && error.code === "bad_config" && pattern.test(error.message),
      );
    await fails(socket.address, /^"127\.0\.0\.1:\d+" can't be listened on as the port is taken/);
    await fails({ host: "no.such.host.invalid", port: 0 }, /expected a host that can be resolved/);
    await fails({ host: "192.0.2.1", port: 0 }, /can't be listened on as /);
    await socket.close();
  });
});

describe("resolveHost", () => {
  it("leaves addresses as they are, resolves names as the system does, and says null for none", async () => {
    assert.equal(await resolveHost("192.0.2.7"), "192.0.2.7");
    assert.equal(await resolveHost("2001:db8::1"), "2001:db8::1");
    assert.equal(await resolveHost("[::1]"), "::1");
    assert.equal(await resolveHost("localhost", 4), "127.0.0.1");
    assert.equal(await resolveHost("no.such.host.invalid"), null);
  });
});

Deno.test({
  name: "a closed udp socket leaves nothing behind",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async () => {
    const [socket, log] = await openLogged("127.0.0.1");
    socket.send(new Uint8Array(1), socket.address);
    await until(() => log.datagrams.length === 1, "the datagram");
    socket.send(new Uint8Array(1), socket.address);
    await Promise.all([socket.close(), socket.close()]);
  },
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
