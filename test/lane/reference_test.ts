import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { concatBytes, fromHex, toHex } from "../../src/base/bytes.ts";
import type { Body } from "../../src/base/value.ts";
import { LaneStack } from "../../src/lane/stack.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { bodyKindOf, parsePage } from "../../src/wire/page.ts";
import { Drop } from "../../src/base/drop.ts";
import single from "../vectors/lane_single.json" with { type: "json" };
import paged from "../vectors/lane_paged.json" with { type: "json" };
import malformed from "../vectors/malformed_pages.json" with { type: "json" };
import { ofType } from "./rig.ts";

interface Recorded {
  from: string;
  hex?: string;
  b64?: string;
  head: { fields: { dn: string; si: string; bi: string } };
}

const runs: { pack: string; pages: Recorded[] }[] = [...single.runs, ...paged.runs];
const YARDS = ["serf", "lord"];

function bytesOf(page: Recorded): Uint8Array {
  return page.hex === undefined
    ? new Uint8Array(Buffer.from(page.b64!, "base64"))
    : fromHex(page.hex)!;
}

/** The pages of each message, in the order in which they were sent. */
function messagesOf(pages: Recorded[]): Recorded[][] {
  const messages = new Map<string, Recorded[]>();
  for (const page of pages) {
    const key = `${page.from} ${page.head.fields.bi}`;
    messages.set(key, [...messages.get(key) ?? [], page]);
  }
  return [...messages.values()];
}

function bodyOf(pages: Recorded[]): Body {
  const parsed = pages.map((page) => {
    const read = parsePage(bytesOf(page));
    assert(!(read instanceof Drop));
    return read;
  });
  const body = unpackBody(
    bodyKindOf(parsed[0].packing),
    concatBytes(...parsed.map((page) => page.section)),
  );
  assert(!(body instanceof Drop));
  return body;
}

function stackOf(yard: string, session: string): LaneStack {
  return new LaneStack({
    lane: "cherry",
    yard,
    directory: "/lane",
    random: () => fromHex(session)!,
  });
}

describe("pages of the reference", () => {
  for (const { pack, pages } of runs) {
    const title = `${pack}, ${pages.length} pages`;

    it(`are understood (${title})`, () => {
      for (const yard of YARDS) {
        const stack = stackOf(yard, "00".repeat(9));
        const to = pages.filter((page) => page.head.fields.dn === yard);
        for (const page of to) {
          stack.receive(bytesOf(page), `/lane/cherry.${page.from}.uxd`, 0);
        }
        assert.deepEqual(
          ofType(stack.events(), "message").map((event) => event.body),
          messagesOf(to).map(bodyOf),
        );
        assert.equal(stack.counters.get("pages_received"), to.length);
      }
    });

    it(`are what we send for the same bodies, byte for byte (${title})`, () => {
      for (const yard of YARDS) {
        const from = pages.filter((page) => page.from === yard);
        if (from.length === 0) continue;
        const to = from[0].head.fields.dn;
        const stack = stackOf(yard, from[0].head.fields.si);
        const packing = pack === "json" ? "json" : "msgpack";
        for (const message of messagesOf(from)) stack.transmit(bodyOf(message), to, 0, { packing });
        const sent: string[] = [];
        stack.flush((path, page) => {
          assert.equal(path, `/lane/cherry.${to}.uxd`);
          sent.push(toHex(page));
          return "sent";
        }, 0);
        assert.deepEqual(sent, from.map((page) => toHex(bytesOf(page))));
      }
    });
  }
});

/**
 * What we do with each hostile page: the drops counted, and how many messages come out. Where the
 * reference delivered or raised and we drop, we are stricter.
 *
 * | case | reference | we |
 * | --- | --- | --- |
 * | version 1 | delivers | drop |
 * | destination is another yard, or left out | delivers | drop |
 * | session id of 4 characters | delivers | drop |
 * | page count 0 | delivers | drop |
 * | all that raise | service loop ends | drop |
 */
const WHAT_WE_DO: Record<string, { drops: string[]; messages: number }> = {
  "good page": { drops: [], messages: 1 },
  "random bytes": { drops: ["page_head"], messages: 0 },
  "head line without a space": { drops: ["page_head"], messages: 0 },
  "unknown head field": { drops: ["page_head"], messages: 0 },
  "number that is not hex": { drops: ["page_head"], messages: 0 },
  "version 1 (not checked)": { drops: ["page_head"], messages: 0 },
  "destination yard is another (not dropped)": { drops: ["page_destination"], messages: 0 },
  "source yard name differs from the socket name": { drops: ["page_source"], messages: 0 },
  "source yard name with a space": { drops: ["page_head"], messages: 0 },
  "source name left out": { drops: ["page_head"], messages: 0 },
  "destination left out": { drops: ["page_head"], messages: 0 },
  "session id of 4 characters": { drops: ["page_head"], messages: 0 },
  "body is not json": { drops: ["bad_body"], messages: 0 },
  "body is a list": { drops: ["bad_body"], messages: 0 },
  "empty body": { drops: [], messages: 1 },
  "body is not msgpack": { drops: ["bad_body"], messages: 0 },
  "msgpack map with integer key": { drops: ["bad_body"], messages: 0 },
  "unknown pack kind 2": { drops: ["page_head"], messages: 0 },
  "page count 0": { drops: ["page_head"], messages: 0 },
  "first page of two only": { drops: [], messages: 0 },
  "second page without the first": { drops: ["page_order"], messages: 0 },
  "page number beyond the count": { drops: ["page_head"], messages: 0 },
  "two pages in order": { drops: [], messages: 1 },
  "two pages, first one twice": { drops: ["page_repeated"], messages: 1 },
  "new session id between two pages drops the book": {
    drops: ["book_stale", "page_order"],
    messages: 1,
  },
};

describe("hostile pages", () => {
  it("are all in the table", () => {
    assert.deepEqual(malformed.cases.map((one) => one.name), Object.keys(WHAT_WE_DO));
  });

  for (const one of malformed.cases) {
    it(`never throw: ${one.name}`, () => {
      const stack = stackOf("lord", "00".repeat(9));
      for (const page of one.hex) stack.receive(fromHex(page)!, "/lane/cherry.serf.uxd", 0);
      const events = stack.events();
      const { drops, messages } = WHAT_WE_DO[one.name];
      assert.deepEqual(ofType(events, "dropped").map((event) => event.reason), drops);
      assert.equal(ofType(events, "message").length, messages);
      for (const reason of new Set(drops)) {
        assert.equal(stack.counters.get(reason), drops.filter((drop) => drop === reason).length);
      }
    });
  }

  it("of any bytes at all never throw", () => {
    const good = fromHex(malformed.cases[0].hex[0])!;
    let seed = 12345;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    const stack = stackOf("lord", "00".repeat(9));
    for (let i = 0; i < 5000; i++) {
      const page = good.slice(0, random(2) ? good.length : random(good.length + 1));
      for (let n = random(5); n > 0; n--) if (page.length) page[random(page.length)] = random(256);
      stack.receive(page, random(3) ? "/lane/cherry.serf.uxd" : "\u0000x", i);
    }
    const { pages_received: received, messages_received: _, ...drops } = stack.counters.toJSON();
    assert.equal(received, 5000);
    assert(Object.values(drops).reduce((sum, count) => sum + count, 0) > 1000);
  });
});
