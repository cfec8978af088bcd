/**
 * Where a datagram goes or came from, and how people write it: `host:port`, `[v6]:port`.
 *
 * @module
 */
import { RaetError } from "./errors.ts";

/** A UDP endpoint. On the wire's side `host` is the text of an IP address; people may write names. */
export interface Address {
  /** an IP address, or a name that leads to one */
  readonly host: string;
  /** 0 to 65535 */
  readonly port: number;
}

/** `host:port`, or `[host]:port` where the host holds colons. */
export function formatAddress(address: Address): string {
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether two addresses are the same endpoint, by text. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/**
 * Reads `host:port` or `[v6]:port`.
 *
 * @throws {RaetError} `usage` if the text is neither
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  const port = match ? Number(match[3]) : NaN;
  const host = match ? canonicalHost(match[1] ?? match[2]) : null;
  if (host === null || port > 65535) {
    throw new RaetError(
      "usage",
      `"${text}" is not an address: expected host:port or [ipv6]:port with a port up to 65535`,
    );
  }
  return { host, port };
}

/**
 * A host as the system writes it when something comes from there, so that texts can be compared: one IPv6
 * address has many, and an IPv4 one within it is written as such. A name stays as it is.
 *
 * @returns null for an IP address that there can't be
 */
export function canonicalHost(host: string): string | null {
  if (!isIpAddress(host)) return host;
  const [ip, zone] = host.split(/(?=%)/, 2);
  const isV6 = ip.includes(":");
  const page = isV6 ? `http://[${ip}]/` : `http://${ip}/`;
  if (!URL.canParse(page)) return null;
  const { hostname } = new URL(page);
  if (!isV6) return hostname;
  const text = hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text);
  if (!mapped) return text + (zone ?? "");
  const words = mapped.slice(1).map((word) => parseInt(word, 16));
  return words.flatMap((word) => [word >> 8, word & 255]).join(".");
}

/**
 * The network that one sender is likely to have for itself: an IPv4 address, or the first 64 bits of an
 * IPv6 one; `loopback` for this host. A text that is no address is its own network.
 */
export function networkOf(host: string): string {
  const mapped = /^::(?:ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(host);
  const text = mapped ? mapped[1] : host;
  if (/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text) || text === "::1") return "loopback";
  if (!text.includes(":")) return text;
  const [front, back] = text.split("%", 1)[0].toLowerCase().split("::", 2);
  const groups = front === "" ? [] : front.split(":");
  if (back !== undefined) {
    const behind = back === "" ? 0 : back.split(":").length + (back.includes(".") ? 1 : 0);
    const missing = 8 - groups.length - behind;
    for (let i = 0; i < missing; i++) groups.push("0");
    if (groups.length < 4) groups.push(...back.split(":"));
  }
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

/** Whether a text is an IPv4 or IPv6 address rather than a name that has to be resolved. */
export function isIpAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(":");
}
