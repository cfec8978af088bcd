import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { YARD_STALL_MS_MAX } from "../../src/base/limits.ts";
import type { Body } from "../../src/base/value.ts";
import { LaneEndpoint, type LaneEndpointOptions } from "../../src/io/lane_endpoint.ts";
import type { LaneEvent } from "../../src/lane/events.ts";
import { hasPython, inDirectory, leavesNothing, Peer, sleep, until } from "./support.ts";

const needsPython = { skip: hasPython ? false : "there is no python3" };

class Own {
  readonly events: LaneEvent[] = [];
  readonly errors: unknown[] = [];
  endpoint!: LaneEndpoint;

  static async open(
    directory: string,
    yard: string,
    options: Partial<LaneEndpointOptions> = {},
  ): Promise<Own> {
    const own = new Own();
    own.endpoint = await LaneEndpoint.open({
      lane: "test",
      yard,
      directory,
      onEvent: (event) => void own.events.push(event),
      onError: (error) => void own.errors.push(error),
      ...options,
    });
    return own;
  }

  take<T extends LaneEvent["type"]>(type: T): Extract<LaneEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<LaneEvent, { type: T }> =>
      event.type === type
    );
  }

  async ask(body: Body, yard: string, ms = 20_000): Promise<Body> {
    const before = this.take("message").length;
    this.endpoint.transmit(body, yard, { packing: "msgpack" });
    await until(() => this.take("message").length > before, `an answer of ${yard}`, ms);
    return this.take("message")[before].body;
  }
}

const PYTHON_YARD = `
import json, socket, sys
directory, ours, theirs = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(f"{directory}/test.{ours}.uxd")
def page(number, body):
    head = f"ri RAET\\nvn 0\\npk 0\\nsn {ours}\\ndn {theirs}\\nsi 0123456789abcdef01\\nbi {number:x}\\npn 0000\\npc 0001\\n\\n"
    s.sendto(head.encode() + json.dumps(body).encode(), f"{directory}/test.{theirs}.uxd")
page(1, {"hello": "from python"})
for number in range(2, 1000):
    data, source = s.recvfrom(1 << 17)
    head, body = data.split(b"\\n\\n", 1)
    fields = dict(line.split(" ") for line in head.decode().split("\\n"))
    page(number, {"fields": fields, "source": source, "body": json.loads(body or "{}")})
`;

describe("lane endpoint", () => {
  it(
    "exchanges pages with a Python yard while it waits for more",
    needsPython,
    () =>
      inDirectory(async (directory) => {
        const own = await Own.open(directory, "own");
        const peer = Peer.python(PYTHON_YARD, directory, "snake", "own");
        await until(() => own.take("message").length === 1, "the hello");
        assert.deepEqual(own.take("yard"), [{ type: "yard", yard: "snake", state: "came" }]);
        for (let n = 1; n <= 50; n++) {
          own.endpoint.transmit({ n }, "snake");
          await until(() => own.take("message").length === n + 1, "an answer");
          const { fields, source, body } = own.take("message")[n].body;
          assert.equal(source, `${directory}/test.own.uxd`);
          assert.deepEqual(body, { n });
          assert(typeof fields === "object" && fields !== null && "bi" in fields);
          assert.deepEqual([fields.sn, fields.dn, fields.bi], ["own", "snake", n.toString(16)]);
        }
        assert.equal(own.take("sent").length, 50);
        await peer.kill();
        const handle = own.endpoint.transmit({}, "snake");
        await until(() => own.take("failed").length === 1, "the failure");
        assert.equal(own.take("failed")[0].handle, handle);
        assert.equal(own.take("failed")[0].code, "no_yard");
        assert.equal(own.take("yard").at(-1)!.state, "left");
        await own.endpoint.close();
        assert.deepEqual(own.errors, []);
      }),
  );

  it("carries a book of 10 MB to another process and back", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own");
      const peer = Peer.own("lane_peer.ts", directory, "peer");
      assert.equal(await peer.line(), "open");
      const data = new Uint8Array(10_000_000);
      for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) >>> 13;
      const answer = await own.ask({ ask: "echo", data }, "peer");
      assert.equal(answer.length, data.length);
      const digest = createHash("sha256").update(data).digest("hex");
      assert.equal(answer.digest, digest);
      assert(answer.data instanceof Uint8Array);
      assert.equal(createHash("sha256").update(answer.data).digest("hex"), digest);
      await peer.kill();
      await own.endpoint.close();
    }));

  it("loses none of 50,000 pages to another process, and keeps their order", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own", { onEvent: () => {} });
      const peer = Peer.own("lane_peer.ts", directory, "peer");
      await peer.line();
      let waiting = 0;
      for (let n = 0; n < 50_000; n++) {
        try {
          own.endpoint.transmit({ ask: "count", n }, "peer");
        } catch (error) {
          assert(error instanceof RaetError && error.code === "queue_full");
          await sleep(1);
          waiting++;
          n--;
        }
      }
      assert(waiting > 0, "the queue was full at times");
      await until(() => own.endpoint.yards()[0].messagesWaiting === 0, "all are sent", 30_000);
      await own.endpoint.close();
      const asking = await Own.open(directory, "asking");
      assert.deepEqual(await asking.ask({ ask: "sum" }, "peer"), { count: 50_000, inOrder: true });
      await asking.endpoint.close();
      await peer.kill();
    }));

  it("lets a stopped peer delay no other, and gives its messages back", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own");
      const stopped = Peer.own("lane_peer.ts", directory, "stopped");
      const live = Peer.own("lane_peer.ts", directory, "live");
      assert.deepEqual(await Promise.all([stopped.line(), live.line()]), ["open", "open"]);
      stopped.signal("SIGSTOP");
      const data = new Uint8Array(3_000_000);
      const begun = performance.now();
      const stuck = own.endpoint.transmit({ ask: "echo", data }, "stopped", { packing: "msgpack" });
      const times = [];
      for (let n = 0; n < 20; n++) {
        const asked = performance.now();
        await own.ask({ ask: "echo", data: new Uint8Array(100_000) }, "live");
        times.push(performance.now() - asked);
      }
      times.sort((a, b) => a - b);
      assert(times[10] < 100, `an answer of the live one took ${times[10]} ms`);
      const before = process.cpuUsage();
      await sleep(1000);
      const used = process.cpuUsage(before);
      assert(used.user + used.system < 100_000, `${used.user + used.system} us of a second`);
      await until(() => own.take("failed").length === 1, "the failure", YARD_STALL_MS_MAX + 2000);
      assert(performance.now() - begun >= YARD_STALL_MS_MAX);
      const [failed] = own.take("failed");
      assert.deepEqual([failed.handle, failed.code], [stuck, "queue_full"]);
      stopped.signal("SIGCONT");
      const answer = await own.ask({ ask: "echo", data: new Uint8Array(5) }, "stopped");
      assert.equal(answer.length, 5);
      await Promise.all([stopped.kill(), live.kill()]);
      await own.endpoint.close();
      assert.deepEqual(own.errors, []);
    }));

  it("notices that a silent yard died, and meets the next one of its name", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own", { lookMs: 50 });
      const first = Peer.own("lane_peer.ts", directory, "peer");
      await first.line();
      await own.ask({ ask: "sum" }, "peer");
      const identity = own.endpoint.probe("peer");
      assert.notEqual(identity, null);
      await first.kill();
      await until(() => own.take("yard").at(-1)!.state === "left", "it left");
      assert.equal(own.endpoint.probe("peer"), null);
      assert.equal(fs.existsSync(`${directory}/test.peer.uxd`), true, "its socket is still there");
      const second = Peer.own("lane_peer.ts", directory, "peer");
      assert.equal(await second.line(), "open");
      assert.deepEqual(await own.ask({ ask: "sum" }, "peer"), { count: 0, inOrder: true });
      assert.notEqual(own.endpoint.probe("peer"), identity);
      assert.deepEqual(own.take("yard").map(({ state }) => state), ["came", "left", "came"]);
      await second.kill();
      await own.endpoint.close();
    }));

  it("hears a yard that knows the directory by a link, and none that only has its name", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own");
      const elsewhere = `${directory}/elsewhere`;
      fs.mkdirSync(elsewhere, { mode: 0o700 });
      fs.symlinkSync(`${directory}/test.own.uxd`, `${elsewhere}/test.own.uxd`);
      const false_ = await Own.open(elsewhere, "peer");
      false_.endpoint.transmit({ from: "elsewhere" }, "own");
      await until(() => own.endpoint.counters.get("page_source") === 1, "a dropped page");
      fs.symlinkSync(directory, `${directory}/link`);
      const peer = await Own.open(`${directory}/link`, "peer");
      peer.endpoint.transmit({ from: "link" }, "own");
      await until(() => own.take("message").length === 1, "a message");
      assert.deepEqual(own.take("message")[0].body, { from: "link" });
      for (const { endpoint } of [false_, peer, own]) await endpoint.close();
      fs.rmSync(elsewhere, { recursive: true });
    }));

  it("goes on though its owner throws at events, and at being told of that", () =>
    inDirectory(async (directory) => {
      const throws = () => {
        throw new Error("the owner's own fault");
      };
      const deaf = await Own.open(directory, "deaf", { onEvent: throws, onError: throws });
      const own = await Own.open(directory, "own");
      for (let n = 0; n < 3; n++) own.endpoint.transmit({ n }, "deaf");
      deaf.endpoint.transmit({ from: "deaf" }, "own");
      await until(() => own.take("message").length === 1, "a message of the one that throws");
      deaf.endpoint.transmit({ still: "here" }, "own");
      await until(() => own.take("message").length === 2, "another");
      await deaf.endpoint.close();
      await own.endpoint.close();
    }));

  it("sends what waits before it closes, and fails what nobody takes", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own");
      const live = await Own.open(directory, "live");
      const stopped = Peer.own("lane_peer.ts", directory, "stopped");
      await stopped.line();
      stopped.signal("SIGSTOP");
      const handles = [];
      for (let n = 0; n < 100; n++) handles.push(own.endpoint.transmit({ n }, "live"));
      const stuck = own.endpoint.transmit({ text: "x".repeat(3_000_000) }, "stopped");
      await own.endpoint.close(200);
      assert.deepEqual(own.take("sent").map(({ handle }) => handle), handles);
      assert.deepEqual(
        own.take("failed").map(({ handle, code }) => [handle, code]),
        [[stuck, "expired"]],
      );
      await until(() => live.take("message").length === 100, "all of them");
      assert.throws(
        () => own.endpoint.transmit({}, "live"),
        (error) => error instanceof RaetError && error.code === "no_manor",
      );
      await stopped.kill();
      await live.endpoint.close();
      assert.deepEqual(fs.readdirSync(directory), ["test.stopped.uxd"]);
    }));

  it("tells what fails as it closes, though one that it tells something closes it", () =>
    inDirectory(async (directory) => {
      const peer = Peer.own("lane_peer.ts", directory, "peer");
      assert.equal(await peer.line(), "open");
      peer.signal("SIGSTOP");
      const other = await Own.open(directory, "other");
      let closed: Promise<void> | undefined;
      const own: Own = await Own.open(directory, "own", {
        onEvent: (event) => {
          own.events.push(event);
          if (event.type === "message") closed = own.endpoint.close(0);
        },
      });
      for (let n = 0; n < 20; n++) own.endpoint.transmit({ n }, "peer");
      await until(() => own.take("sent").length === 11, "its queue is full");
      other.endpoint.transmit({ now: true }, "own");
      await until(() => closed !== undefined, "it closes");
      await closed;
      assert.deepEqual(own.take("failed").map(({ code }) => code), Array(9).fill("expired"));
      await other.endpoint.close();
      await peer.kill();
    }));

  it("answers what came before it was open", () =>
    inDirectory(async (directory) => {
      const early = await Own.open(directory, "early");
      const opening = Own.open(directory, "own", {
        onEvent: (event) => {
          if (event.type === "message") own.endpoint.transmit({ answer: event.body.n }, "early");
        },
      });
      // As soon as the socket is there, and before its first turn.
      const retry = setInterval(() => early.endpoint.transmit({ n: 1 }, "own"), 1);
      early.endpoint.transmit({ n: 1 }, "own");
      const own = await opening;
      await until(() => early.take("message").length > 0, "the answer");
      clearInterval(retry);
      assert.deepEqual(early.take("message")[0].body, { answer: 1 });
      assert.deepEqual(own.errors, []);
      await Promise.all([own.endpoint.close(), early.endpoint.close()]);
    }));

  it("tells what an event handler throws, and goes on", () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own", {
        onEvent: (event) => {
          throw new Error(event.type);
        },
      });
      own.endpoint.transmit({}, "own");
      await until(() => own.errors.length === 3, "sent, came and message");
      assert.deepEqual(own.errors.map(String), ["Error: sent", "Error: yard", "Error: message"]);
      await own.endpoint.close();
    }));
});

leavesNothing(
  "a closed lane endpoint leaves nothing behind",
  () =>
    inDirectory(async (directory) => {
      const own = await Own.open(directory, "own");
      own.endpoint.transmit({ text: "x".repeat(1_000_000) }, "own");
      await until(() => own.take("message").length === 1, "the message");
      own.endpoint.transmit({}, "nobody");
      await own.endpoint.close();
      assert.equal(own.take("failed").length, 1);
      await own.endpoint.close();
    }),
);
