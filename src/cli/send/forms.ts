/**
 * What can be the body of a message on a command line.
 *
 * @module
 */

/** What the bodies are taken for. */
export const FORMS = ["json", "text", "bytes"] as const;
/** JSON, text as it is, or bytes. */
export type Form = typeof FORMS[number];

/** How bodies are read, for the help of verbs that send. */
export const BODY_NOTES = [
  'BODY is JSON, {} if none is given; {"$bytes": "aGk="} stands for bytes. It may also be - for',
  "standard input, @FILE for a file, or pairs: key=text and key:=json. With --as text or --as bytes",
  "it is taken as it is. A whole number past 2^53 that would arrive as another one is refused in JSON:",
  'such are written as text, "12345678901234567".',
] as const;
