import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { Drop, type DropReason } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import { PAGE_BYTES_MAX } from "../../src/base/limits.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { Book, bookKey } from "../../src/wire/book.ts";
import {
  bodyKindOf,
  packPages,
  type Page,
  type PageFields,
  parsePage,
} from "../../src/wire/page.ts";
import { bytes, readVectors, type RecordedBody, reviveBytes } from "../support/recordings.ts";
import { anyPageFields } from "../support/wire_arbitraries.ts";

interface RecordedPage {
  readonly n: number;
  readonly phase: string;
  readonly from: string;
  readonly hex?: string;
  readonly b64?: string;
  readonly body?: RecordedBody;
}

interface LaneRecording {
  readonly runs: {
    readonly pack: "json" | "pack";
    readonly pages: RecordedPage[];
    readonly body?: { fill_length: number; fill_sha256: string };
  }[];
}

const fields: PageFields = {
  source: "serf",
  destination: "lord",
  sessionId: "0123456789abcdef01",
  bookNumber: 1,
  packing: "json",
};

function datagramOf(page: RecordedPage): Uint8Array {
  return page.hex ? bytes(page.hex) : new Uint8Array(Buffer.from(page.b64!, "base64"));
}

function parsed(datagram: Uint8Array): Page {
  const page = parsePage(datagram);
  assert.ok(!(page instanceof Drop), JSON.stringify(page));
  return page;
}

function counted(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i * 7 + (i >> 8));
}

describe("the recorded pages", () => {
  for (const run of readVectors<LaneRecording>("lane_single").runs) {
    for (const one of run.pages) {
      it(`are read and written to the same bytes: ${run.pack}, ${one.phase}`, () => {
        const datagram = datagramOf(one);
        const page = parsed(datagram);
        assert.deepEqual([page.pageNumber, page.pageCount], [0, 1]);
        assert.equal(page.source, one.from);
        assert.equal(page.packing, run.pack === "json" ? "json" : "msgpack");
        const body = unpackBody(bodyKindOf(page.packing), page.section);
        assert.deepEqual(body, reviveBytes(one.body!.data));
        const packed = packBody(bodyKindOf(page.packing), body as Body);
        const pages = packPages(page, packed);
        assert.equal(pages.pageCount, 1);
        assert.equal(pages.bytes, datagram.length);
        assert.equal(toHex(pages.pageAt(0)), toHex(datagram));
      });
    }
  }

  for (const run of readVectors<LaneRecording>("lane_paged").runs) {
    it(`are put together and cut to the same bytes: a book of ${run.pack}`, () => {
      const recorded = run.pages.map(datagramOf);
      const pages = recorded.map(parsed);
      assert.ok(pages.length > 1);
      const book = new Book(pages[0]);
      for (const page of pages) assert.equal(book.add(page), true);
      assert.ok(book.complete);
      const packed = book.join();
      const body = unpackBody(bodyKindOf(pages[0].packing), packed);
      assert.ok(!(body instanceof Drop) && typeof body.fill === "string");
      assert.equal(body.fill.length, run.body!.fill_length);
      const digest = createHash("sha256").update(body.fill).digest("hex");
      assert.equal(digest, run.body!.fill_sha256);
      const cut = packPages(pages[0], packBody(bodyKindOf(pages[0].packing), body));
      assert.equal(cut.pageCount, recorded.length);
      for (const [n, datagram] of recorded.entries()) assert.deepEqual(cut.pageAt(n), datagram);
    });
  }
});

describe("a page", () => {
  it("comes back as it was written, whatever its fields and size", () => {
    const length = fc.oneof(fc.nat(100), fc.integer({ min: 65_000, max: 66_000 }), fc.nat(300_000));
    fc.assert(
      fc.property(anyPageFields, length, (any, bodyLength) => {
        const body = counted(bodyLength);
        const pages = packPages(any, body);
        let total = 0;
        let book: Book | null = null;
        for (let n = 0; n < pages.pageCount; n++) {
          const datagram = pages.pageAt(n);
          total += datagram.length;
          assert.ok(datagram.length <= PAGE_BYTES_MAX);
          const { pageNumber, pageCount, section, ...rest } = parsed(datagram);
          assert.deepEqual([pageNumber, pageCount, rest], [n, pages.pageCount, any]);
          book ??= new Book({ ...rest, pageNumber, pageCount, section });
          book.add({ ...rest, pageNumber, pageCount, section });
        }
        assert.equal(total, pages.bytes);
        assert.deepEqual(book?.join(), body);
      }),
      { numRuns: 40 },
    );
  });

  it("is one as long as it fits 65535 bytes", () => {
    const head = packPages(fields, new Uint8Array(0)).pageAt(0).length;
    const most = packPages(fields, counted(PAGE_BYTES_MAX - head));
    assert.equal(most.pageCount, 1);
    assert.equal(most.pageAt(0).length, PAGE_BYTES_MAX);
    const more = packPages(fields, counted(PAGE_BYTES_MAX - head + 1));
    assert.equal(more.pageCount, 2);
    assert.equal(more.pageAt(0).length, PAGE_BYTES_MAX - 2);
  });

  it("is refused past 65535 of them", () => {
    const endless = { length: 65_535 * 65_457 } as Uint8Array;
    assert.throws(
      () => packPages(fields, endless),
      (error) => error instanceof RaetError && error.code === "too_large",
    );
  });

  it("can't be written with what couldn't be read", () => {
    for (
      const wrong of [
        { source: "" },
        { source: "a b" },
        { destination: "a.b" },
        { destination: "a/b" },
        { sessionId: "beef" },
        { sessionId: "0123456789ABCDEF01" },
        { bookNumber: -1 },
        { bookNumber: 0x100000000 },
      ]
    ) {
      assert.throws(() => packPages({ ...fields, ...wrong }, counted(1)), JSON.stringify(wrong));
    }
  });
});

describe("a page that is read", () => {
  const lines = ["vn 0", "pk 0", "sn serf", "dn lord", "si 0123456789abcdef01", "bi 1", "pn 0000"];
  const good = [...lines, "pc 0001"];
  const pageOf = (...all: string[]) => utf8(`ri RAET\n${all.join("\n")}\n\n{"a":1}`);
  const replaced = (line: string) =>
    pageOf(...good.map((each) => each.slice(0, 3) === line.slice(0, 3) ? line : each));
  const reasonOf = (datagram: Uint8Array): DropReason | "parses" => {
    const page = parsePage(datagram);
    return page instanceof Drop ? page.reason : "parses";
  };

  it("may have its lines in any order after the first", () => {
    assert.equal(reasonOf(pageOf(...good)), "parses");
    assert.equal(reasonOf(pageOf(...good.toReversed())), "parses");
  });

  it("needs each line once and no other", () => {
    for (const line of good) {
      const others = good.filter((each) => each !== line);
      assert.equal(reasonOf(pageOf(...others)), "page_head", `without ${line}`);
      assert.equal(reasonOf(pageOf(...others, "zz 1")), "page_head", `zz for ${line}`);
      assert.equal(reasonOf(pageOf(...good, line)), "page_head", `twice ${line}`);
    }
    assert.equal(reasonOf(pageOf(...lines, "bi 1")), "page_head");
  });

  it("is dropped if a field is of the wrong form", () => {
    const wrong = [
      "vn 1",
      "pk 2",
      "pk json",
      "sn ",
      "sn a b",
      "sn a.b",
      "sn a/b",
      "sn ..",
      "dn a\tb",
    ];
    wrong.push("si beef", "si 0123456789ABCDEF01", "si 0123456789abcdef012", "bi ", "bi xyz");
    wrong.push(
      "bi 123456789",
      "bi -1",
      "pn 000",
      "pn 00000",
      "pn zzzz",
      "pc 0000",
      "pc 1",
      "pn 0001",
    );
    for (const line of wrong) assert.equal(reasonOf(replaced(line)), "page_head", line);
  });

  it("is dropped if its size can't be", () => {
    assert.equal(reasonOf(new Uint8Array(0)), "page_size");
    assert.equal(reasonOf(new Uint8Array(PAGE_BYTES_MAX + 1)), "page_size");
  });

  it("may have names in any script", () => {
    const page = parsed(replaced("sn größe"));
    assert.equal(page.source, "größe");
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      assert.ok(parsePage(noise) instanceof Drop);
      assert.ok(parsePage(concatBytes(utf8("ri RAET\n"), noise)));
    }));
    const datagram = pageOf(...good);
    fc.assert(fc.property(fc.nat(datagram.length), fc.nat(255), (at, byte) => {
      const mangled = datagram.slice();
      mangled[at] = byte;
      assert.ok(parsePage(mangled));
      assert.ok(parsePage(datagram.slice(0, at)));
    }));
  });
});

describe("a book", () => {
  const pageOf = (pageNumber: number, pageCount: number, section: Uint8Array): Page => ({
    ...fields,
    pageNumber,
    pageCount,
    section,
  });

  it("is complete once all pages have come, in any order", () => {
    const book = new Book(pageOf(0, 3, counted(1)));
    assert.equal(book.add(pageOf(2, 3, Uint8Array.of(5, 6))), true);
    assert.equal(book.add(pageOf(0, 3, Uint8Array.of(1, 2))), true);
    assert.deepEqual([book.complete, book.bytes], [false, 4]);
    assert.ok(book.heldBytes > 4);
    assert.equal(book.add(pageOf(0, 3, Uint8Array.of(8, 8))), false);
    assert.equal(book.add(pageOf(1, 3, Uint8Array.of(3, 4))), true);
    assert.equal(book.complete, true);
    assert.deepEqual(book.join(), Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it("keeps copies of what it is given", () => {
    const section = Uint8Array.of(1, 2);
    const book = new Book(pageOf(0, 1, section));
    book.add(pageOf(0, 1, section));
    section.fill(9);
    assert.deepEqual(book.join(), Uint8Array.of(1, 2));
  });

  it("drops a page that says otherwise than the book", () => {
    const book = new Book(pageOf(0, 3, counted(1)));
    assert.ok(book.add(pageOf(0, 4, counted(1))) instanceof Drop);
    assert.ok(book.add({ ...pageOf(0, 3, counted(1)), packing: "msgpack" }) instanceof Drop);
  });

  it("is told from others by yards, session and number", () => {
    const page = pageOf(0, 1, counted(1));
    const keys = [
      page,
      { ...page, source: "knave" },
      { ...page, destination: "baron" },
      { ...page, sessionId: "ffffffffffffffffff" },
      { ...page, bookNumber: 2 },
    ].map(bookKey);
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(bookKey({ ...page, pageNumber: 5, pageCount: 7 }), bookKey(page));
  });
});
