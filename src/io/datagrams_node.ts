/**
 * UDP by node:dgram, for Node, which the library runs on too.
 *
 * @module
 */
import dgram from "node:dgram";
import type { DatagramEvents, DatagramPort } from "./datagrams.ts";

/** Binds a socket of Node. */
export async function nodeDatagrams(
  host: string,
  port: number,
  events: DatagramEvents,
): Promise<DatagramPort> {
  const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", events.onReceiveFailed);
  socket.on("message", (bytes, from) => {
    // No Buffer, whose methods differ from those of other bytes.
    const datagram = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    events.onDatagram(datagram, from.address, from.port);
    events.onBatch();
  });
  const bound = socket.address();
  return {
    host: bound.address,
    port: bound.port,
    send(bytes, to, toPort) {
      try {
        socket.send(bytes, toPort, to, (error) => {
          if (error) events.onSendFailed(error);
          else events.onSent();
        });
      } catch (error) {
        events.onSendFailed(error); // port 0, which a datagram may come from and none can go to
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
