/** A program that sends more datagrams to a port of this host than its kernel keeps: `flood.ts PORT`. */
import { createSocket } from "node:dgram";
import process from "node:process";

const port = Number(process.argv.at(-1));
const socket = createSocket("udp4");
const bytes = new Uint8Array(1000);
for (let n = 0; n < 5000; n++) {
  await new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", resolve));
}
socket.close();
