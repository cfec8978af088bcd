import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import {
  BODY_BYTES_MAX,
  BOOKS_PER_YARD_MAX,
  MESSAGES_PER_YARD_MAX,
  PAGES_PER_FLUSH_MAX,
  YARD_STALL_MS_MAX,
  YARDS_MAX,
} from "../../src/base/limits.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { LaneStack } from "../../src/lane/stack.ts";
import { packPages } from "../../src/wire/page.ts";
import { ofType, QUEUE, Rig } from "./rig.ts";

const LONG = "x".repeat(200_000);

function code(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert(error instanceof RaetError);
    return error.code;
  }
  return "nothing thrown";
}

/** A page as a yard of ours would send it. */
function pageOf(
  { session = "0123456789abcdef01", book = 1, page = 0, pages = 1, body = '{"a":1}', to = "lord" },
  from = "serf",
): Uint8Array {
  const whole = packPages({
    source: from,
    destination: to,
    sessionId: session,
    bookNumber: book,
    packing: "json",
  }, utf8(body)).pageAt(0);
  const text = new TextDecoder().decode(whole);
  const hex = (value: number) => value.toString(16).padStart(4, "0");
  return utf8(text.replace("pn 0000\npc 0001", `pn ${hex(page)}\npc ${hex(pages)}`));
}

describe("lane stack", () => {
  it("carries a message to a yard that never heard of us, and the answer back", () => {
    const rig = new Rig();
    const [lord, serf] = [rig.add("lord"), rig.add("serf")];
    const handle = serf.transmit({ say: "feed me" }, "lord", 0);
    assert.deepEqual(serf.events(), [], "nothing is sent before the flush");
    rig.flush(serf);
    assert.deepEqual(serf.events(), [{ type: "sent", handle, yard: "lord" }]);
    assert.deepEqual(rig.read(lord), [
      { type: "yard", yard: "serf", state: "came" },
      { type: "message", yard: "serf", body: { say: "feed me" }, packing: "json" },
    ]);
    lord.transmit({ bytes: new Uint8Array([1, 2]) }, "serf", 0, { packing: "msgpack" });
    rig.flush(lord);
    const [message] = ofType(rig.read(serf), "message");
    assert.deepEqual(message.body, { bytes: new Uint8Array([1, 2]) });
    assert.equal(message.packing, "msgpack");
  });

  it("carries a book of many pages through a queue of eleven", () => {
    const rig = new Rig();
    const [lord, serf] = [rig.add("lord"), rig.add("serf")];
    const body = { text: "y".repeat(3_000_000) };
    const handle = serf.transmit(body, "lord", 0);
    const heard = [];
    for (let i = 0; i < 10; i++) {
      rig.flush(serf);
      heard.push(...rig.read(lord));
    }
    assert.deepEqual(ofType(heard, "message").map((event) => event.body), [body]);
    assert.deepEqual(serf.events(), [{ type: "sent", handle, yard: "lord" }]);
    assert.equal(lord.yards()[0].booksUnfinished, 0);
  });

  it("lets a yard that takes nothing delay no other, and gives its messages back in time", () => {
    const rig = new Rig();
    const [manor, fast] = [rig.add("manor"), rig.add("fast")];
    rig.add("stopped");
    const stuck = manor.transmit({ text: "z".repeat(2_000_000) }, "stopped", 0);
    rig.flush(manor);
    rig.now = 2000;
    const later = manor.transmit({ n: 2 }, "stopped", rig.now);
    for (let i = 0; i < 100; i++) {
      manor.transmit({ i }, "fast", rig.now);
      rig.flush(manor);
      assert.equal(ofType(rig.read(fast), "message").length, 1);
    }
    assert.equal(ofType(manor.events(), "sent").length, 100);
    assert.deepEqual(manor.blocked(), ["/lane/cherry.stopped.uxd"]);
    assert.equal(manor.deadline(), YARD_STALL_MS_MAX);
    manor.advance(YARD_STALL_MS_MAX - 1);
    assert.deepEqual(manor.events(), []);
    manor.advance(YARD_STALL_MS_MAX);
    const failed = ofType(manor.events(), "failed");
    assert.deepEqual(failed.map((event) => [event.handle, event.code]), [
      [stuck, "queue_full"],
      [later, "queue_full"],
    ], "a later one must not get there before one that is sent again");
    assert.equal(manor.deadline(), Infinity);
  });

  it("waits on for a slow yard that takes a page now and then", () => {
    const rig = new Rig();
    const [manor, slow] = [rig.add("manor"), rig.add("slow")];
    for (let i = 0; i < QUEUE + 5; i++) manor.transmit({ i }, "slow", 0);
    for (let i = 0; i < 5; i++) {
      rig.flush(manor);
      rig.now += YARD_STALL_MS_MAX - 1;
      manor.advance(rig.now);
      const { page, from } = rig.queues.get(slow.path)!.shift()!;
      slow.receive(page, from, rig.now);
    }
    rig.flush(manor);
    assert.equal(ofType(manor.events(), "sent").length, QUEUE + 5);
  });

  it("begins a message that was given up anew for nobody: the next one comes whole", () => {
    const rig = new Rig();
    const [manor, stopped] = [rig.add("manor"), rig.add("stopped")];
    manor.transmit({ text: "z".repeat(2_000_000) }, "stopped", 0);
    rig.flush(manor);
    rig.now = YARD_STALL_MS_MAX;
    manor.advance(rig.now);
    assert.equal(ofType(rig.read(stopped), "message").length, 0);
    manor.transmit({ after: true }, "stopped", rig.now);
    manor.writable(stopped.path, rig.now);
    rig.flush(manor);
    assert.deepEqual(ofType(rig.read(stopped), "message").map((e) => e.body), [{ after: true }]);
  });

  it("fails what waits for a yard that is gone, and says that it left", () => {
    const rig = new Rig();
    const [lord, serf] = [rig.add("lord"), rig.add("serf")];
    serf.transmit({}, "lord", 0);
    rig.flush(serf);
    rig.read(lord);
    rig.queues.delete(serf.path);
    const handles = [lord.transmit({ n: 1 }, "serf", 0), lord.transmit({ n: 2 }, "serf", 0)];
    rig.flush(lord);
    const events = lord.events();
    assert.deepEqual(
      ofType(events, "failed").map((event) => [event.handle, event.code]),
      handles.map((handle) => [handle, "no_yard"]),
    );
    assert.deepEqual(ofType(events, "yard"), [{ type: "yard", yard: "serf", state: "left" }]);
    assert.deepEqual(lord.yards(), []);
    assert.match(ofType(events, "failed")[0].message, /^yard "serf" did not get the message: /);
  });

  it("says nothing of a yard leaving that never came", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const handle = lord.transmit({}, "nobody", 0);
    rig.flush(lord);
    const [failed, ...rest] = lord.events();
    assert.deepEqual([failed.type, rest.length], ["failed", 0]);
    assert.equal(failed.type === "failed" && failed.handle, handle);
  });

  it("takes a new session for a new process: the old one's book and messages go", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const path = "/lane/cherry.serf.uxd";
    rig.queues.set(path, []);
    lord.receive(pageOf({ pages: 2, body: '{"a":' }), path, 0);
    for (let i = 0; i <= QUEUE; i++) lord.transmit({ i }, "serf", 0);
    rig.flush(lord);
    assert.equal(ofType(lord.events(), "sent").length, QUEUE);
    lord.receive(pageOf({ session: "ff".repeat(9), book: 2, body: '{"new":1}' }), path, 0);
    lord.receive(pageOf({ page: 1, pages: 2, body: "1}", session: "ff".repeat(9) }), path, 0);
    const told = lord.events().map((event) =>
      event.type === "yard" ? event.state : event.type === "dropped" ? event.reason : event.type
    );
    assert.deepEqual(told, ["book_stale", "failed", "left", "came", "message", "page_order"]);
    lord.transmit({ to: "the new one" }, "serf", 0);
    rig.queues.set(path, []);
    rig.flush(lord);
    const page = new TextDecoder().decode(rig.queues.get(path)![0].page);
    assert.match(page, /\nsi 0101/, "we are who we were");
    assert.match(page, new RegExp(`\nbi ${(QUEUE + 2).toString(16)}\n`), "so numbers go on");
  });

  it("goes on with one that began anew under its eyes, and neither begins again for that", () => {
    const rig = new Rig();
    const serf = rig.add("serf", 1);
    const old = rig.add("lord", 10);
    const talk = (lord: LaneStack) => {
      const told = [];
      for (let i = 0; i < 4; i++) {
        serf.transmit({ i }, "lord", 0);
        rig.flush(serf);
        told.push(...ofType(rig.read(lord), "yard"));
        lord.transmit({ i }, "serf", 0);
        rig.flush(lord);
        told.push(...ofType(rig.read(serf), "yard"));
      }
      return told.map(({ yard, state }) => `${yard} ${state}`);
    };
    assert.deepEqual(talk(old), ["serf came", "lord came"]);
    // Its socket is there again before anybody saw that it was gone.
    const lord = rig.add("lord", 20);
    assert.deepEqual(talk(lord), ["serf came", "lord left", "lord came"]);
  });

  it("is who it was for one that it finds out only later to be another process", () => {
    const rig = new Rig();
    const serf = rig.add("serf", 1);
    rig.add("lord", 10);
    const say = (lord: LaneStack) => {
      serf.transmit({}, "lord", 0);
      rig.flush(serf);
      return ofType(rig.read(lord), "yard").map(({ state }) => state);
    };
    const lord = rig.add("lord", 20);
    assert.deepEqual(say(lord), ["came"]);
    serf.leave("lord");
    assert.deepEqual(say(lord), []);
  });

  it("takes the last words of one that is gone for no other's first", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const path = "/lane/cherry.serf.uxd";
    const hear = (page: Uint8Array) => {
      lord.receive(page, path, 0);
      return lord.events().map((event) => event.type === "yard" ? event.state : event.type);
    };
    assert.deepEqual(hear(pageOf({})), ["came", "message"]);
    lord.leave("serf");
    assert.deepEqual(hear(pageOf({ book: 2 })), ["left", "message"]);
    lord.leave("serf");
    assert.deepEqual(hear(pageOf({ book: 3 })), ["left", "message"]);
    const next = "ff".repeat(9);
    assert.deepEqual(hear(pageOf({ session: next })), ["left", "came", "message"]);
    lord.leave("serf");
    assert.deepEqual(hear(pageOf({ session: "ee".repeat(9) })), ["left", "came", "message"]);
  });

  it("drops pages from strangers, for strangers, and from a socket of another name", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const good = pageOf({});
    lord.receive(good, "/lane/cherry.knave.uxd", 0);
    lord.receive(good, "/lane/plum.serf.uxd", 0);
    lord.receive(good, "/lane/cherry.serf", 0);
    lord.receive(good, "", 0);
    lord.receive(good, "/elsewhere/cherry.serf.uxd", 0);
    lord.receive(pageOf({ to: "baron" }), "/lane/cherry.serf.uxd", 0);
    lord.receiveTooLong("/lane/cherry.serf.uxd", 70_000);
    assert.deepEqual(lord.counters.toJSON(), {
      page_destination: 1,
      page_size: 1,
      page_source: 5,
      pages_received: 7,
    });
    assert.deepEqual(lord.yards(), []);
    const closed = new LaneStack({
      lane: "cherry",
      yard: "lord",
      directory: "/lane",
      random: (length) => new Uint8Array(length),
      accept: false,
    });
    closed.receive(good, "/lane/cherry.serf.uxd", 0);
    assert.equal(closed.counters.get("unknown_yard"), 1);
  });

  it("takes pages of a book in any order after the first, and each once", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const path = "/lane/cherry.serf.uxd";
    for (
      const [page, body] of [[0, '{"a"'], [2, "1}"], [2, "9}"], [1, ":"]] as const
    ) lord.receive(pageOf({ page, pages: 3, body }), path, 0);
    assert.deepEqual(ofType(lord.events(), "message").map((event) => event.body), [{ a: 1 }]);
    assert.equal(lord.counters.get("page_repeated"), 1);
  });

  it("drops a book that is longer than any message, before it is whole", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const body = "x".repeat(65_000);
    const pages = Math.ceil(BODY_BYTES_MAX / body.length) + 100;
    for (let page = 0; page < pages; page++) {
      lord.receive(pageOf({ page, pages, body }), "/lane/cherry.serf.uxd", 0);
    }
    assert.equal(lord.yards()[0].booksUnfinished, 0);
    assert.equal(lord.counters.get("book_limit"), 1);
    assert.equal(lord.counters.get("page_order"), 100, "what comes after it belongs to no book");
  });

  it("keeps a bounded number of unfinished books: the oldest goes", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const path = "/lane/cherry.serf.uxd";
    for (let book = 1; book <= BOOKS_PER_YARD_MAX + 1; book++) {
      lord.receive(pageOf({ book, pages: 2, body: '{"a":' }), path, 0);
    }
    assert.equal(lord.yards()[0].booksUnfinished, BOOKS_PER_YARD_MAX);
    assert.equal(lord.counters.get("book_limit"), 1);
    lord.receive(pageOf({ book: 1, page: 1, pages: 2, body: "1}" }), path, 0);
    lord.receive(pageOf({ book: 2, page: 1, pages: 2, body: "1}" }), path, 0);
    assert.equal(lord.counters.get("page_order"), 1, "a page of the one that went");
    assert.equal(lord.counters.get("messages_received"), 1);
  });

  it("bounds the messages that wait for a yard, and the yards", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    for (let i = 0; i < MESSAGES_PER_YARD_MAX; i++) lord.transmit({}, "serf", 0);
    assert.equal(code(() => lord.transmit({}, "serf", 0)), "queue_full");
    assert.equal(lord.waiting(), MESSAGES_PER_YARD_MAX);
    for (let i = 1; i < YARDS_MAX; i++) lord.transmit({}, `yard${i}`, 0);
    assert.equal(code(() => lord.transmit({}, "onemore", 0)), "queue_full");
    lord.receive(pageOf({}, "stranger"), "/lane/cherry.stranger.uxd", 0);
    assert.equal(lord.counters.get("yard_limit"), 1);
  });

  it("refuses what can't be sent before it gives a handle", () => {
    const lord = new Rig().add("lord");
    for (const name of ["", "a/b", "a.b", "a b", "../x", "a\0"]) {
      assert.equal(code(() => lord.transmit({}, name, 0)), "no_yard", JSON.stringify(name));
    }
    assert.equal(code(() => lord.transmit({ bytes: new Uint8Array(1) }, "serf", 0)), "bad_body");
    const long = { text: "x".repeat(BODY_BYTES_MAX) };
    assert.equal(code(() => lord.transmit(long, "serf", 0)), "too_large");
  });

  it("gives yards their turns, one page each, and stops after a turn's worth", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    for (const yard of ["a", "b", "c"]) {
      for (let i = 0; i < 200; i++) lord.transmit({ i }, yard, 0);
    }
    const order: string[] = [];
    const send = (path: string) => (order.push(path.at(-5)!), "sent" as const);
    assert.equal(lord.flush(send, 0), true);
    assert.equal(order.length, PAGES_PER_FLUSH_MAX);
    assert.equal(order.slice(0, 7).join(""), "abcabca");
    while (lord.flush(send, 0));
    assert.equal(ofType(lord.events(), "sent").length, 600);
  });

  it("fails a page that the system finds too large, and goes on with the next", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const [long, short] = [lord.transmit({ LONG }, "serf", 0), lord.transmit({}, "serf", 0)];
    lord.flush((_path, page) => {
      if (page.length > 1000) throw new RaetError("too_large", "no");
      return "sent";
    }, 0);
    assert.deepEqual(
      lord.events().map((event) => "handle" in event ? [event.type, event.handle] : []),
      [["failed", long], ["sent", short]],
    );
  });

  it("fails everything that waits when it closes or is told that a yard left", () => {
    const rig = new Rig();
    const lord = rig.add("lord");
    const handles = [lord.transmit({}, "a", 0), lord.transmit({}, "b", 0)];
    lord.leave("a");
    lord.leave("unknown");
    lord.close();
    assert.deepEqual(
      ofType(lord.events(), "failed").map((event) => [event.handle, event.code]),
      [[handles[0], "no_yard"], [handles[1], "expired"]],
    );
    rig.flush(lord);
    assert.deepEqual(lord.events(), []);
  });
});
