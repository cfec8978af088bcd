/**
 * Our side of an allow that we began: hello, then initiate on the cookie, then the last ack
 * (protocol.md 3). Every packet that gets here is signed by the remote and names this transaction.
 *
 * @module
 */
import { equalBytes } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import type { Box } from "../crypto/port.ts";
import { KEY_BYTES } from "../crypto/port.ts";
import { isOurOreo, openCookie, packHello, packInitiate } from "../wire/handshake.ts";
import { PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import { AllowSide } from "./allow_side.ts";
import type { Ending } from "./endings.ts";
import type { Remote } from "./remote.ts";
import { EMPTY, type Road } from "./road.ts";

/** How an allow that we began came to an end. `nacked`: our session number is stale to the far side. */
export type AllowOutcome =
  | "allowed"
  | "silent"
  | "unfinished"
  | "refused"
  | "rejected"
  | "unjoined"
  | "nacked";

/** Whom a client reports to. */
export interface AllowClientOwner {
  /** The session is agreed on and the last ack is sent; it is now the one in use. */
  clientAllowed(client: AllowClient, box: Box): void;
  /** It ended otherwise. */
  clientFailed(client: AllowClient, outcome: Exclude<AllowOutcome, "allowed">): void;
}

/** An allow that we began. */
export class AllowClient extends AllowSide {
  /** Whether the server's cookie said that it is one of ours. */
  isFarOurs = false;
  readonly #owner: AllowClientOwner;
  readonly #shortSecret: Uint8Array;
  readonly #shortPublic: Uint8Array;
  /** c' and S: seals the hello, opens the cookie. */
  readonly #helloBox: Box;
  #sessionBox: Box | null = null;
  #farSessionId: number | null = null;
  #cookie: Uint8Array | null = null;

  /** Begins: the hello is on its way when this returns. */
  constructor(road: Road, remote: Remote, owner: AllowClientOwner) {
    super(road, remote, true, {
      sessionId: remote.sessionId,
      transactionId: remote.nextTransactionId(),
      flags: 0,
    });
    this.#owner = owner;
    const { crypto } = road;
    this.#shortSecret = road.random(KEY_BYTES);
    this.#shortPublic = crypto.boxPublicKey(this.#shortSecret);
    this.#helloBox = crypto.box(this.#shortSecret, remote.keys.boxKey);
    const said = { shortPublic: this.#shortPublic, isOurs: road.capabilities !== null };
    const body = packHello(said, this.#helloBox, road.random);
    this.sendNext(PacketKind.hello, () => body);
  }

  /** Whether any of it left: to who proved nothing goes no more than came from there. */
  get hasLeft(): boolean {
    return this.packets > 0;
  }

  /** Whether the server answered the hello, and so takes the initiate, unless that is lost. */
  get hasCookie(): boolean {
    return this.#cookie !== null;
  }

  /**
   * The number under which the server began things before it could have the new session. When its ack
   * comes it may be past that: the ack may have been lost, or overtaken.
   */
  get farSessionId(): number {
    return this.#farSessionId ?? this.remote.farSessionId;
  }

  override get stage(): string {
    return this.hasCookie ? "waits for the server's ack" : "waits for a cookie";
  }

  /** A packet that names this transaction. */
  receive(packet: Packet): Drop | null {
    this.noteReceived(packet.datagram);
    switch (packet.head.packetKind) {
      case PacketKind.cookie:
        return this.#receiveCookie(packet);
      case PacketKind.ack:
        return this.#receiveAck();
      case PacketKind.unjoined:
        return this.#fail("unjoined");
      case PacketKind.reject:
        return this.#fail("rejected");
      case PacketKind.nack:
        return this.#fail("nacked");
      case PacketKind.refuse:
        return this.#fail("refused");
    }
    return new Drop("packet_kind", "not an answer to an allow");
  }

  /** Gives way to the far side's allow: it is told so. */
  yield(): void {
    this.pack(PacketKind.refuse, EMPTY);
    this.end("stopped", "gave way to the other side's");
  }

  /** Says the last ack, also once it has ended: that may have been lost. */
  sayLastAck(): void {
    this.pack(PacketKind.ack, EMPTY);
  }

  protected override gaveUp(): void {
    this.#fail(this.hasCookie ? "unfinished" : "silent");
  }

  #receiveCookie(packet: Packet): Drop | null {
    if (this.#cookie && equalBytes(this.#cookie, packet.coat)) {
      return new Drop("repeated", "cookie");
    }
    // One of ours keeps no state for a hello, and may answer it twice, by secrets or runs of its own: it takes any
    // of those up once it comes back. What it took up is what we have then, as it has no other of us.
    if (this.isFarOurs) return new Drop("repeated", "a further cookie");
    const cookie = openCookie(packet.coat, this.#helloBox);
    if (cookie instanceof Drop) return cookie;
    const { remote } = this;
    if (cookie.nearId !== remote.farUid || cookie.farId !== remote.nearUid) {
      return new Drop("bad_handshake", "a cookie for others");
    }
    // Only who got our hello can have sealed it.
    remote.addressProven = true;
    this.#farSessionId ??= remote.farSessionId;
    // A further cookie of a reference replaces the first: it began again, with another short-term key.
    this.#cookie = packet.coat.slice();
    this.isFarOurs = isOurOreo(cookie.oreo);
    const sessionBox = this.road.crypto.box(this.#shortSecret, cookie.shortPublic);
    this.#sessionBox = sessionBox;
    this.sendNext(PacketKind.initiate, () => this.#makeInitiate(cookie.oreo, sessionBox));
    return null;
  }

  /** Both sides may have heard of new keys of the other since the hello: it vouches for what signs it. */
  #makeInitiate(oreo: Uint8Array, sessionBox: Box): Uint8Array {
    const { remote, road: { crypto, random } } = this;
    const { boxKey: longPublic, boxSecret } = remote.identity;
    const vouchBox = crypto.box(boxSecret, remote.keys.boxKey);
    const { fqdn } = remote;
    const initiate = { shortPublic: this.#shortPublic, oreo, longPublic, fqdn };
    return packInitiate(initiate, vouchBox, sessionBox, random);
  }

  #receiveAck(): Drop | null {
    const box = this.#sessionBox;
    if (!box) return new Drop("bad_handshake", "an ack before the cookie");
    this.sayLastAck();
    this.end("done");
    this.#owner.clientAllowed(this, box);
    return null;
  }

  #fail(outcome: Exclude<AllowOutcome, "allowed">): null {
    this.end(...ENDS[outcome]);
    this.#owner.clientFailed(this, outcome);
    return null;
  }
}

const ENDS: Record<Exclude<AllowOutcome, "allowed">, readonly [Ending, string?]> = {
  silent: ["silent"],
  unfinished: ["silent", "no ack after the cookie"],
  refused: ["refused"],
  rejected: ["rejected"],
  unjoined: ["forgotten", "not joined"],
  nacked: ["forgotten", "the session's number is stale"],
};
