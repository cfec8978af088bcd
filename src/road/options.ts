/**
 * What a road stack is made of: who we are, the ports it is given, and its settings.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { RaetError } from "../base/errors.ts";
import { SEGMENTS_IN_FLIGHT_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Body } from "../base/value.ts";
import type { Crypto } from "../crypto/port.ts";
import type { AutoMode } from "../keep/judge.ts";
import type { Succession } from "../keep/succession.ts";
import type { Keep } from "../keep/keep.ts";
import type { Capabilities } from "./events.ts";

/** Our own estate, as the manor read it from its keep. */
export interface LocalEstate {
  /** Its name on the road. */
  readonly name: string;
  /** Whose keys it bears. */
  readonly role: string;
  /** Our number for ourselves; remotes get the ones after it. */
  readonly uid: number;
  /** Where others reach it. */
  readonly address: Address;
  /** Whether newcomers may join here. */
  readonly main: boolean;
  /** Application kind, 0 to 255. */
  readonly kind: number;
  /** Whether what is on record of a remote may change by a join. */
  readonly mutable: boolean;
  /** How keys that were never seen are accepted. */
  readonly auto: AutoMode;
  /** Ed25519 seed, 32 bytes; secret. */
  readonly signSeed: Uint8Array;
  /** X25519 secret, 32 bytes. */
  readonly boxSecret: Uint8Array;
  /** Keys before these that are kept for who has not heard of the new ones, newest first. */
  readonly former?: readonly { readonly signSeed: Uint8Array; readonly boxSecret: Uint8Array }[];
  /** How we came to our keys, oldest first. */
  readonly steps?: readonly Succession[];
  /** Our host name, for the allow handshake; a mismatch is counted and no more. */
  readonly fqdn: string;
}

/** The part of a keep that the road uses. Each call returns when the record is on disk. */
export type RoadKeep = Pick<
  Keep,
  | "loadLocal"
  | "saveLocal"
  | "remotes"
  | "saveRemote"
  | "removeRemote"
  | "roles"
  | "saveRole"
  | "removeRole"
  | "chains"
  | "saveChain"
  | "loadPeer"
  | "savePeer"
>;

/**
 * What the owner says about a message that has arrived whole. One that has to wait holds up those behind it,
 * or with a name only those that wait for room there as well.
 */
export type Admission = "take" | "wait" | { readonly waitsFor: string } | "refuse";

/** What a stack is constructed with. */
export interface RoadOptions {
  /** Who we are. */
  readonly local: LocalEstate;
  /** What is remembered, durable when a call returns. */
  readonly keep: RoadKeep;
  /** The ciphers. */
  readonly crypto: Crypto;
  /** For short-term keys, nonces and cookies. */
  readonly random: Random;
  /** The clock at the start. */
  readonly now: number;
  /** Those that differ from `DEFAULT_SETTINGS`. */
  readonly settings?: Partial<RoadSettings>;
  /** What we announce to peers of ours; null to speak the classic protocol and nothing else. */
  readonly capabilities?: Capabilities | null;
  /**
   * Whether somebody wants to hear of transactions that begin and are redone, asked for each; default
   * is yes. Of those that end the setting `trace` decides.
   */
  readonly steps?: () => boolean;
  /** Asked before a message is completed; default is to take everything. */
  readonly admit?: (estate: string, body: Body, waitedMs: number) => Admission;
  /**
   * Whether messages that the stack doesn't have yet wait for an estate: then a main doesn't give it up, no
   * more than for those that it has. Default is that there are none. When one begins to wait call `seek`.
   */
  readonly isWanted?: (estate: string) => boolean;
  /** Told that a record of a session could not be written; it is written later. */
  readonly onUnsaved?: (error: RaetError) => void;
}

/** First and last interval of a redo timer that doubles, in ms. */
export interface RedoRange {
  /** The first interval. */
  readonly first: number;
  /** The longest. */
  readonly last: number;
}

/** All times are in ms. */
export interface RoadSettings {
  /** How our heads are written. */
  readonly headKind: "raet" | "json";
  /** How bodies of joins and alives are packed, and of messages unless `transmit` says otherwise. */
  readonly bodyKind: "json" | "msgpack";
  /** Whether the stack joins, allows and asks for life by itself; without it only `begin` starts one. */
  readonly automatic: boolean;
  /** Asked after this long without an authentic packet. */
  readonly alivePeriodMs: number;
  /** No answer for so long means lost. */
  readonly aliveTimeoutMs: number;
  /** Redo of an alive. */
  readonly aliveRedoMs: RedoRange;
  /**
   * A main estate stops asking after this long, unless it was told to join there or a message waits; 0 for
   * never.
   */
  readonly reapAfterMs: number;
  /** Redo of a join request. */
  readonly joinerRedoMs: RedoRange;
  /** Once the far side said that our key waits for its operator: a restart there forgets who waits. */
  readonly joinerPendedRedoMs: number;
  /** 0 to go on for ever. */
  readonly joinerTimeoutMs: number;
  /** Redo of a join response. */
  readonly joinentRedoMs: RedoRange;
  /** How long an accepted stranger may take to acknowledge; a pending one may take for ever. */
  readonly joinentTimeoutMs: number;
  /** Pause after a join or allow that was refused: doubles from the first to the last. */
  readonly retryMs: RedoRange;
  /** An allow that takes longer has failed. */
  readonly allowTimeoutMs: number;
  /** Redo of an allow's packets. */
  readonly allowRedoMs: RedoRange;
  /** A session with a peer of ours is replaced by a new one, with new keys, after so long. */
  readonly sessionMs: number;
  /** And after so many packets of both sides, whichever is first. */
  readonly sessionPackets: number;
  /** Redo of a message's packet before a round trip was measured, and the longest. */
  readonly messageRedoMs: RedoRange;
  /** Shortest redo once round trips are known; the same as the first above for a fixed timer. */
  readonly messageRedoMinMs: number;
  /** Redos and pauses are longer by up to this share, so that many remotes don't fall into step. */
  readonly redoJitter: number;
  /** How long a receiver waits for more segments before it asks. */
  readonly messageAskMs: RedoRange;
  /** Segments in flight to one remote. */
  readonly window: number;
  /** An answer is asked for after this many segments of a message. */
  readonly burst: number;
  /**
   * Whether who proved nothing gets no more bytes than came from it, and so many joins a second, and a
   * join that changes what is on record has to be proven.
   */
  readonly wary: boolean;
  /** Whether transaction and dropped events are made. */
  readonly trace: boolean;
}

/** What we run with: the reference's timers where they don't matter, shorter ones where they do. */
export const DEFAULT_SETTINGS: RoadSettings = {
  headKind: "raet",
  bodyKind: "json",
  automatic: true,
  alivePeriodMs: 5000,
  aliveTimeoutMs: 2000,
  aliveRedoMs: { first: 250, last: 1000 },
  reapAfterMs: 3_600_000,
  joinerRedoMs: { first: 1000, last: 4000 },
  joinerPendedRedoMs: 5_000,
  joinerTimeoutMs: 0,
  joinentRedoMs: { first: 100, last: 2000 },
  joinentTimeoutMs: 5000,
  retryMs: { first: 1000, last: 2000 },
  allowTimeoutMs: 4000,
  allowRedoMs: { first: 250, last: 1000 },
  sessionMs: 3_600_000,
  sessionPackets: 2 ** 32,
  messageRedoMs: { first: 200, last: 500 },
  messageRedoMinMs: 15,
  redoJitter: 0.25,
  messageAskMs: { first: 200, last: 5000 },
  window: SEGMENTS_IN_FLIGHT_MAX,
  burst: 16,
  wary: true,
  trace: false,
};

/** The timers and bursts of the reference, and nothing done unasked: for comparing packet by packet. */
export const REFERENCE_SETTINGS: RoadSettings = {
  ...DEFAULT_SETTINGS,
  automatic: false,
  joinerPendedRedoMs: 60_000,
  alivePeriodMs: 1000,
  joinerTimeoutMs: 5000,
  messageRedoMinMs: 200,
  redoJitter: 0,
  messageAskMs: { first: 200, last: 500 },
  window: 0xffff_ffff,
  burst: 0xffff_ffff,
  wary: false,
};
