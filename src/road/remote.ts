/**
 * What a stack knows of another estate: the record, the keys, the session. Plain data; what happens
 * to it is decided in peer.ts and the transactions.
 *
 * @module
 */
import { type Address, formatAddress } from "../base/address.ts";
import { REPEATS_BURST, REPEATS_PER_SECOND } from "../base/limits.ts";
import { isSameOrNewer, nextSerial } from "../base/serial.ts";
import type { Box, Verifier } from "../crypto/port.ts";
import type { RemoteRecord } from "../keep/records.ts";
import { type Packet, verifyPacket } from "../wire/packet.ts";
import type { Identity } from "./identity.ts";
import { Budget } from "./budget.ts";
import { RoundTrip } from "./round_trip.ts";

/** What two sides agreed on in an allow. */
export interface Session {
  /** Seals and opens the bodies of this session. */
  readonly box: Box;
  /** When it was agreed on. */
  readonly at: number;
  /** How many packets had gone and come before it. */
  readonly packetsBefore: number;
}

/** The long-term keys of a remote, ready for use. */
export interface RemoteKeys {
  readonly verifyKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly verifier: Verifier;
  /** Those before, which are as good until the first packet that the new ones signed. */
  readonly former?: RemoteKeys;
}

/** Another estate. */
export class Remote {
  name: string;
  role: string;
  /** Our number for it. */
  nearUid: number;
  /** Its number for us; 0 while unknown. */
  farUid: number;
  /** Where its packets go. Changes by a join or by `setAddress`, never by where a packet came from. */
  address: Address;
  main: boolean;
  kind: number;
  keys: RemoteKeys;
  /** The keys of ours that it has on record, as far as we know. */
  identity: Identity;
  /** Those that it rejected last in a join, perhaps as it has others on record; null once it is joined. */
  rejectedKeys: Identity | null = null;
  /** Keys exchanged and accepted by both sides. False again once it said `unjoined` under its signature. */
  joined: boolean;
  /** On record before its join completed, as a reference leaves it: it has to join, not we. */
  joinPending: boolean;
  /** Whether it ever showed that it holds the keys on record. */
  proven = true;
  /**
   * Whether somebody with its keys is known to be at its address, or our operator named it: the last
   * handshake that came through went there. One that is not gets no more bytes than came from it.
   */
  addressProven = true;
  /**
   * Whether it is one of ours: what its last hello or cookie said, sealed, and before the first its join, which
   * anybody on the way could change.
   */
  hinted = false;
  /** What we begin runs under this number; on disk before its first use. */
  sessionId: number;
  /** Whether the number above still has to be written. */
  sessionIdUnsaved = false;
  /** The newest of what it began; 0 for none since the start. */
  farSessionId = 0;
  /** What it said in this session, sealed, that what it begins bears: nothing older is of it. 0 for nothing yet. */
  toldFarSessionId = 0;
  /** Its number before the last change of keys: messages under it are of the session before. */
  retiredFarSessionId = 0;
  /** A vacuous join came to an end: its session numbers may begin anew with the next session. */
  farSessionMayRestart = false;
  session: Session | null = null;
  readonly roundTrip: RoundTrip = new RoundTrip();
  /** Packets that repeat something, and are looked at all the same. */
  readonly repeats: Budget = new Budget(REPEATS_BURST, REPEATS_PER_SECOND);
  packetsSent = 0;
  packetsReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  packetsResent = 0;
  messagesSent = 0;
  messagesReceived = 0;
  /** The record as it was read, for the fields that we only carry. */
  #record: RemoteRecord | null;
  #lastTransactionId = 0;

  constructor(
    record: RemoteRecord,
    keys: RemoteKeys,
    identity: Identity,
    fromKeep: boolean,
  ) {
    this.name = record.name;
    this.role = record.role;
    this.nearUid = record.nearUid;
    this.farUid = record.farUid;
    this.address = record.address;
    this.main = record.main;
    this.kind = record.kind;
    this.keys = keys;
    this.identity = identity;
    this.joined = record.joined;
    this.joinPending = !record.joined;
    this.sessionId = record.sessionId;
    this.#record = fromKeep ? record : null;
  }

  /** How it is called in events. */
  get label(): string {
    return this.name === "" ? formatAddress(this.address) : this.name;
  }

  /** Its record as it has to be on disk. A signed `unjoined` of the peer is not a reason to forget. */
  record(): RemoteRecord {
    return {
      name: this.name,
      nearUid: this.nearUid,
      farUid: this.farUid,
      address: this.address,
      internalAddress: this.#record?.internalAddress ?? null,
      natted: this.#record?.natted ?? null,
      fqdn: this.fqdn,
      dynamicIp: this.#record?.dynamicIp ?? null,
      sessionId: this.sessionId,
      main: this.main,
      kind: this.kind,
      joined: !this.joinPending,
      role: this.role,
    };
  }

  /** Its host name as far as we know it, for the allow handshake. */
  get fqdn(): string {
    return this.#record?.fqdn ?? this.address.host;
  }

  /** For how long and how many packets the keys of the session have been in use; 0 without one. */
  sessionAge(now: number): { readonly ms: number; readonly packets: number } {
    if (!this.session) return { ms: 0, packets: 0 };
    const { at, packetsBefore } = this.session;
    return { ms: now - at, packets: this.packetsSent + this.packetsReceived - packetsBefore };
  }

  /** A packet to it goes out. */
  countSent(bytes: Uint8Array): void {
    this.packetsSent++;
    this.bytesSent += bytes.length;
  }

  /**
   * Both sides have the keys of a new session.
   *
   * @param farSessionId the number of what it began in the session before
   * @param byUs whether we began the handshake
   */
  beginSession(box: Box, now: number, farSessionId: number, byUs: boolean): void {
    // If it began this one its number was good under the old count; if we did, it may count anew.
    const mayRestart = this.farSessionMayRestart && byUs;
    if (mayRestart) this.farSessionId = 0;
    this.farSessionMayRestart = false;
    this.retiredFarSessionId = mayRestart ? 0 : farSessionId;
    this.toldFarSessionId = 0;
    this.session = { box, at: now, packetsBefore: this.packetsSent + this.packetsReceived };
    this.sessionId = nextSerial(this.sessionId);
    this.proven = this.addressProven = true;
  }

  /** The keys of the session are of no use any more. */
  endSession(): void {
    this.session = null;
    this.toldFarSessionId = 0;
    if (this.farSessionMayRestart) this.farSessionId = 0;
    this.farSessionMayRestart = false;
  }

  /** It has seen a later number of ours than we have on record: past all that a run may have begun with. */
  skipSessionIds(): void {
    this.sessionId = nextSerial(this.sessionId + SESSION_SKIP);
  }

  /** Our operator says that it is elsewhere now. */
  move(address: Address): void {
    this.address = address;
    this.addressProven = true;
    this.roundTrip.reset();
  }

  /** The id for the next transaction that we begin. */
  nextTransactionId(): number {
    this.#lastTransactionId = nextSerial(this.#lastTransactionId);
    return this.#lastTransactionId;
  }

  /** Goes on after an id that was used before there was a record; 0 if none was. */
  skipTransactionIds(last: number): void {
    const before = this.#lastTransactionId;
    if (last === 0 || before !== 0 && !isSameOrNewer(last, before)) return;
    this.#lastTransactionId = last;
  }

  /** Whether it signed a packet, with the keys on record or with those before them. */
  verifies(packet: Packet): boolean {
    const { former, verifier } = this.keys;
    if (verifyPacket(packet, verifier)) {
      if (former) this.keys = { ...this.keys, former: undefined };
      return true;
    }
    return former !== undefined && verifyPacket(packet, former.verifier);
  }

  /** Whether something that the remote begins may run under this number (protocol.md 1.4). */
  takesFarSession(sessionId: number): boolean {
    return isFrom(sessionId, this.farSessionId) && isFrom(sessionId, this.toldFarSessionId);
  }
}

/** Whether a session number is not before another, if there is one. */
function isFrom(sessionId: number, first: number): boolean {
  return first === 0 || isSameOrNewer(sessionId, first);
}

/** How far a session number is moved on when the far side calls it stale. */
const SESSION_SKIP = 0x10000;
