/** The link of an operator, whose manor is played by a test. */
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Drop } from "../../src/base/drop.ts";
import { BODY_BYTES_MAX, MESSAGES_PER_YARD_MAX, YARD_STALL_MS_MAX } from "../../src/base/limits.ts";
import { type Body, isBody } from "../../src/base/value.ts";
import { OperatorLink } from "../../src/client/operator_link.ts";
import { Yard } from "../../src/client/yard.ts";
import { FrameStream } from "../../src/io/frames.ts";
import { systemRandom } from "../../src/io/random.ts";
import { makeEnvelope, packEnvelope, readEnvelope } from "../../src/route/envelope.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { HandClock } from "../support/hand_clock.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const VIEW = { estate: "alpha", role: "alpha", address: "", epoch: "first", version: 1 };

/** A manor that takes any operator, answers attach, and is killed by the first other call. */
function mortalManor(path: string): net.Server {
  return net.createServer((socket) => {
    const say = (body: Body) => stream.send(packBody(BodyKind.msgpack, body));
    const stream = new FrameStream(socket, BODY_BYTES_MAX, {
      onFrame: (frame) => {
        const body = unpackBody(BodyKind.msgpack, frame);
        assert.ok(!(body instanceof Drop));
        if (body.route === undefined) return void say({ yard: body.yard });
        const envelope = readEnvelope(body);
        assert.ok(!(envelope instanceof Drop));
        const { id, payload } = envelope;
        const verb = isBody(payload) ? payload.verb : null;
        if (verb !== "attach") return void socket.destroy();
        const result = { status: "delivered" } as const;
        say(packEnvelope(makeEnvelope({ answers: [id], result, payload: VIEW })));
      },
      onEnd: () => {},
    });
  }).listen(path);
}

/** A manor that is stopped: the kernel takes connections for it, and it reads none, but the first so many. */
async function stoppedManor(path: string, greetings: number) {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    if (sockets.length > greetings) return void socket.pause();
    const greet = (frame: Uint8Array) => void stream.send(frame);
    const stream = new FrameStream(socket, BODY_BYTES_MAX, {
      onFrame: greet,
      onEnd: () => {},
    });
  }).listen(path);
  await once(server, "listening");
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const met = async (count: number) => {
    while (sockets.length < count) await sleep(5);
  };
  return { sockets, met, close };
}

const skip = process.platform === "win32" ? "there are no groups" : false;

describe("an operator whose manor is killed with a call of its unread", { skip }, () => {
  it("is told so at once, as on the lane", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "socket");
    const server = mortalManor(path);
    await once(server, "listening");
    const link = await OperatorLink.open(path, "op-a");
    const clock = new HandClock(); // no deadline of a call ever comes
    await using yard = await Yard.over({ link, random: systemRandom, program: "", pid: 1, clock });
    const states: string[] = [];
    yard.onManor((state) => states.push(state));
    const ended = yard.control("stats", {}).then(() => "answered", ({ code }) => code);
    assert.equal(await Promise.race([ended, sleep(20_000, "nothing")]), "no_manor");
    assert.deepEqual(states, ["gone"]);
    server.close();
  });
});

describe("an operator whose manor is stopped", { skip }, () => {
  it("is told that it does not answer, and does not wait for ever", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "socket");
    const manor = await stoppedManor(path, 0);
    const clock = new HandClock();
    const ended = OperatorLink.open(path, "op-a", clock).then(() => "open", ({ code }) => code);
    await manor.met(1);
    await sleep(50);
    await clock.pass(10_000);
    assert.equal(await Promise.race([ended, sleep(20_000, "nothing")]), "no_manor");
    manor.close();
  });

  it("can close all the same, and what it sent fails", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "socket");
    const manor = await stoppedManor(path, 1);
    const clock = new HandClock();
    const link = await OperatorLink.open(path, "op-a", clock);
    const events: string[] = [];
    const left = new Promise<void>((resolve) => {
      link.onEvent = ({ type }) => {
        events.push(type);
        if (type === "left") resolve();
      };
    });
    manor.sockets[0].destroy();
    await left;
    link.transmit({ hello: "there" }, "manor");
    await manor.met(2);
    await sleep(50);
    const closed = link.close().then(() => "closed");
    await clock.pass(1_000);
    assert.equal(await Promise.race([closed, sleep(20_000, "nothing")]), "closed");
    assert.deepEqual(events, ["left", "failed"]);
    manor.close();
  });

  it("has what it sends wait, and back as queue_full once nothing was read for long", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "socket");
    const manor = await stoppedManor(path, 1);
    const clock = new HandClock();
    const link = await OperatorLink.open(path, "op-a", clock);
    const ends = new Map<number, string>();
    link.onEvent = (event) => {
      if (event.type !== "sent" && event.type !== "failed") return;
      assert.ok(!ends.has(event.handle), "each ends once");
      ends.set(event.handle, "code" in event ? event.code : event.type);
    };
    manor.sockets[0].pause();
    const handles = Array.from(
      { length: 10 },
      () => link.transmit({ bytes: new Uint8Array(900_000) }, "manor"),
    );
    await sleep(100);
    assert.ok(![...ends.values()].some((end) => end !== "sent"));
    const early = ends.size;
    assert.ok(early < 5, `${early} of ten were sent, and the system holds less`);
    await clock.skip(10 * YARD_STALL_MS_MAX);
    assert.equal(ends.size, early, "who was stopped itself doesn't know that nothing was read");
    await clock.pass(2 * YARD_STALL_MS_MAX);
    assert.equal(ends.size, 9, "one is on its way, and can't be taken back");
    const [moving] = handles.filter((handle) => !ends.has(handle));
    assert.deepEqual(
      handles.filter((handle) => ends.get(handle) === "queue_full"),
      handles.slice(handles.indexOf(moving) + 1),
    );
    manor.sockets[0].resume();
    while (ends.size < 10) await sleep(5);
    assert.equal(ends.get(moving), "sent");
    await link.close();
    manor.close();
  });

  it("may have no more wait than on the lane", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "socket");
    const manor = await stoppedManor(path, 1);
    const link = await OperatorLink.open(path, "op-a");
    for (let n = 0; n < MESSAGES_PER_YARD_MAX; n++) link.transmit({}, "manor");
    assert.throws(() => link.transmit({}, "manor"), { code: "queue_full" });
    await link.close();
    manor.close();
  });
});
