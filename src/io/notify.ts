/**
 * Tells the service manager that started us how we are, as systemd asks of a service of Type=notify:
 * one datagram of lines to the socket in NOTIFY_SOCKET, a path or, after an "@", an abstract name.
 *
 * Nobody answers, and what can't be sent is lost: a service works without its manager.
 *
 * @module
 */
import process from "node:process";
import { utf8 } from "../base/bytes.ts";
import { systemLibc } from "./backends.ts";
import { type Libc, type SocketAddress, socketAddress } from "./libc.ts";

/** A way to the service manager. */
export interface Notifier {
  /** how often it wants to hear from us or else ends us, milliseconds; null if it doesn't */
  readonly watchdogMs: number | null;
  /** Tells it some assignments, such as READY=1. */
  tell(...assignments: string[]): void;
  /** Microseconds on the clock that it reads too. */
  monotonicUs(): number;
}

/** The way to the manager that started this process; null if none did, or it doesn't want to hear. */
export function openNotifier(env: Readonly<Record<string, string | undefined>>): Notifier | null {
  const address = addressOf(env.NOTIFY_SOCKET ?? "");
  if (address === null) return null;
  const libc = systemLibc();
  return {
    watchdogMs: watchdogMs(env.WATCHDOG_USEC, env.WATCHDOG_PID),
    tell: (...assignments) => send(libc, address, assignments.map(oneLine).join("\n")),
    monotonicUs: () => libc.monotonicUs(),
  };
}

function addressOf(name: string): SocketAddress | null {
  const address = /^[/@]./.test(name) ? socketAddress(name) : null;
  if (address === null || name[0] === "/") return address;
  address.bytes[2] = 0; // an abstract name begins with a zero, and its length says where it ends
  return { bytes: address.bytes, length: address.length - 1 };
}

function send(libc: Libc, { bytes, length }: SocketAddress, text: string): void {
  const fd = libc.datagramSocket();
  if (fd < 0) return;
  libc.sendTo(fd, utf8(text), bytes, length);
  libc.close(fd);
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}

/** A watchdog that is for another process is none for us. */
function watchdogMs(usec = "", pid = String(process.pid)): number | null {
  const ms = Number(usec) / 1000;
  return ms > 0 && pid === String(process.pid) ? ms : null;
}
