/**
 * Pages: what yards send each other on a lane (protocol.md 6). A page has a head of lines, all of
 * them always there, and a section of a packed body. A body too long for one page is a book.
 *
 * Whether a page is for us, and from the yard that it names, is for the lane to check.
 *
 * @module
 */
import { concatBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { assert, RaetError } from "../base/errors.ts";
import { PAGE_BYTES_MAX } from "../base/limits.ts";
import { isPeerName } from "../base/names.ts";
import { BodyKind } from "./kinds.ts";

/** How the body of a page is packed. */
export type Packing = "json" | "msgpack";

/** What all pages of one message have in common. */
export interface PageFields {
  /** The yard that sends. */
  readonly source: string;
  /** The yard that it is for. */
  readonly destination: string;
  /** 18 lower-case hex digits that the sender made for this pair of yards when it started. */
  readonly sessionId: string;
  /** Counts the sender's messages to this yard, 0 to 0xffffffff. */
  readonly bookNumber: number;
  /** How the body is packed. */
  readonly packing: Packing;
}

/** One page as it came. */
export interface Page extends PageFields {
  /** From 0, less than the count. */
  readonly pageNumber: number;
  /** 1 to 65535. */
  readonly pageCount: number;
  /** This page's part of the packed body: a view of the datagram. */
  readonly section: Uint8Array;
}

/** A message cut into pages, each made when it is asked for. */
export interface PackedPages {
  /** How many there are. */
  readonly pageCount: number;
  /** Bytes of all pages together. */
  readonly bytes: number;
  /** The page of that number, from 0: a buffer of its own. */
  pageAt(pageNumber: number): Uint8Array;
}

/** The body kind that goes with a packing, for `packBody` and `unpackBody`. */
export function bodyKindOf(packing: Packing): number {
  return packing === "json" ? BodyKind.json : BodyKind.msgpack;
}

/**
 * Cuts a packed body into pages, where the reference cuts it.
 *
 * @throws {RaetError} `too_large` past 65535 pages
 */
export function packPages(fields: PageFields, body: Uint8Array): PackedPages {
  const onlyHead = headOf(fields, 0, 1);
  const headBytes = onlyHead.length;
  const single = headBytes + body.length <= PAGE_BYTES_MAX;
  const sectionBytes = single ? body.length : PAGE_BYTES_MAX - headBytes - SPARE_BYTES;
  const pageCount = single ? 1 : Math.ceil(body.length / sectionBytes);
  if (pageCount > PAGES_MAX) {
    throw new RaetError(
      "too_large",
      `a message of ${body.length} packed bytes takes ${pageCount} pages: expected at most ${PAGES_MAX}`,
    );
  }
  return {
    pageCount,
    bytes: pageCount * headBytes + body.length,
    pageAt(pageNumber) {
      assert(pageNumber >= 0 && pageNumber < pageCount, "a page of this book");
      const from = pageNumber * sectionBytes;
      const head = single ? onlyHead : headOf(fields, pageNumber, pageCount);
      return concatBytes(head, body.subarray(from, from + sectionBytes));
    },
  };
}

/**
 * Reads a page. Its lines may stand in any order after the first. Stricter than the reference: each
 * line must be there once, the version is checked, the session id has 18 digits, and the page's
 * number is below the count.
 */
export function parsePage(datagram: Uint8Array): Page | Drop {
  if (datagram.length === 0 || datagram.length > PAGE_BYTES_MAX) {
    return new Drop("page_size", `${datagram.length} bytes`);
  }
  const headEnd = endOfHead(datagram);
  if (headEnd < 0) return new Drop("page_head", "no head that ends");
  const text = fromUtf8(datagram.subarray(0, headEnd));
  if (text === null) return new Drop("page_head", "not text");
  const lines = text.split("\n");
  if (lines[0] !== "ri RAET" || lines.length !== 1 + KEYS.length) {
    return new Drop("page_head", "other lines than a page has");
  }
  const [version, pack, source, destination, sessionId, book, number, count] = valuesOf(lines);
  if (version !== "0") return new Drop("page_head", "another version");
  const packing = pack === "0" ? "json" : pack === "1" ? "msgpack" : null;
  if (packing === null) return new Drop("page_head", "an unknown packing");
  if (!isYardName(source) || !isYardName(destination)) return new Drop("page_head", "no yard name");
  if (!SESSION_ID.test(sessionId)) return new Drop("page_head", "no session id");
  if (!BOOK_NUMBER.test(book) || !PAGE_NUMBER.test(number) || !PAGE_NUMBER.test(count)) {
    return new Drop("page_head", "a number of the wrong form");
  }
  const pageNumber = parseInt(number, 16);
  const pageCount = parseInt(count, 16);
  if (pageNumber >= pageCount) return new Drop("page_head", `page ${pageNumber} of ${pageCount}`);
  return {
    source,
    destination,
    sessionId,
    bookNumber: parseInt(book, 16),
    packing,
    pageNumber,
    pageCount,
    section: datagram.subarray(headEnd + 2),
  };
}

/** The lines after the first, in the order in which they are written. */
const KEYS = ["vn ", "pk ", "sn ", "dn ", "si ", "bi ", "pn ", "pc "];
const SESSION_ID = /^[0-9a-f]{18}$/;
const BOOK_NUMBER = /^[0-9a-f]{1,8}$/;
const PAGE_NUMBER = /^[0-9a-f]{4}$/;
const PAGES_MAX = 0xffff;
/** The reference leaves so many bytes free in each page of a book. */
const SPARE_BYTES = 2;
/** Longer than any head with names that we take. */
const HEAD_BYTES_MAX = 2048;
const LF = 0x0a;

function headOf(fields: PageFields, pageNumber: number, pageCount: number): Uint8Array {
  const { source, destination, sessionId, bookNumber, packing } = fields;
  assert(isYardName(source) && isYardName(destination), "yards have names that a page can bear");
  assert(SESSION_ID.test(sessionId), "a session id has 18 hex digits");
  assert(bookNumber >>> 0 === bookNumber, "a book number is an unsigned integer of 32 bits");
  return utf8(
    `ri RAET\nvn 0\npk ${packing === "json" ? 0 : 1}\nsn ${source}\ndn ${destination}\n` +
      `si ${sessionId}\nbi ${bookNumber.toString(16)}\n` +
      `pn ${hex4(pageNumber)}\npc ${hex4(pageCount)}\n\n`,
  );
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

/** A yard's name is the part of a socket's file name between two dots. */
function isYardName(name: string): boolean {
  return isPeerName(name) && !name.includes(".");
}

/** The values of the lines after the first, in the order of their keys; "" for one that isn't there. */
function valuesOf(lines: readonly string[]): string[] {
  return KEYS.map((key, i) => {
    // Nearly always the lines stand in that order.
    const line = lines[1 + i].startsWith(key)
      ? lines[1 + i]
      : lines.find((line) => line.startsWith(key));
    return line?.slice(3) ?? "";
  });
}

/** Where the LF LF begins that closes the head; -1 if there is none near. */
function endOfHead(datagram: Uint8Array): number {
  const end = Math.min(datagram.length, HEAD_BYTES_MAX) - 1;
  for (let i = 0; i < end; i++) if (datagram[i] === LF && datagram[i + 1] === LF) return i;
  return -1;
}
