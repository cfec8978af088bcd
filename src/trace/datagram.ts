/**
 * IP and UDP headers for the packets of a trace: a trace keeps addresses and heads, and tools that
 * read captures want what goes in front of them.
 *
 * Invariant: lengths are those of the whole packet, though only its head follows.
 *
 * @module
 */
import { type Address, parseAddress } from "../base/address.ts";
import { concatBytes } from "../base/bytes.ts";

const UDP = 17;
const UDP_HEADER_BYTES = 8;
const TIME_TO_LIVE = 64;
const DONT_FRAGMENT = 0x4000;
/** IPv6 has no UDP without a checksum; what it would have to be can't be known from a head. */
const UNKNOWN_CHECKSUM = 0xffff;

/** A datagram as it begins. */
export interface DatagramStart {
  /** IP header, UDP header, and what is known of the rest */
  readonly data: Uint8Array;
  /** of all of it */
  readonly originalBytes: number;
}

/**
 * Puts headers in front of what is known of a datagram. An unspecified address of ours, as of a
 * socket that listens on every interface, is written as it is, in the other's version of IP.
 *
 * @param from `host:port`, an IP address
 * @param payload the beginning of what the datagram carries
 * @param payloadBytes how long all of that is
 */
export function datagramStart(
  from: string,
  to: string,
  payload: Uint8Array,
  payloadBytes: number,
): DatagramStart {
  const [source, destination] = sameVersion(parseAddress(from), parseAddress(to));
  const udpBytes = UDP_HEADER_BYTES + payloadBytes;
  const isV6 = source.bytes.length === 16;
  const udp = new Uint8Array(UDP_HEADER_BYTES);
  const view = new DataView(udp.buffer);
  view.setUint16(0, source.port);
  view.setUint16(2, destination.port);
  view.setUint16(4, udpBytes);
  view.setUint16(6, isV6 ? UNKNOWN_CHECKSUM : 0);
  const ip = (isV6 ? headerV6 : headerV4)(source.bytes, destination.bytes, udpBytes);
  return { data: concatBytes(ip, udp, payload), originalBytes: ip.length + udpBytes };
}

interface Endpoint {
  readonly bytes: Uint8Array;
  readonly port: number;
}

function sameVersion(a: Address, b: Address): [Endpoint, Endpoint] {
  const [x, y] = [ipBytes(a.host), ipBytes(b.host)];
  const isV6 = x.length === 16 && y.length === 16 ||
    x.length !== y.length && !isUnspecified(x) && !isUnspecified(y);
  const fit = (bytes: Uint8Array) => isV6 ? toV6(bytes) : toV4(bytes);
  return [{ bytes: fit(x), port: a.port }, { bytes: fit(y), port: b.port }];
}

function isUnspecified(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function toV4(bytes: Uint8Array): Uint8Array {
  return bytes.length === 4 ? bytes : bytes.subarray(12);
}

function toV6(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 16) return bytes;
  return concatBytes(new Uint8Array(10), Uint8Array.of(0xff, 0xff), bytes);
}

function headerV4(source: Uint8Array, destination: Uint8Array, udpBytes: number): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  header[0] = 0x45; // version 4, five words
  view.setUint16(2, header.length + udpBytes);
  view.setUint16(6, DONT_FRAGMENT);
  header[8] = TIME_TO_LIVE;
  header[9] = UDP;
  header.set(source, 12);
  header.set(destination, 16);
  view.setUint16(10, checksum(header));
  return header;
}

function headerV6(source: Uint8Array, destination: Uint8Array, udpBytes: number): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60; // version 6
  new DataView(header.buffer).setUint16(4, udpBytes);
  header[6] = UDP;
  header[7] = TIME_TO_LIVE;
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** The ones' complement of the ones' complement sum of all words. */
function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += header[i] << 8 | header[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The 4 or 16 bytes of an IP address; those of the unspecified one for what is none. */
function ipBytes(host: string): Uint8Array {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return Uint8Array.from(host.split("."), Number);
  if (!host.includes(":")) return new Uint8Array(4);
  const [address] = host.split("%");
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(address);
  const words = tail ? `${tail[1]}${wordsOf(tail[2])}` : address;
  const [front, back] = words.split("::").map((part) => part === "" ? [] : part.split(":"));
  const missing = back === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const all = [...front, ...Array<string>(missing).fill("0"), ...back ?? []];
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  all.slice(0, 8).forEach((word, i) => view.setUint16(2 * i, parseInt(word, 16)));
  return bytes;
}

/** The four bytes at the end of a mixed address, as two words. */
function wordsOf(quad: string): string {
  const [a, b, c, d] = quad.split(".").map(Number);
  return `${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
}
