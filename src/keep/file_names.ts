/**
 * Names of peers and roles as parts of file names.
 *
 * A name of `a-z A-Z 0-9 . _ - @ + = , ~` is its own file name, as with the reference. Every other byte
 * of its UTF-8 is escaped as `%` and two lower-case hex digits, so no name leads out of a folder and a
 * file system that changes the form of letters changes nothing. What is too long is cut and ends in `%-`
 * and a hash of the whole name, which no escape begins with. So each form is injective.
 *
 * Where letter case doesn't count, `Alpha` and `alpha` would be one file: the one that comes second gets
 * the form that escapes its capitals too. Hence a name has several candidates, all of which differ, also
 * without regard to case, from every candidate of another name (but for the first ones among each other).
 *
 * @module
 */
import { utf8 } from "../base/bytes.ts";
import { sha256Hex } from "../crypto/digest.ts";

/** Longest form of a name: with `estate.`, `.msgpack` and `.damaged-99` it stays under 255 bytes. */
const FORM_CHARS_MAX = 200;

/**
 * The forms that a name can take in a file name, the one to prefer first. The caller takes the first one
 * that isn't another name's file already.
 */
export function fileNameForms(name: string): string[] {
  const plain = escapeBytes(name, /[A-Za-z0-9._@+=,~-]/);
  const folded = escapeBytes(name, /[a-z0-9._@+=,~-]/);
  const hashed = cut(folded, name);
  const forms = [plain, folded].filter((form) => form.length <= FORM_CHARS_MAX);
  return [...new Set([...forms, hashed])];
}

function escapeBytes(name: string, plain: RegExp): string {
  let form = "";
  for (const byte of utf8(name)) {
    const char = String.fromCharCode(byte);
    form += byte < 0x80 && plain.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return form;
}

function cut(folded: string, name: string): string {
  const hash = sha256Hex(utf8(name)).slice(0, 40);
  return `${folded.slice(0, FORM_CHARS_MAX - 42).replace(/%.?$/, "")}%-${hash}`;
}
