/**
 * A process with a yard's socket at a path. It says `open`, or `failed: CODE`; then, after each
 * datagram, its length and source.
 *
 * @module
 */
import process from "node:process";
import { RaetError } from "../../src/base/errors.ts";
import { UnixDatagramSocket } from "../../src/io/unix_datagram.ts";

const [path, announce] = process.argv.slice(2);
try {
  await UnixDatagramSocket.open(path, {
    onDatagram: (datagram, from) => {
      if (announce !== "quiet") console.log(`${datagram.length} ${from}`);
    },
    onWritable: () => {},
    onError: (error) => console.error(error),
  });
  console.log("open");
} catch (error) {
  console.log(`failed: ${error instanceof RaetError ? error.code : String(error)}`);
}
