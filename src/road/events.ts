/**
 * What a road stack tells its owner: events to drain, and a view of each remote to look at.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { DropReason } from "../base/drop.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Body } from "../base/value.ts";
import type { Ending } from "./endings.ts";
import type { PacketNotes } from "./packet_notes.ts";

/** What a peer of ours can do beyond the classic protocol, learnt anew in each session. */
export interface Capabilities {
  /** Version of our own additions. */
  readonly version: number;
  /** 32 hex digits that are drawn at each start of the far manor. */
  readonly epoch: string;
  /** Names of what it can do. */
  readonly features: readonly string[];
}

/**
 * A change of how we stand with a remote. `estate` is its name, or the text of its address while the
 * name is not known.
 *
 * - `joined` keys exchanged and accepted by both sides
 * - `allowed` a session was agreed on
 * - `alive`, `lost` heard of again, not answering any more
 * - `pending` a key waits for an operator: ours at the far side, or the far one's here (`ours`)
 * - `refused`, `rejected` a join ended so; it is tried again unless an operator here rejected the key
 * - `rekeyed` it has new keys, which the ones on record signed
 * - `reaped` not heard of for so long that a main estate stops asking, until a message waits for it
 * - `ready`, `unready` messages may flow from now on, or wait from now on; `ready` once more if only in the
 *   middle of a session it is learnt what the remote can do, or if some are begun anew after a silence
 */
export interface StateEvent {
  /** What has changed. */
  readonly type:
    | "joined"
    | "allowed"
    | "alive"
    | "lost"
    | "pending"
    | "refused"
    | "rejected"
    | "reaped"
    | "rekeyed"
    | "ready"
    | "unready";
  /** The remote's name, or the text of its address. */
  readonly estate: string;
  /** Whose keys it bears; empty while unknown. */
  readonly role: string;
  /** Where it is. */
  readonly address: Address;
  /** For `pending` and `rejected`: whether it is our own key that the far side has not accepted. */
  readonly ours?: boolean;
  /** One clause for people, where there is something to add. */
  readonly why?: string;
}

/** A message came in and was admitted; `estate` is the authenticated sender. */
export interface MessageEvent {
  /** A message came. */
  readonly type: "message";
  /** Who signed it. */
  readonly estate: string;
  /** What it holds. */
  readonly body: Body;
  /** The id of the transaction that brought it, as in the transaction's events. */
  readonly transaction: number;
  /** When the first packet of it came, on the clock of `now`. */
  readonly beganAt: number;
}

/** What became of a message of ours: exactly one for every handle that `transmit` returned. */
export type SentEvent =
  | {
    readonly type: "sent";
    readonly handle: number;
    readonly estate: string;
    readonly outcome: "acknowledged";
  }
  | {
    readonly type: "sent";
    readonly handle: number;
    readonly estate: string;
    readonly outcome: "failed";
    readonly code: ErrorCode;
    readonly message: string;
  }
  | {
    readonly type: "sent";
    readonly handle: number;
    readonly estate: string;
    readonly outcome: "outcome_unknown";
    readonly message: string;
  };

/** The kinds of transactions. */
export type TransactionName = "join" | "allow" | "alive" | "message";

/** What there is to tell of a transaction at any moment. */
export interface TransactionFacts {
  /** Counts up in this stack, so that what is told of one transaction can be put together. */
  readonly id: number;
  /** What it is for. */
  readonly kind: TransactionName;
  /** Whether we began it. */
  readonly ours: boolean;
  /** With whom. */
  readonly estate: string;
  /** Where that is. */
  readonly address: Address;
  /** The handle of the message of ours that it carries, as `transmit` returned it; 0 for none. */
  readonly handle: number;
  /** Packets and bytes of it so far, both ways. */
  readonly packets: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** How often something was sent again. */
  readonly redos: number;
  /** Since it began. */
  readonly ms: number;
  /** Its packets: they grow until it has ended. Null for one that was begun before there was a trace. */
  readonly notes: PacketNotes | null;
}

/** A step in the life of a transaction; only with the setting `trace`. */
export interface TransactionEvent extends TransactionFacts {
  /** A step of a transaction. */
  readonly type: "transaction";
  /** Which step; of a begin and a redo only if somebody wants them. */
  readonly phase: "began" | "redo" | "ended";
  /** When, on the clock of `now`. */
  readonly at: number;
  /** How it ended; empty before. */
  readonly outcome: Ending | "";
  /** More about its end, one clause for people; mostly empty. */
  readonly why: string;
}

/** A datagram that was thrown away; only with the setting `trace`. The counters have it always. */
export interface DroppedEvent {
  /** A datagram was thrown away. */
  readonly type: "dropped";
  /** The counter it went under. */
  readonly reason: DropReason;
  /** Where it came from, as it says. */
  readonly from: Address;
  /** More, for people; never bytes of a key or a body. */
  readonly detail: string;
}

/** Whatever a road stack has to tell. */
export type RoadEvent = StateEvent | MessageEvent | SentEvent | TransactionEvent | DroppedEvent;

/** How far we are with a remote. */
export type RemoteState = "joining" | "pending" | "joined" | "allowed";

/** A remote as an operator sees it. */
export interface RemoteView {
  /** Empty while a first join has not been answered. */
  readonly name: string;
  /** Whose keys it bears. */
  readonly role: string;
  /** Where it is. */
  readonly address: Address;
  /** How far we are with it. */
  readonly state: RemoteState;
  /** Whether it is pending as its key waits for an operator here, and not ours for one there. */
  readonly waitsHere: boolean;
  /** Whether messages may flow. */
  readonly ready: boolean;
  /** Null before anything was heard since the start. */
  readonly alive: boolean | null;
  /** Whether an operator here rejected its key. */
  readonly rejected: boolean;
  /** Whether it said that its operator rejected our key. */
  readonly rejectedThere: boolean;
  /** Whether we stopped asking, as it was silent for so long. */
  readonly reaped: boolean;
  /** Smoothed, null before the first sample. */
  readonly roundTripMs: number | null;
  /** When something authentic last came, on the clock of `now`; null for never. */
  readonly heardAt: number | null;
  /** Whether it lets newcomers join. */
  readonly main: boolean;
  /** Its application kind, 0 to 255. */
  readonly kind: number;
  /** As they were said in the session that there is, or was; null for a classic peer, or while not known. */
  readonly capabilities: Capabilities | null;
  /** Whether it said in its join that it is one of ours, and is still asked in this session what it can do. */
  readonly asking: boolean;
  /** Messages of ours that wait for their turn or for a session. */
  readonly queued: number;
  /** Messages of ours on the way. */
  readonly inFlight: number;
  /** Bytes of the packed bodies of both. */
  readonly queuedBytes: number;
  /** Messages of the remote that have not all arrived, or wait to be admitted. */
  readonly unfinished: number;
  /** Messages of ours that it acknowledged. */
  readonly messagesSent: number;
  /** Messages of it that were handed over. */
  readonly messagesReceived: number;
  /** Packets to it. */
  readonly packetsSent: number;
  /** Authentic packets from it. */
  readonly packetsReceived: number;
  /** Whole datagrams, without what UDP adds. */
  readonly bytesSent: number;
  /** The same, the other way. */
  readonly bytesReceived: number;
  /** Packets to it that were sent again. */
  readonly packetsResent: number;
  /** Session of what we begin. */
  readonly sessionId: number;
  /** Session of what it begins. */
  readonly farSessionId: number;
}

/** A transaction that is under way, as an operator sees it. */
export interface TransactionView extends TransactionFacts {
  /** What it waits for, one clause. */
  readonly stage: string;
}
