/**
 * Lines out of what comes in any pieces.
 *
 * @module
 */
import { joinBytes } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { BODY_TEXT_BYTES_MAX } from "./body.ts";

/** Lines without their line feeds, read as they are asked for. @throws {RaetError} too_large */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  for await (const part of input) {
    let start = 0;
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, start)) {
      rest.push(part.subarray(start, end));
      yield joinBytes(rest);
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    rest.push(part.slice(start));
    restLength += part.length - start;
    if (restLength > BODY_TEXT_BYTES_MAX) {
      throw new RaetError("too_large", `a line holds more than ${BODY_TEXT_BYTES_MAX} bytes`);
    }
  }
  if (restLength > 0) yield joinBytes(rest);
}
