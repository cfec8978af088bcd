/**
 * A message of several pages, put together on the receiving yard (protocol.md 6). Pages carry no
 * length of the whole, and nothing asks for a lost one again: a lane loses none.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import type { Packing, Page } from "./page.ts";

/** The pages of one book that have arrived; it holds nothing for those that have not. */
export class Book {
  // Not the page itself: it would keep its datagram alive.
  readonly #pageCount: number;
  readonly #packing: Packing;
  readonly #sections = new Map<number, Uint8Array>();
  #bytes = 0;

  /** Begins a book with any page of it; the page itself is yet to be added. */
  constructor(page: Page) {
    this.#pageCount = page.pageCount;
    this.#packing = page.packing;
  }

  /** Bytes of the packed body that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Roughly what it takes in memory: many tiny pages take more than their bytes. */
  get heldBytes(): number {
    return this.#bytes + this.#sections.size * PAGE_OVERHEAD_BYTES;
  }

  /** Whether all pages have arrived. */
  get complete(): boolean {
    return this.#sections.size === this.#pageCount;
  }

  /**
   * Takes a copy of a page's section.
   *
   * @returns true if it is new, false if it had come before (the first one stays); a drop if the page
   * says otherwise than the book how many there are or how they are packed
   */
  add(page: Page): boolean | Drop {
    if (page.pageCount !== this.#pageCount || page.packing !== this.#packing) {
      return new Drop("page_head", "another count or packing than its book");
    }
    assert(page.pageNumber < this.#pageCount, "a page that parsePage let through");
    if (this.#sections.has(page.pageNumber)) return false;
    this.#sections.set(page.pageNumber, page.section.slice());
    this.#bytes += page.section.length;
    return true;
  }

  /** The whole packed body. Everything must have arrived. */
  join(): Uint8Array {
    assert(this.complete, "all pages have arrived");
    const body = new Uint8Array(this.#bytes);
    for (let n = 0, offset = 0; n < this.#pageCount; n++) {
      const section = this.#sections.get(n)!;
      body.set(section, offset);
      offset += section.length;
    }
    return body;
  }
}

/** Which book a page belongs to: yards, session and number. */
export function bookKey(page: Page): string {
  return `${page.destination} ${page.source} ${page.sessionId} ${page.bookNumber}`;
}

/** A map entry, an array and its buffer. */
const PAGE_OVERHEAD_BYTES = 200;
