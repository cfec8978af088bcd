/**
 * What one yard can't grow past a line of limits.ts, by bytes: each has a counter or an error, and goes on
 * when there is room.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { BOOK_BYTES_PER_YARD_MAX, MESSAGE_BYTES_PER_YARD_MAX } from "../../src/base/limits.ts";
import { packPages } from "../../src/wire/page.ts";
import { ofType, QUEUE, Rig } from "./rig.ts";

const MB = 1024 * 1024;
/** Nearly the longest message. */
const LONG = new Uint8Array(60 * MB);

describe("one yard", () => {
  it("has so many bytes waiting and no more, however few messages those are", () => {
    const rig = new Rig();
    const [lord, serf] = [rig.add("lord"), rig.add("serf")];
    const send = (bytes: Uint8Array) => lord.transmit({ bytes }, "serf", 0, { packing: "msgpack" });
    const fitting = Math.floor(MESSAGE_BYTES_PER_YARD_MAX / LONG.length);
    for (let n = 0; n < fitting; n++) send(LONG);
    assert.throws(() => send(LONG), (error) => {
      assert(error instanceof RaetError);
      assert.equal(error.code, "queue_full");
      assert.match(
        error.message,
        /^4 messages of \d+ bytes wait for yard "serf": expected at most /,
      );
      return true;
    });
    send(new Uint8Array(MB)); // a short one still fits
    lord.transmit({ to: "another" }, "other", 0);
    const [{ messagesWaiting, bytesWaiting }] = lord.yards().filter(({ yard }) => yard === "serf");
    assert.equal(messagesWaiting, fitting + 1);
    assert.ok(bytesWaiting <= MESSAGE_BYTES_PER_YARD_MAX);
    while (!ofType(lord.events(), "sent").some(({ yard }) => yard === "serf")) {
      rig.flush(lord);
      rig.read(serf);
    }
    send(LONG);
  });

  it("has so many bytes in unfinished books and no more: the oldest goes, and is counted", () => {
    const rig = new Rig();
    const [lord, serf] = [rig.add("lord"), rig.add("serf")];
    /** A whole book but its last page. */
    const begin = (bookNumber: number): Uint8Array => {
      const pages = packPages({
        source: "serf",
        destination: "lord",
        sessionId: "0123456789abcdef01",
        bookNumber,
        packing: "msgpack",
      }, LONG);
      for (let n = 0; n < pages.pageCount - 1; n++) {
        lord.receive(pages.pageAt(n), serf.path, rig.now);
      }
      return pages.pageAt(pages.pageCount - 1);
    };
    const fitting = Math.floor(BOOK_BYTES_PER_YARD_MAX / LONG.length);
    const ends = Array.from({ length: fitting }, (_, n) => begin(n + 1));
    assert.equal(lord.counters.get("book_limit"), 0);
    assert.equal(lord.yards()[0].booksUnfinished, fitting);
    ends.push(begin(fitting + 1));
    assert.equal(lord.counters.get("book_limit"), 1);
    assert.equal(lord.yards()[0].booksUnfinished, fitting, "the first one went");
    const [dropped] = ofType(lord.events(), "dropped");
    assert.equal(dropped.reason, "book_limit");
    lord.receive(ends[0], serf.path, rig.now);
    assert.equal(lord.counters.get("page_order"), 1, "nothing of it is left");
    // The others are whole with their last pages, and leave room.
    for (const end of ends.slice(1)) lord.receive(end, serf.path, rig.now);
    assert.equal(lord.yards()[0].booksUnfinished, 0);
    for (let n = 0; n < QUEUE; n++) begin(100 + n);
    assert.equal(lord.yards()[0].booksUnfinished, fitting);
  });
});
