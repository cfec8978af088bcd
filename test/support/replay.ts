/**
 * Plays one side of a recorded road with a stack of ours, against what the other side is recorded to
 * have sent, and sets what ours sends beside what the reference sent.
 *
 * @module
 */
import { equalBytes, toHex, utf8 } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { tweetnaclCrypto } from "../../src/crypto/tweetnacl.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { Keep } from "../../src/keep/keep.ts";
import type { AutoMode } from "../../src/keep/judge.ts";
import type { RoadEvent } from "../../src/road/events.ts";
import { REFERENCE_SETTINGS } from "../../src/road/options.ts";
import { RoadStack } from "../../src/road/stack.ts";
import { BodyKind, packetKindName, transactionKindName } from "../../src/wire/kinds.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { MemoryStore } from "./memory_store.ts";
import {
  bytes,
  readRoad,
  type RecordedBody,
  type RecordedDatagram,
  type RecordedKeys,
  reviveBytes,
  type RoadRecording,
} from "./recordings.ts";

/** An estate as a recording has it. */
interface RecordedEstate {
  readonly name: string;
  readonly role: string;
  readonly uid: number;
  readonly host: string;
  readonly port: number;
  readonly main: boolean;
  readonly kind: number;
  readonly auto: AutoMode;
  readonly mutable: boolean;
  readonly fqdn: string;
  readonly keys: RecordedKeys;
}

/** How one packet of ours compares. */
export interface Comparison {
  readonly n: number;
  readonly what: string;
  /** `same` byte for byte; `fields` the same but for bytes that are free; else what differs. */
  readonly verdict: "same" | "fields" | "absent" | "other";
  readonly detail: string;
}

/** Something that happens to our side at a point of the recording, outside the wire. */
export type Interventions = Record<number, (replay: Replay) => void>;

/** One side of one recording, played by us. */
export class Replay {
  readonly comparisons: Comparison[] = [];
  /** Packets of ours that the reference did not send. */
  readonly extras: string[] = [];
  readonly events: RoadEvent[] = [];
  readonly local: { -readonly [K in keyof RecordedEstate]: RecordedEstate[K] };
  stack: RoadStack;
  store = new MemoryStore();
  now = 0;
  readonly #other: RecordedEstate;
  readonly #recording: RoadRecording;
  readonly #draws: Uint8Array[] = [];
  readonly #actual: Uint8Array[] = [];
  readonly #handles = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly side: "main" | "other",
    readonly crypto: Crypto = tweetnaclCrypto,
  ) {
    this.#recording = readRoad(name);
    const estates = this.#recording.estates as Record<string, RecordedEstate>;
    this.local = { ...estates[side] };
    this.#other = estates[side === "main" ? "other" : "main"];
    for (const datagram of this.#recording.datagrams) {
      if (datagram.from === side) this.#draws.push(...this.#drawsOf(datagram));
    }
    this.stack = this.#start(this.local.uid);
  }

  /** Plays it. */
  run(interventions: Interventions = {}): this {
    for (const datagram of this.#recording.datagrams) {
      this.now = Math.max(this.now, Math.round(Number(time(datagram) * 1000)));
      interventions[datagram.n]?.(this);
      if (datagram.from === this.side) {
        if (!datagram.injected) this.#expect(datagram);
      } else if (datagram.delivered || datagram.injected) {
        const { host, port } = this.#other;
        this.stack.receive(bytes(datagram.hex), { host, port }, this.now);
        this.#collect();
      }
    }
    for (const extra of this.#actual) this.extras.push(describe(extra));
    return this;
  }

  /** Starts our side anew from its keep. */
  restart(): void {
    this.stack = this.#start(this.local.uid);
  }

  /** The keep of our side. */
  get keep(): Keep {
    return new Keep(this.store, this.local.name);
  }

  /** Takes the acceptance of the other side's role into our hands. */
  judge(verb: "accept" | "reject"): void {
    this.stack.keys[verb](this.#other.role, this.now);
    this.#collect();
  }

  /** Begins something before the datagram of the other side that it crosses comes in. */
  begin(kind: "join" | "allow"): void {
    const { host, port, name } = this.#other;
    const isKnown = this.stack.remotes().some((view) => view.name === name);
    if (kind === "join" && !isKnown) this.stack.join({ host, port }, this.now);
    else this.stack.begin(kind, name, this.now);
    this.#collect();
  }

  /** Forgets the last message that we sent. */
  forgetLast(): void {
    const handle = Math.max(...this.#handles.values());
    this.stack.cancel(handle, this.now);
    this.#collect();
  }

  #start(lastUid: number): RoadStack {
    const { name, role, uid, host, port, fqdn, kind, keys } = this.local;
    const keep = new Keep(this.store, name);
    const address = { host, port };
    if (!keep.loadLocal()) {
      keep.saveLocal({
        name,
        uid,
        address,
        listenAddress: address,
        internalAddress: null,
        natted: null,
        fqdn,
        dynamicIp: null,
        sessionId: 0,
        lastUid,
        role,
      });
    }
    const estate = this.local;
    const bodyKind = this.name === "message_msgpack" ? "msgpack" : "json";
    const isJson = this.#recording.datagrams.find(({ from }) => from === this.side)!.head.style;
    return new RoadStack({
      local: {
        name,
        role,
        uid,
        address,
        kind,
        fqdn,
        // Read when they are needed: a recording changes them on the way.
        get main() {
          return estate.main;
        },
        get mutable() {
          return estate.mutable;
        },
        get auto() {
          return estate.auto;
        },
        signSeed: bytes(keys.sighex),
        boxSecret: bytes(keys.prihex),
      },
      keep,
      crypto: this.crypto,
      random: (length) => this.#draw(length),
      now: this.now,
      settings: {
        ...REFERENCE_SETTINGS,
        bodyKind,
        headKind: isJson === "json" ? "json" : "raet",
      },
      capabilities: null,
    });
  }

  /** A packet of ours is due: if it is not there yet, time or whoever began it brings it about. */
  #expect(datagram: RecordedDatagram): void {
    if (this.#actual.length === 0 && this.stack.deadline() <= this.now + 0.5) {
      this.stack.advance(this.now + 0.5);
      this.#collect();
    }
    if (this.#actual.length === 0) this.#begin(datagram);
    const actual = this.#actual.shift();
    this.comparisons.push(compare(datagram, actual));
    while (actual && this.#actual[0] && equalBytes(actual, this.#actual[0])) {
      this.extras.push(`${describe(this.#actual.shift()!)}, once more`);
    }
  }

  /** What the reference's user did for this packet to be sent. */
  #begin(datagram: RecordedDatagram): void {
    const { trans, packet, head } = datagram;
    const other = this.#other.name;
    const step = `${trans} ${packet}`;
    if (step === "join request" && !head.fields.de) {
      this.#beginJoin(datagram);
    } else if (step === "join request") {
      this.stack.begin("join", other, this.now);
    } else if (step === "allow hello") {
      this.stack.begin("allow", other, this.now);
    } else if (step === "alive request") {
      this.stack.begin("alive", other, this.now);
    } else if (step === "join response" || step === "join ack") {
      this.stack.keys.accept(this.#other.role, this.now);
    } else if (step === "join nack") {
      this.stack.keys.reject(this.#other.role, this.now);
    } else if (step === "message message") {
      this.#beginMessage(datagram);
    }
    this.#collect();
  }

  /** A recording begins some joins with a fresh estate, of other keys or numbers. */
  #beginJoin(datagram: RecordedDatagram): void {
    const said = datagram.body!.data as { verhex: string } | undefined;
    const estates = Object.values(this.#recording.estates);
    const keys = estates.find(({ keys }) => keys.verhex === said?.verhex)?.keys;
    const uid = Number(datagram.head.fields.se) - 1;
    if (datagram.n > 0) {
      this.store = new MemoryStore();
      this.local.keys = keys ?? this.local.keys;
      this.stack = this.#start(uid);
    }
    const { host, port } = this.#other;
    this.stack.join({ host, port }, this.now);
  }

  #beginMessage(datagram: RecordedDatagram): void {
    const { si, ti } = datagram.head.fields;
    const message = this.#recording.messages?.find((one) =>
      one.from === this.side && one.si === si && one.ti === ti
    );
    const body = bodyOf(message?.body ?? datagram.body);
    this.#handles.set(`${si}/${ti}`, this.stack.transmit(body, this.#other.name, this.now));
  }

  #collect(): void {
    for (const { bytes } of this.stack.outgoing()) this.#actual.push(bytes);
    this.events.push(...this.stack.events());
  }

  /** The random bytes that went into a packet of ours, in the order in which we draw them. */
  #drawsOf(datagram: RecordedDatagram): Uint8Array[] {
    const { handshake, coat, packet, head } = datagram;
    if (handshake) {
      const nonce = bytes(handshake.nonce);
      const shortSecret = handshake.short_pri ? bytes(handshake.short_pri) : new Uint8Array(32);
      if (packet === "hello") return [shortSecret, nonce];
      if (packet === "cookie") return [shortSecret, bytes(handshake.stuff!.oreo!), nonce];
      return [bytes(handshake.stuff!.vouch_nonce!), nonce];
    }
    const { si, ti, sn, sc } = head.fields;
    if (packet === "message" && Number(sc ?? 1) > 1) {
      if (sn) return [];
      const message = this.#recording.messages!.find((one) =>
        one.from === this.side && one.si === si && one.ti === ti
      );
      return message?.nonce ? [bytes(message.nonce)] : [];
    }
    if (!coat?.nonce) return [];
    const isRedo = this.#recording.datagrams.some(({ n, hex }) =>
      n < datagram.n && hex === datagram.hex
    );
    return isRedo ? [] : [bytes(coat.nonce)];
  }

  #draw(length: number): Uint8Array {
    const index = this.#draws.findIndex((draw) => draw.length === length);
    return index < 0 ? new Uint8Array(length) : this.#draws.splice(index, 1)[0];
  }
}

/** A recorded body: its data, or what its bytes hold where they are too many to be written out. */
function bodyOf(body: RecordedBody | undefined): Body {
  if (!body) return {};
  if (body.data !== undefined) return reviveBytes(body.data) as Body;
  const packed = body.text !== undefined ? utf8(body.text) : bytes(body.hex ?? "");
  return unpackBody(BodyKind[body.kind], packed) as Body;
}

/** A packet in words. */
export function describe(datagram: Uint8Array): string {
  const packet = parsePacket(datagram);
  if (packet instanceof Drop) return `unreadable: ${packet.reason}`;
  const { head } = packet;
  const kind = `${transactionKindName(head.transactionKind)} ${packetKindName(head.packetKind)}`;
  return `${kind} si ${head.sessionId} ti ${head.transactionId} fg ${head.flags}`;
}

function compare(expected: RecordedDatagram, actual: Uint8Array | undefined): Comparison {
  const { n, trans, packet } = expected;
  const what = `${trans} ${packet}`;
  if (!actual) return { n, what, verdict: "absent", detail: "" };
  const recorded = bytes(expected.hex);
  if (equalBytes(recorded, actual)) return { n, what, verdict: "same", detail: "" };
  const [a, b] = [parsePacket(recorded), parsePacket(actual)];
  const verdict = !(a instanceof Drop) && !(b instanceof Drop) &&
      JSON.stringify(a.head) === JSON.stringify(b.head) && a.coat.length === b.coat.length
    ? "fields"
    : "other";
  return {
    n,
    what,
    verdict,
    detail: `${describe(actual)} for ${describe(recorded)}, ${toHex(actual).slice(0, 40)}…`,
  };
}

function time(datagram: RecordedDatagram): number {
  return (datagram as unknown as { t: number }).t;
}
