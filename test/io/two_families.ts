/**
 * Says which address sockets of either family take for a host that has one of each. `/etc/hosts` has to
 * name it `dual.test`, with `::1` first.
 *
 * @module
 */
import { UdpSocket } from "../../src/io/udp.ts";
import { UdpLog } from "./support.ts";

const found: Record<string, string | null> = {};
for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
  const socket = await UdpSocket.open({ host, port: 0 }, new UdpLog()).catch(() => null);
  if (socket) found[host] = await socket.resolve("dual.test");
  await socket?.close();
}
console.log(JSON.stringify(found));
