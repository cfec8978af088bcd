/**
 * A yard in a process of its own: `lane_peer.ts DIRECTORY YARD`. It says `open`, and then answers what
 * it is sent: `{ask: "echo", data}` by the length and digest of the data; `{ask: "count", n}` by nothing
 * until `{ask: "sum"}`, which is answered by how many of them came, and whether in order. `quit` ends it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import process from "node:process";
import { RaetError } from "../../src/base/errors.ts";
import type { LaneEvent } from "../../src/lane/events.ts";
import { LaneEndpoint } from "../../src/io/lane_endpoint.ts";

const [directory, yard] = process.argv.slice(2);
let count = 0;
let inOrder = true;

const onEvent = (event: LaneEvent): void => {
  if (event.type !== "message") return;
  const { ask, data, n } = event.body;
  if (ask === "quit") void endpoint.close();
  if (ask === "count") {
    inOrder &&= n === count;
    count++;
  }
  if (ask === "sum") endpoint.transmit({ count, inOrder }, event.yard);
  if (ask === "echo" && data instanceof Uint8Array) {
    const digest = createHash("sha256").update(data).digest("hex");
    endpoint.transmit({ length: data.length, digest, data }, event.yard, { packing: "msgpack" });
  }
};

let endpoint: LaneEndpoint;
try {
  endpoint = await LaneEndpoint.open({
    lane: "test",
    yard,
    directory,
    onEvent,
    onError: (error) => console.error(error),
  });
  console.log("open");
} catch (error) {
  console.log(`failed: ${error instanceof RaetError ? error.code : String(error)}`);
}
