import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Address } from "../../src/base/address.ts";
import { RaetError } from "../../src/base/errors.ts";
import { UDP_SENDS_IN_FLIGHT_MAX } from "../../src/base/limits.ts";
import { resolveHost, UdpSocket } from "../../src/io/udp.ts";
import { bindDatagrams } from "../../src/io/backends.ts";
import { nodeDatagrams } from "../../src/io/datagrams_node.ts";
import { hasOtherRuntime, OTHER_RUNTIME, OWN_RUNTIME, scriptCommand } from "../support/runtime.ts";
import { CAN_MOUNT } from "../support/namespaces.ts";
import { inDirectory, leavesNothing, sleep, UdpLog as Log, until } from "./support.ts";

const hasIpv6 = await UdpSocket.open({ host: "::1", port: 0 }, new Log()).then(
  (socket) => socket.close().then(() => true),
  () => false,
);

async function openLogged(host: string, port = 0): Promise<[UdpSocket, Log]> {
  const log = new Log();
  return [await UdpSocket.open({ host, port }, log), log];
}

function at(socket: UdpSocket, host: string): Address {
  return { host, port: socket.address.port };
}

/** A socket whose system has no room for what it is handed, until each of `sends` is called. */
async function openWithoutRoom(): Promise<{ socket: UdpSocket; sends: (() => void)[] }> {
  const sends: (() => void)[] = [];
  const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, new Log(), {
    bind: async (host, port, events) => {
      const real = await bindDatagrams(host, port, events);
      const send = () => void sends.push(events.onSent);
      return { host: real.host, port: real.port, send, close: () => real.close() };
    },
  });
  return { socket, sends };
}

describe("udp socket", () => {
  for (const [name, bind] of Object.entries({ "this runtime": bindDatagrams, nodeDatagrams })) {
    it(`counts what can't be sent to the port 0 that it came from, by ${name}`, async () => {
      const log = new Log();
      const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, log, { bind });
      const failed = () =>
        Object.entries(socket.counters.toJSON())
          .filter(([counter]) => counter.startsWith("send_failed"))
          .reduce((sum, [, count]) => sum + count, 0);
      assert.equal(socket.send(new Uint8Array([1]), { host: "127.0.0.1", port: 0 }), true);
      await until(() => failed() === 1, "it failed");
      socket.send(new Uint8Array([2]), socket.address);
      await until(() => log.datagrams.length === 1, "the one to another port");
      await socket.close();
      assert.equal(socket.counters.get("sends_dropped"), 0);
      assert.deepEqual(log.errors, []);
    });
  }

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
    const { socket, sends } = await openWithoutRoom();
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

  it("closes though the system never has room for what it was handed, and counts that", async () => {
    const { socket, sends } = await openWithoutRoom();
    const { address } = socket;
    for (let i = 0; i < 3; i++) socket.send(new Uint8Array(1), address);
    sends[0]();
    let isClosed = false;
    void socket.close().then(() => isClosed = true);
    await until(() => isClosed, "the end");
    assert.deepEqual(socket.counters.toJSON(), { datagrams_sent: 1, sends_dropped: 2 });
    sends[1](); // an answer that comes too late
    assert.equal(socket.counters.get("datagrams_sent"), 1);
    await UdpSocket.open(address, new Log()).then((next) => next.close()); // the port is free
  });

  it("sends to all though some of them are not there", async () => {
    const [socket, log] = await openLogged("127.0.0.1");
    const [gone] = await openLogged("127.0.0.1");
    await gone.close();
    for (let i = 0; i < 100; i++) {
      socket.send(new Uint8Array([i]), gone.address);
      socket.send(new Uint8Array([i]), socket.address);
      if (i % 10 === 0) await sleep(1); // news of the one that is gone may come meanwhile
    }
    await until(() => log.datagrams.length === 100, "all of them");
    await socket.close();
    assert.deepEqual(socket.counters.toJSON(), {
      datagrams_sent: 200,
      datagrams_received: 100,
    });
    assert.deepEqual(log.errors, []);
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
    let fired = 0;
    const timer = setInterval(() => fired++, 5);
    const isEnough = () => log.datagrams.length > 500 && fired > 10;
    for (const end = performance.now() + 10_000; !isEnough() && performance.now() < end;) {
      for (let i = 0; i < 100; i++) sender.send(new Uint8Array(100), socket.address);
      await sleep(0);
    }
    clearInterval(timer);
    assert(isEnough(), `${log.datagrams.length} datagrams, and the timer fired ${fired} times`);
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
  it("leaves addresses in their one text, resolves names as the system does, and says null for none", async () => {
    assert.equal(await resolveHost("192.0.2.7"), "192.0.2.7");
    assert.equal(await resolveHost("2001:db8::1"), "2001:db8::1");
    assert.equal(await resolveHost("[::1]"), "::1");
    assert.equal(await resolveHost("2001:DB8:0:0::01"), "2001:db8::1");
    assert.equal(await resolveHost("2001:db8::1::2"), null);
    assert.equal(await resolveHost("localhost", 4), "127.0.0.1");
    assert.equal(await resolveHost("no.such.host.invalid"), null);
  });

  const runtimes = hasOtherRuntime ? [OWN_RUNTIME, OTHER_RUNTIME] : [OWN_RUNTIME];
  for (const runtime of runtimes) {
    const skip = !CAN_MOUNT && "this user may not mount";
    it(
      `finds an address that the socket can send to, on ${runtime}`,
      { skip },
      () =>
        inDirectory((directory) => {
          const hosts = join(directory, "hosts");
          writeFileSync(hosts, "::1 dual.test\n127.0.0.1 dual.test\n");
          const { file, args } = scriptCommand(
            new URL("two_families.ts", import.meta.url).pathname,
            runtime,
          );
          const mounted = `mount --bind "${hosts}" /etc/hosts && exec "$@"`;
          const run = spawnSync("unshare", ["-rm", "sh", "-c", mounted, "sh", file, ...args], {
            encoding: "utf8",
          });
          const found = JSON.parse(run.stdout || run.stderr);
          assert.equal(found["127.0.0.1"], "127.0.0.1");
          assert.equal(found["0.0.0.0"], "127.0.0.1");
          if (hasIpv6) assert.match(found["::"], /^(::1|127\.0\.0\.1)$/);
          return Promise.resolve();
        }),
    );
  }
});

leavesNothing("a closed udp socket leaves nothing behind", async () => {
  const [socket, log] = await openLogged("127.0.0.1");
  socket.send(new Uint8Array(1), socket.address);
  await until(() => log.datagrams.length === 1, "the datagram");
  socket.send(new Uint8Array(1), socket.address);
  await Promise.all([socket.close(), socket.close()]);
});
