/**
 * What was recorded from the Python reference, under test/vectors (its README.md says what the
 * fields mean), and the few steps that tests take with it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fromHex } from "../../src/base/bytes.ts";
import type { Value } from "../../src/base/value.ts";
import type { Box, Crypto } from "../../src/crypto/port.ts";

/** Keys of an estate, in hex. */
export interface RecordedKeys {
  readonly sighex: string;
  readonly verhex: string;
  readonly prihex: string;
  readonly pubhex: string;
}

/** A body as it was packed and what it holds. */
export interface RecordedBody {
  readonly kind: "json" | "msgpack" | "raw" | "none";
  readonly text?: string;
  readonly hex?: string;
  readonly data?: unknown;
}

/** One datagram of a road. */
export interface RecordedDatagram {
  readonly n: number;
  readonly from: string;
  readonly to: string;
  readonly delivered: boolean;
  readonly injected?: string;
  readonly trans: string;
  readonly packet: string;
  readonly hex: string;
  readonly head: { readonly style: string; readonly fields: Record<string, number | string> };
  readonly coat?: { readonly nonce?: string; readonly session?: number };
  readonly body?: RecordedBody;
  readonly handshake?: RecordedHandshake;
}

/** The opened parts of a hello, a cookie or an initiate. */
export interface RecordedHandshake {
  readonly short_pub?: string;
  /** Null where the key was replaced before it could be recorded, in a race. */
  readonly short_pri?: string | null;
  readonly nonce: string;
  readonly oreo?: string;
  readonly stuff?: {
    readonly short_pub?: string;
    readonly se?: number;
    readonly de?: number;
    readonly oreo?: string;
    readonly long_pub?: string;
    readonly vouch_nonce?: string;
    readonly fqdn_padded?: string;
  };
}

/** A message put together from its segments. */
export interface RecordedMessage {
  readonly from: string;
  readonly to: string;
  readonly si: number;
  readonly ti: number;
  readonly segments: number;
  readonly coat_length: number;
  readonly ml: number;
  /** Absent, like the nonce, if the body is empty. */
  readonly session?: number;
  readonly nonce?: string;
  readonly body: RecordedBody;
}

/** A recording of two estates on a road. */
export interface RoadRecording {
  readonly title: string;
  readonly estates: Record<string, { readonly keys: RecordedKeys }>;
  readonly sessions?: Record<string, { short_pri: string; short_pub: string }>[];
  readonly datagrams: RecordedDatagram[];
  readonly messages?: RecordedMessage[];
}

/** The recordings of roads. */
export const ROAD_RECORDINGS = [
  "join_accept",
  "join_pending_then_accept",
  "join_pend_by_joiner",
  "join_rejected",
  "join_renew",
  "join_conflict",
  "join_race",
  "allow",
  "allow_race",
  "alive",
  "message_small",
  "message_msgpack",
  "message_segmented",
  "message_resend",
  "message_saved",
  "stale_nack",
  "json_head",
] as const;

/** A file of test/vectors, of the type that the caller knows it to have. */
export function readVectors<T>(name: string): T {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as T;
}

/** A recording of a road. */
export function readRoad(name: string): RoadRecording {
  return readVectors<RoadRecording>(name);
}

/** Bytes out of hex that a vector holds. */
export function bytes(hex: string): Uint8Array {
  const decoded = fromHex(hex);
  if (!decoded) throw new Error(`a vector holds ${JSON.stringify(hex)}: expected hex`);
  return decoded;
}

/** Recorded data with bytes where it has `{"__bytes__": hex}`. */
export function reviveBytes(data: unknown): Value {
  if (Array.isArray(data)) return data.map(reviveBytes);
  if (typeof data !== "object" || data === null) return data as Value;
  if ("__bytes__" in data && typeof data.__bytes__ === "string") return bytes(data.__bytes__);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, reviveBytes(value)]));
}

/** The box of a recorded session, as one side has it. */
export function sessionBox(
  crypto: Crypto,
  road: RoadRecording,
  session: number,
  side: string,
): Box {
  const sides = road.sessions![session];
  const other = Object.keys(sides).find((name) => name !== side)!;
  return crypto.box(bytes(sides[side].short_pri), bytes(sides[other].short_pub));
}

/** A random source that gives what it is told, in order, and fails when it has given all. */
export function scriptedRandom(...draws: Uint8Array[]): (length: number) => Uint8Array {
  return (length) => {
    const draw = draws.shift();
    if (!draw || draw.length !== length) throw new Error(`unexpected draw of ${length} bytes`);
    return draw;
  };
}
