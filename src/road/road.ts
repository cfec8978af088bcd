/**
 * What all parts of one road stack share: who we are, the ports, the clock of the current call, the
 * timers, and the ways out (datagrams, events, counters).
 *
 * @module
 */
import { type Address, formatAddress } from "../base/address.ts";
import { Counters, type Drop, type DropReason } from "../base/drop.ts";
import { TRACE_EVENTS_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { nextSerial } from "../base/serial.ts";
import type { Body } from "../base/value.ts";
import type { Crypto } from "../crypto/port.ts";
import { BodyKind, CoatKind, FootKind, HeadKind } from "../wire/kinds.ts";
import { packPacket } from "../wire/packet.ts";
import type { Capabilities, RoadEvent, StateEvent } from "./events.ts";
import {
  type Admission,
  DEFAULT_SETTINGS,
  type LocalEstate,
  type RoadKeep,
  type RoadOptions,
  type RoadSettings,
} from "./options.ts";
import { Identities, makeIdentity } from "./identity.ts";
import { Holders } from "./holders.ts";
import { NoteKeeper } from "./packet_notes.ts";
import type { Remote } from "./remote.ts";
import { Cookies } from "./cookies.ts";
import { Credits } from "./credits.ts";
import { Sources } from "./sources.ts";
import { Timers } from "./timers.ts";

/** A datagram that waits to be sent. */
export interface Outgoing {
  /** The datagram. */
  readonly bytes: Uint8Array;
  /** Where it goes. */
  readonly to: Address;
}

/** The fields of a signed packet of ours that are not the same for all of a remote's packets. */
export interface SignedPacket {
  readonly transactionKind: number;
  readonly packetKind: number;
  readonly sessionId: number;
  readonly transactionId: number;
  readonly flags: number;
  readonly bodyKind: number;
  readonly coatKind: number;
  readonly segmentNumber: number;
  /** The receiver's number for us, where it is not the one on record. */
  readonly destinationId?: number;
}

/** The common ground of a stack. */
export class Road {
  /** The time of the call that is being served. */
  now: number;
  /** When this run of the estate began. */
  readonly beganAt: number;
  /** Set once the stack was closed: nothing is begun any more. */
  closed = false;
  local: LocalEstate;
  readonly keep: RoadKeep;
  readonly crypto: Crypto;
  readonly random: Random;
  settings: RoadSettings;
  readonly capabilities: Capabilities | null;
  readonly admit: (estate: string, body: Body, waitedMs: number) => Admission;
  /** Whether messages that we don't have yet wait for an estate. */
  readonly isWanted: (estate: string) => boolean;
  /** Whether somebody wants to hear of transactions that begin or are redone. */
  readonly steps: () => boolean;
  /** Our long-term keys. */
  readonly identities: Identities;
  readonly timers: Timers = new Timers();
  /** For hellos of peers of ours. */
  readonly cookies: Cookies = new Cookies(this);
  readonly counters: Counters = new Counters();
  /** Who has unfinished messages here. */
  readonly holders: Holders = new Holders();
  /** What transactions keep of their packets, for the trace. */
  readonly notes: NoteKeeper = new NoteKeeper();
  /** The last packet that was kept back because its address is owed nothing, while it was not sent. */
  withheld: Uint8Array | null = null;
  readonly #credits = new Credits();
  readonly #sources = new Sources();
  #outgoing: Outgoing[] = [];
  #events: RoadEvent[] = [];
  #nextTraceId = 0;

  constructor(options: RoadOptions) {
    this.now = this.beganAt = options.now;
    this.local = options.local;
    this.keep = options.keep;
    this.crypto = options.crypto;
    this.random = options.random;
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.capabilities = options.capabilities ?? null;
    this.admit = options.admit ?? (() => "take");
    this.isWanted = options.isWanted ?? (() => false);
    this.steps = options.steps ?? (() => true);
    const { signSeed, boxSecret, former = [], steps = [] } = this.local;
    const held = [{ signSeed, boxSecret }, ...former];
    this.identities = new Identities(held.map((keys) => makeIdentity(this.crypto, keys)), steps);
  }

  /** How our heads are written, as heads have it. */
  get headKind(): number {
    return HeadKind[this.settings.headKind];
  }

  /** How our bodies are packed, as heads have it. */
  get bodyKind(): number {
    return BodyKind[this.settings.bodyKind];
  }

  /** Whether one more packet that bears no signature is taken from a source. */
  takesUnsigned(from: Address): boolean {
    return !this.settings.wary || this.#sources.take(from.host, this.now);
  }

  /** Bytes came from an address that may have proved nothing: so many may be answered. */
  earn(from: Address, bytes: number): void {
    if (this.settings.wary) this.#credits.earn(addressKey(from), bytes);
  }

  /**
   * Puts a datagram where the owner takes it from.
   *
   * @param isProven whether somebody is known to be at the address, or our operator named it; else it
   * gets no more bytes than came from it
   * @returns whether it is on its way
   */
  send(bytes: Uint8Array, to: Address, isProven: boolean): boolean {
    if (!isProven && this.settings.wary) {
      if (!this.#credits.spend(addressKey(to), bytes.length)) {
        this.withheld = bytes;
        this.counters.add("answers_withheld");
        return false;
      }
    }
    if (this.withheld === bytes) this.withheld = null;
    this.#outgoing.push({ bytes, to });
    return true;
  }

  /** Sends a packet again, byte for byte. */
  resend(bytes: Uint8Array, remote: Remote): void {
    if (!this.send(bytes, remote.address, remote.addressProven)) return;
    remote.countSent(bytes);
    remote.packetsResent++;
  }

  /**
   * The number of a remote's first session in this run, of those after the one on record, 0 for none: the
   * keep may be a copy from before, its disk was full, or the remote was forgotten, so that the next ones were
   * used as well. Were it always the same, whoever sits on the network could say again what was said under it,
   * and that would be taken for what is said now.
   */
  firstSessionId(onRecord: number): number {
    if (!this.settings.wary) return nextSerial(onRecord);
    const [high, low] = this.random(2);
    return nextSerial(onRecord + (high << 8 | low));
  }

  /** Makes a signed packet to a remote and sends it; the packet is returned for redoing it. */
  sendSigned(remote: Remote, packet: SignedPacket, coat: Uint8Array): Uint8Array {
    const bytes = packPacket(
      {
        headKind: this.headKind,
        packetKind: packet.packetKind,
        transactionKind: packet.transactionKind,
        sourceId: remote.nearUid,
        destinationId: packet.destinationId ?? remote.farUid,
        sessionId: packet.sessionId,
        transactionId: packet.transactionId,
        datetime: 0,
        orderIndex: 0,
        segmentNumber: packet.segmentNumber,
        segmentCount: 1,
        messageLength: 0,
        bodyKind: packet.bodyKind,
        coatKind: packet.coatKind,
        footKind: FootKind.nacl,
        flags: packet.flags,
      },
      coat,
      remote.identity.signer,
    );
    if (this.send(bytes, remote.address, remote.addressProven)) remote.countSent(bytes);
    return bytes;
  }

  /** Sends a signed packet of an alive or a message that says all it has to say by its kind. */
  sendEmpty(
    remote: Remote,
    transactionKind: number,
    packetKind: number,
    sessionId: number,
    transactionId: number,
    flags: number,
    segmentNumber = 0,
  ): Uint8Array {
    return this.sendSigned(remote, {
      transactionKind,
      packetKind,
      sessionId,
      transactionId,
      flags,
      bodyKind: this.bodyKind,
      coatKind: CoatKind.nacl,
      segmentNumber,
    }, EMPTY);
  }

  /** Takes all datagrams that wait to be sent. */
  takeOutgoing(): Outgoing[] {
    if (this.#outgoing.length === 0) return [];
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    return outgoing;
  }

  /** Tells the owner. Steps of transactions and drops are left out while too many events wait. */
  emit(event: RoadEvent): void {
    if (event.type === "transaction" || event.type === "dropped") {
      if (!this.settings.trace) return;
      if (this.#events.length >= TRACE_EVENTS_MAX) return this.counters.add("events_left_out");
    }
    this.#events.push(event);
  }

  /** Tells the owner of a change of how we stand with a remote. */
  emitState(
    type: StateEvent["type"],
    estate: string,
    role: string,
    address: Address,
    more: { readonly ours?: boolean; readonly why?: string } = {},
  ): void {
    this.#events.push({ type, estate, role, address, ...more });
  }

  /** Takes all events. */
  takeEvents(): RoadEvent[] {
    if (this.#events.length === 0) return [];
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Counts something that was thrown away, and tells of it where that is wanted. */
  drop(reason: DropReason, from: Address, detail = ""): void {
    this.counters.add(reason);
    if (this.settings.trace) this.emit({ type: "dropped", reason, from, detail });
  }

  /** The same for a drop that a function of the wire returned. */
  dropped(drop: Drop, from: Address): void {
    this.drop(drop.reason, from, drop.detail);
  }

  /** A factor for a redo or a pause, from 1: remotes that begin together don't stay in step. */
  jitter(): number {
    const { redoJitter } = this.settings;
    return redoJitter === 0 ? 1 : 1 + redoJitter * this.random(1)[0] / 255;
  }

  /** A number for a transaction's steps in the trace. */
  nextTraceId(): number {
    return ++this.#nextTraceId;
  }
}

/** No bytes. */
export const EMPTY = new Uint8Array(0);

/** The text under which an address is a key of a map. */
export function addressKey(address: Address): string {
  return formatAddress(address);
}
