/**
 * Books of one yard that are being put together, within limits (protocol.md 6).
 *
 * A yard sends one book after the other, so an unfinished one that others have overtaken will never be
 * finished: where there is no room, the oldest goes. A book longer than any message goes at once.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { BODY_BYTES_MAX, BOOK_BYTES_PER_YARD_MAX, BOOKS_PER_YARD_MAX } from "../base/limits.ts";
import { Book } from "../wire/book.ts";
import type { Page } from "../wire/page.ts";

/** The unfinished books of one yard. */
export class Inbox {
  readonly #books = new Map<number, Book>();
  #heldBytes = 0;

  /** How many there are. */
  get length(): number {
    return this.#books.size;
  }

  /**
   * Takes a page.
   *
   * @param dropped gets books that had to go
   * @returns the whole packed body if the page was the last one missing, else null; a drop if the page
   * is of no use
   */
  add(page: Page, dropped: (drop: Drop) => void): Uint8Array | Drop | null {
    let book = this.#books.get(page.bookNumber);
    if (book === undefined) {
      if (page.pageCount === 1) return page.section;
      if (page.pageNumber !== 0) {
        return new Drop("page_order", `page ${page.pageNumber} of book ${page.bookNumber}`);
      }
      book = new Book(page);
      this.#books.set(page.bookNumber, book);
    }
    const held = book.heldBytes;
    const added = book.add(page);
    if (added instanceof Drop) return added;
    if (!added) return new Drop("page_repeated", `page ${page.pageNumber}`);
    this.#heldBytes += book.heldBytes - held;
    if (book.bytes > BODY_BYTES_MAX) {
      this.#remove(page.bookNumber, book);
      return new Drop(
        "book_limit",
        `book ${page.bookNumber} with more than ${BODY_BYTES_MAX} bytes`,
      );
    }
    if (book.complete) {
      this.#remove(page.bookNumber, book);
      return book.join();
    }
    this.#makeRoom(dropped);
    return null;
  }

  #makeRoom(dropped: (drop: Drop) => void): void {
    for (const [number, book] of this.#books) {
      if (this.#books.size <= BOOKS_PER_YARD_MAX && this.#heldBytes <= BOOK_BYTES_PER_YARD_MAX) {
        return;
      }
      this.#remove(number, book);
      dropped(new Drop("book_limit", `book ${number} with ${book.bytes} bytes`));
    }
  }

  #remove(number: number, book: Book): void {
    this.#books.delete(number);
    this.#heldBytes -= book.heldBytes;
  }
}
