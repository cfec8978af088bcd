import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import {
  DATAGRAMS_PER_TURN_MAX,
  SENDING_SOCKETS,
  SOCKET_PATH_BYTES_MAX,
} from "../../src/base/limits.ts";
import { foreignBytes, type Libc, socketAddress } from "../../src/io/libc.ts";
import { systemLibc } from "../../src/io/backends.ts";
import { tick } from "../../src/io/tick.ts";
import {
  liveIdentity,
  POLLS_MAX,
  probeSocket,
  UnixDatagramSocket,
} from "../../src/io/unix_datagram.ts";
import { hasPython, inDirectory, leavesNothing, Peer, sleep, until } from "./support.ts";

const needsPython = { skip: hasPython ? false : "there is no python3" };
const PAGE = new Uint8Array(65_535);

class Log {
  datagrams: { bytes: Uint8Array; from: string }[] = [];
  tooLong: number[] = [];
  writable: string[] = [];
  errors: unknown[] = [];
  onDatagram = (bytes: Uint8Array, from: string) => void this.datagrams.push({ bytes, from });
  onTooLong = (_from: string, length: number) => void this.tooLong.push(length);
  onWritable = (path: string) => void this.writable.push(path);
  onError = (error: unknown) => void this.errors.push(error);
}

async function openLogged(path: string, libc?: Libc): Promise<[UnixDatagramSocket, Log]> {
  const log = new Log();
  return [await UnixDatagramSocket.open(path, log, libc && { libc }), log];
}

function fill(socket: UnixDatagramSocket, path: string, page: Uint8Array): number {
  let sent = 0;
  while (socket.send(path, page) === "sent") sent++;
  return sent;
}

/** A socket at a path that nobody reads. */
function bindUnread(path: string): number {
  const [fd, address] = [systemLibc().datagramSocket(), socketAddress(path)!];
  assert.equal(systemLibc().bind(fd, address.bytes, address.length), 0);
  return fd;
}

async function openFails(path: string): Promise<string> {
  const error: unknown = await openLogged(path).then(() => null, (error) => error);
  assert(error instanceof RaetError && error.code === "bad_config", String(error));
  return error.message;
}

const ECHO = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])
print("open", flush=True)
while True:
    data, source = s.recvfrom(1 << 17)
    print(len(data), source, flush=True)
    s.sendto(data, source)
`;

const STOPPED = `
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])
print("open", flush=True)
time.sleep(600)
`;

describe("unix datagram socket", () => {
  it(
    "sends and receives at the same time, under its own path, with a Python peer",
    needsPython,
    () =>
      inDirectory(async (directory) => {
        const [own, theirs] = [`${directory}/l.own.uxd`, `${directory}/l.python.uxd`];
        const peer = Peer.python(ECHO, theirs);
        const [socket, log] = await openLogged(own);
        assert.equal(await peer.line(), "open");
        await sleep(20); // a receive is waiting now
        for (const length of [1, 300, 65_535]) {
          assert.equal(socket.send(theirs, PAGE.subarray(0, length)), "sent");
          assert.equal(await peer.line(), `${length} ${own}`);
        }
        await until(() => log.datagrams.length === 3, "three answers");
        assert.deepEqual(
          log.datagrams.map(({ bytes, from }) => [bytes.length, from]),
          [[1, theirs], [300, theirs], [65_535, theirs]],
        );
        await socket.close();
        await peer.kill();
        assert.deepEqual(log.errors, []);
      }),
  );

  it("makes its file 0600, in a directory that it makes 0700, and removes it", () =>
    inDirectory(async (directory) => {
      const path = `${directory}/new/lane/l.own.uxd`;
      const [socket] = await openLogged(path);
      assert.equal(fs.statSync(path).mode & 0o777, 0o600);
      assert.equal(fs.statSync(`${directory}/new/lane`).mode & 0o777, 0o700);
      assert.equal(liveIdentity(path), socket.identity);
      await socket.close();
      assert.deepEqual(fs.readdirSync(`${directory}/new/lane`), []);
      assert.equal(probeSocket(path), "absent");
    }));

  it("refuses a path that is too long or relative, and a directory open to others", () =>
    inDirectory(async (directory) => {
      const long = `${directory}/${"x".repeat(SOCKET_PATH_BYTES_MAX - directory.length)}`;
      assert.match(await openFails(long), /is too long for a socket by 1 bytes: expected at most/);
      const fits = await openLogged(long.slice(0, -1));
      await fits[0].close();
      assert.match(await openFails("lane/l.own.uxd"), /expected an absolute path/);
      assert.match(await openFails(`${directory}/../l.own.uxd`), /expected an absolute path/);
      fs.mkdirSync(`${directory}/open`, { mode: 0o755 });
      assert.match(await openFails(`${directory}/open/l.own.uxd`), /expected a directory of ours/);
      fs.writeFileSync(`${directory}/l.file.uxd`, "precious");
      assert.match(await openFails(`${directory}/l.file.uxd`), /is not a datagram socket/);
      assert.equal(fs.readFileSync(`${directory}/l.file.uxd`, "utf8"), "precious");
    }));

  it("never takes a live process's file, and always a dead one's", () =>
    inDirectory(async (directory) => {
      const path = `${directory}/l.own.uxd`;
      const peer = Peer.own("unix_peer.ts", path);
      assert.equal(await peer.line(), "open");
      const before = liveIdentity(path);
      assert.notEqual(before, null);
      assert.match(await openFails(path), /is held by a running process/);
      peer.signal("SIGSTOP");
      assert.match(await openFails(path), /is held by a running process/);
      assert.equal(liveIdentity(path), before);
      await peer.kill();
      assert.equal(probeSocket(path), "dead");
      assert.equal(liveIdentity(path), null);
      assert.equal(fs.existsSync(path), true, "kill -9 left the file");
      const [socket] = await openLogged(path);
      assert.notEqual(socket.identity, before);
      await socket.close();
    }));

  it("lets one of several starters have the path, whether it is free or a dead one's", () =>
    inDirectory(async (directory) => {
      const path = `${directory}/l.own.uxd`;
      for (let round = 0; round < 2; round++) {
        const peers = [1, 2, 3].map(() => Peer.own("unix_peer.ts", path));
        const said = await Promise.all(peers.map((peer) => peer.line()));
        assert.deepEqual(said.toSorted(), ["failed: bad_config", "failed: bad_config", "open"]);
        assert.equal(probeSocket(path), "alive");
        await Promise.all(peers.map((peer) => peer.kill()));
        assert.equal(probeSocket(path), "dead");
      }
    }));

  it("leaves a file that another took over", () =>
    inDirectory(async (directory) => {
      const path = `${directory}/l.own.uxd`;
      const [first] = await openLogged(path);
      fs.rmSync(path); // as the reference does
      const [second] = await openLogged(path);
      await first.close();
      assert.equal(liveIdentity(path), second.identity);
      await second.close();
      assert.equal(fs.existsSync(path), false);
    }));

  it("says at once what became of a datagram: sent, full or gone", () =>
    inDirectory(async (directory) => {
      const [socket] = await openLogged(`${directory}/l.own.uxd`);
      const peer = Peer.own("unix_peer.ts", `${directory}/l.peer.uxd`, "quiet");
      await peer.line();
      peer.signal("SIGSTOP");
      const to = `${directory}/l.peer.uxd`;
      assert.equal(fill(socket, to, PAGE.subarray(0, 300)), 11);
      assert.equal(socket.send(to, PAGE), "full");
      await peer.kill();
      assert.equal(socket.send(to, PAGE), "gone");
      assert.equal(socket.send(`${directory}/l.nobody.uxd`, PAGE), "gone");
      assert.equal(socket.send(`/${"x".repeat(200)}`, PAGE), "gone");
      assert.throws(
        () => socket.send(`${directory}/l.own.uxd`, new Uint8Array(20_000_000)),
        (error) => error instanceof RaetError && error.code === "too_large",
      );
      await socket.close();
      assert.equal(socket.send(to, PAGE), "gone", "closed");
    }));

  it(
    "sends to others while stopped peers hold as many long pages as their queues take",
    needsPython,
    () =>
      inDirectory(async (directory) => {
        const [socket] = await openLogged(`${directory}/l.own.uxd`);
        const [live, log] = await openLogged(`${directory}/l.live.uxd`);
        const stopped = [];
        for (let i = 0; i < SENDING_SOCKETS - 2; i++) {
          const peer = Peer.python(STOPPED, `${directory}/l.stopped${i}.uxd`);
          stopped.push(peer);
          assert.equal(await peer.line(), "open");
          assert(fill(socket, `${directory}/l.stopped${i}.uxd`, PAGE) > 0);
        }
        for (let i = 1; i <= 50; i++) {
          assert.equal(socket.send(live.path, PAGE), "sent", `page ${i}`);
          await until(() => log.datagrams.length === i, "the page came");
        }
        await Promise.all(stopped.map((peer) => peer.kill()));
        await socket.close();
        await live.close();
      }),
  );

  it("sends to others while more stopped peers are waited for than it has sockets", () =>
    inDirectory(async (directory) => {
      const page = PAGE.subarray(0, 300);
      const [socket, log] = await openLogged(`${directory}/l.own.uxd`);
      const [live, got] = await openLogged(`${directory}/l.live.uxd`);
      const stopped = Array.from({ length: SENDING_SOCKETS + 4 }, (_, i) => {
        const path = `${directory}/l.stopped${i}.uxd`;
        return { path, fd: bindUnread(path) };
      });
      for (const { path } of stopped) {
        assert.equal(fill(socket, path, page), 11);
        // Until it is polled, or there is none to poll it by.
        for (let tried = 0; tried < 20; tried++) {
          socket.watch(path);
          await sleep(20);
          if (!log.writable.splice(0).includes(path)) break;
        }
      }
      for (let i = 1; i <= 20; i++) {
        assert.equal(socket.send(live.path, page), "sent", `page ${i}`);
        await until(() => got.datagrams.length === i, "the page came");
      }
      const [libc, buffer, from] = [systemLibc(), foreignBytes(300), foreignBytes(110)];
      const fromLength = foreignBytes(4);
      for (const { fd } of stopped) {
        while (libc.receiveFrom(fd, buffer, from, fromLength) >= 0);
      }
      const polled = stopped.slice(0, SENDING_SOCKETS - 2).map(({ path }) => path);
      await until(() => polled.every((path) => log.writable.includes(path)), "all have room");
      for (const { fd } of stopped) libc.close(fd);
      await socket.close();
      await live.close();
      assert.deepEqual(log.errors, []);
    }));

  it("tells when a full peer has room, and burns nothing until then", () =>
    inDirectory(async (directory) => {
      const path = `${directory}/l.peer.uxd`;
      const [socket, log] = await openLogged(`${directory}/l.own.uxd`);
      const peer = Peer.own("unix_peer.ts", path, "quiet");
      await peer.line();
      peer.signal("SIGSTOP");
      fill(socket, path, PAGE.subarray(0, 300));
      // Tried again at once a few times, then polled.
      for (let tried = 0; tried < 20; tried++) {
        socket.watch(path);
        await sleep(10);
        if (log.writable.length === 0) break;
        log.writable = [];
        assert.equal(socket.send(path, PAGE), "full");
      }
      assert.deepEqual(log.writable, []);
      const before = process.cpuUsage();
      await sleep(1000);
      const used = process.cpuUsage(before);
      assert(used.user + used.system < 100_000, `${used.user + used.system} us of a second`);
      assert.deepEqual(log.writable, []);
      peer.signal("SIGCONT");
      await until(() => log.writable.length === 1, "the path is writable");
      assert.equal(socket.send(path, PAGE), "sent");

      peer.signal("SIGSTOP");
      fill(socket, path, PAGE);
      log.writable = [];
      for (let tried = 0; tried < 20 && socket.send(path, PAGE) === "full"; tried++) {
        socket.watch(path);
        await sleep(5);
        if (log.writable.splice(0).length === 0) break;
      }
      await peer.kill();
      await until(() => log.writable.length === 1, "a peer that died is told, too");
      assert.equal(socket.send(path, PAGE), "gone");
      await socket.close();
    }));

  it("tells that a full peer has room though it is never done with what comes", () =>
    inDirectory(async (directory) => {
      const [own, path] = [`${directory}/l.own.uxd`, `${directory}/l.peer.uxd`];
      const log = new Log();
      let isBusy = true;
      const socket = await UnixDatagramSocket.open(own, {
        onDatagram: (bytes) => {
          if (isBusy) socket.send(own, bytes); // so each turn has something
        },
        onWritable: log.onWritable,
        onError: log.onError,
      });
      const peer = Peer.own("unix_peer.ts", path, "quiet");
      await peer.line();
      socket.send(own, PAGE.subarray(0, 300));
      peer.signal("SIGSTOP");
      fill(socket, path, PAGE.subarray(0, 300));
      for (let tried = 0; tried < 20; tried++) {
        socket.watch(path);
        await sleep(10);
        if (log.writable.splice(0).length === 0) break; // now it is polled
      }
      peer.signal("SIGCONT");
      await until(() => log.writable.length > 0, "the path is writable");
      assert.equal(socket.send(path, PAGE), "sent");
      isBusy = false;
      await peer.kill();
      await socket.close();
      assert.deepEqual(log.errors, []);
    }));

  it(
    "backs off where the kernel says writable and it isn't so",
    needsPython,
    () =>
      inDirectory(async (directory) => {
        // By how often it polled and when it tried, and by nothing that a slow machine does later.
        const [polls, tries]: [number[], number[]] = [[], []];
        const libc: Libc = {
          ...systemLibc(),
          poll: async (entries, count, timeoutMs) => {
            if (count === 2) return await systemLibc().poll(entries, count, timeoutMs);
            for (let i = 2; i < count; i++) entries[i * 8 + 6] = 0x04;
            polls.push(performance.now());
            return count - 2;
          },
        };
        const [peer] = await openLogged(`${directory}/l.peer.uxd`);
        const log = new Log();
        const socket = await UnixDatagramSocket.open(`${directory}/l.own.uxd`, {
          onDatagram: log.onDatagram,
          onError: log.onError,
          onWritable: (path) => {
            tries.push(performance.now());
            if (socket.send(path, PAGE) === "full") socket.watch(path);
          },
        }, { libc });
        const stopped = Peer.python(STOPPED, `${directory}/l.stopped.uxd`);
        await stopped.line();
        fill(socket, `${directory}/l.stopped.uxd`, PAGE);
        socket.watch(`${directory}/l.stopped.uxd`);
        const backedOff = () => tries.filter((at) => at > polls[POLLS_MAX - 1]).slice(1);
        await until(() => backedOff().length >= 10, "tries after it polled in vain");
        assert.equal(polls.length, POLLS_MAX);
        const all = backedOff();
        const pauses = all.slice(1, 10).map((at, i) => at - all[i]);
        for (const [i, ms] of [2, 4, 8, 16, 32, 64, 100, 100, 100].entries()) {
          assert(pauses[i] >= ms - 2, `pause ${i} of ${pauses}`); // timers may be a little early
        }
        await stopped.kill();
        await socket.close();
        await peer.close();
      }),
  );

  it("is one of as many in a process as are wanted, and holds up nothing else that waits", () =>
    inDirectory(async (directory) => {
      const paths = Array.from({ length: 40 }, (_, i) => `${directory}/l.y${i}.uxd`);
      const all = await Promise.all(paths.map((path) => openLogged(path)));
      await sleep(500); // all wait in poll
      const read = fs.promises.readFile(new URL(import.meta.url)).then(() => "read");
      assert.equal(await Promise.race([read, sleep(10_000)]), "read");
      for (let round = 1; round <= 3; round++) {
        for (const [i, [, log]] of [...all.entries()].reverse()) {
          assert.equal(all[(i + 1) % all.length][0].send(paths[i], PAGE), "sent");
          await until(() => log.datagrams.length === round, `page ${round} to ${paths[i]}`);
        }
      }
      await Promise.all(all.slice(0, 20).map(([socket]) => socket.close()));
      all[20][0].send(paths[39], PAGE);
      await until(() => all[39][1].datagrams.length === 4, "the others are heard on");
      await Promise.all(all.map(([socket]) => socket.close()));
      assert.deepEqual(all.flatMap(([, log]) => log.errors), []);
    }));

  it("reports a datagram longer than a page, and goes on", () =>
    inDirectory(async (directory) => {
      const [receiver, log] = await openLogged(`${directory}/l.receiver.uxd`);
      const [sender] = await openLogged(`${directory}/l.sender.uxd`);
      for (const length of [65_536, 150_000, 65_535, 0]) {
        assert.equal(sender.send(receiver.path, new Uint8Array(length)), "sent");
      }
      await until(() => log.datagrams.length === 2, "the two that are short enough");
      assert.deepEqual(log.tooLong, [65_536, 150_000]);
      assert.deepEqual(log.datagrams.map(({ bytes }) => bytes.length), [65_535, 0]);
      await sender.close();
      await receiver.close();
    }));

  it("hands over bytes that stay as they are", () =>
    inDirectory(async (directory) => {
      const [receiver, log] = await openLogged(`${directory}/l.receiver.uxd`);
      const [sender] = await openLogged(`${directory}/l.sender.uxd`);
      for (const byte of [1, 2, 3]) sender.send(receiver.path, new Uint8Array(4).fill(byte));
      await until(() => log.datagrams.length === 3, "all three");
      assert.deepEqual(log.datagrams.map(({ bytes }) => bytes[3]), [1, 2, 3]);
      await sender.close();
      await receiver.close();
    }));

  it("tells what a handler throws, and goes on", () =>
    inDirectory(async (directory) => {
      const errors: unknown[] = [];
      let seen = 0;
      const receiver = await UnixDatagramSocket.open(`${directory}/l.receiver.uxd`, {
        onDatagram: () => {
          throw new Error(`fault ${++seen}`);
        },
        onWritable: () => {},
        onError: (error) => {
          errors.push(String(error));
          throw new Error("and another");
        },
      });
      const [sender] = await openLogged(`${directory}/l.sender.uxd`);
      sender.send(receiver.path, PAGE);
      sender.send(receiver.path, PAGE);
      await until(() => seen === 2, "both datagrams");
      assert.deepEqual(errors, ["Error: fault 1", "Error: fault 2"]);
      await sender.close();
      await receiver.close();
    }));

  it(
    "lets timers run while it is flooded",
    needsPython,
    () =>
      inDirectory(async (directory) => {
        const path = `${directory}/l.own.uxd`;
        const [socket, log] = await openLogged(path);
        const flood = Peer.python(FLOOD, path, `${directory}/l.flood.uxd`);
        await until(() => log.datagrams.length > 100, "the flood");
        // A turn of the loop, after which timers are looked at, takes in no more than its share. The sender may not run
        // for many turns, so datagrams are what is counted.
        const goal = log.datagrams.length + 100 * DATAGRAMS_PER_TURN_MAX;
        const end = Date.now() + 30_000;
        let most = 0;
        while (log.datagrams.length < goal) {
          assert(Date.now() < end, `${goal - log.datagrams.length} datagrams did not come`);
          const before = log.datagrams.length;
          await tick();
          most = Math.max(most, log.datagrams.length - before);
        }
        assert(most <= 2 * DATAGRAMS_PER_TURN_MAX, `${most} datagrams in a turn`);
        for (let timer = 0; timer < 20; timer++) await sleep(5);
        await flood.kill();
        await socket.close();
      }),
  );
});

const FLOOD = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[2])
while True: s.sendto(bytes(300), sys.argv[1])
`;

leavesNothing(
  "a closed unix datagram socket leaves nothing behind",
  () =>
    inDirectory(async (directory) => {
      const before = descriptors();
      const [a] = await openLogged(`${directory}/l.a.uxd`);
      const [b, log] = await openLogged(`${directory}/l.b.uxd`);
      a.send(b.path, PAGE);
      await until(() => log.datagrams.length === 1, "the page came");
      const ours = [...descriptors()].filter((one) => !before.has(one));
      assert.ok(ours.length >= 2 * (SENDING_SOCKETS + 2), `${ours.length} descriptors`);
      await sleep(50); // both wait in poll
      await Promise.all([a.close(), b.close(), b.close()]); // or never: nothing else wakes a poll
      const left = descriptors();
      assert.deepEqual(ours.filter((one) => left.has(one)), []);
    }),
);

/** What this process has open, each by its number and what only it leads to: a test before may close its own. */
function descriptors(): Set<string> {
  const folder = "/proc/self/fd";
  return new Set(
    fs.readdirSync(folder).flatMap((fd) => {
      try {
        return `${fd} ${fs.readlinkSync(`${folder}/${fd}`)}`;
      } catch {
        return []; // that of the reading itself
      }
    }),
  );
}
