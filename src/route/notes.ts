/**
 * What manors and processes say of messages besides how they ended. A note bears the ids that it is
 * about, and is never answered by a receipt.
 *
 * @module
 */

/** What a note can say. */
export const NOTE_WORDS = [
  /** to a sending process: the message is on disk, and the manor's from now on */
  "stored",
  /** to a sending process: the message waits for its estate, which is away */
  "waiting",
  /** to a sending process: it waits no more */
  "going",
  /** to a process that acknowledged: that is on disk, so it never gets the message again */
  "noted",
  /** to a process that acknowledged: too late, the message is no longer its own */
  "late",
  /** to the receiving manor: the sender has the outcome on disk, so the ids can be forgotten */
  "forget",
  /** to the receiving manor: these will not come; what is ordered after them needn't wait */
  "skip",
  /** to the receiving manor: what became of these? */
  "ask",
  /** the answer: they never came here */
  "unknown",
] as const;

/** A word of a note. */
export type NoteWord = typeof NOTE_WORDS[number];

/** The share of a process to which its manor sends notes. */
export const NEWS_SHARE = ".news";

/** Tells whether a value that came from elsewhere is one. */
export function isNoteWord(value: unknown): value is NoteWord {
  return NOTE_WORDS.some((word) => word === value);
}
