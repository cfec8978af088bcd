/**
 * Lines out of what comes in any pieces.
 *
 * @module
 */
import { joinBytes } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";

/**
 * Lines without their line feeds, read as they are asked for.
 *
 * @param bytesMax how long a line may be
 * @throws {RaetError} too_large
 */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  const take = (part: Uint8Array) => {
    restLength += part.length;
    if (restLength > bytesMax) {
      throw new RaetError("too_large", `a line holds more than ${bytesMax} bytes`);
    }
    rest.push(part);
  };
  for await (const part of input) {
    let start = 0;
    for (let end = part.indexOf(10); end >= 0; end = part.indexOf(10, start)) {
      take(part.subarray(start, end));
      yield joinBytes(rest);
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    take(part.slice(start));
  }
  if (restLength > 0) yield joinBytes(rest);
}
