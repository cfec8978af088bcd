/**
 * Our side of an allow that the remote began: cookie on the hello, ack on the initiate (protocol.md
 * 3). Every packet that gets here is signed by the remote and names this transaction. The session in
 * use stays as it is until the initiate proves that the hello was no replay.
 *
 * @module
 */
import { equalBytes } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import type { Box } from "../crypto/port.ts";
import { KEY_BYTES } from "../crypto/port.ts";
import { openHello, openInitiate, OREO_BYTES, packCookie } from "../wire/handshake.ts";
import { BodyKind, CoatKind, Flag, PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import { AllowSide } from "./allow_side.ts";
import type { Remote } from "./remote.ts";
import { EMPTY, type Road } from "./road.ts";

/** Whom a server reports to. */
export interface AllowServerOwner {
  /** The initiate was right and the ack is sent; the session is now the one in use. */
  serverAllowed(server: AllowServer, box: Box): void;
  /** The client has the session too. */
  serverConfirmed(server: AllowServer): void;
  /** It ended before the client was known to have the session. */
  serverFailed(server: AllowServer): void;
}

/** What a good hello holds. */
export interface Hello {
  /** c' */
  readonly shortPublic: Uint8Array;
  /** S and c' */
  readonly box: Box;
}

/** Reads a hello; a drop if it isn't one for us. */
export function readHello(road: Road, packet: Packet): Hello | Drop {
  const { head, coat } = packet;
  if (head.bodyKind !== BodyKind.raw || head.coatKind !== CoatKind.none) {
    return new Drop("bad_handshake", "a hello is raw");
  }
  let box: Box | null = null;
  const hello = openHello(coat, (shortPublic) => {
    box = road.crypto.box(road.local.boxSecret, shortPublic);
    return box;
  });
  if (hello instanceof Drop) return hello;
  return { shortPublic: hello.shortPublic, box: box! };
}

/** An allow that the remote began. */
export class AllowServer extends AllowSide {
  /** Whether the new session is in use here. */
  acknowledged = false;
  readonly #owner: AllowServerOwner;
  readonly #hello: Hello;
  readonly #oreo: Uint8Array;
  readonly #sessionBox: Box;

  /** Answers a good hello: the cookie is on its way when this returns. */
  constructor(road: Road, remote: Remote, owner: AllowServerOwner, packet: Packet, hello: Hello) {
    const { sessionId, transactionId } = packet.head;
    super(road, remote, false, { sessionId, transactionId, flags: Flag.correspondent });
    this.#owner = owner;
    this.#hello = hello;
    this.noteReceived(packet.datagram);
    const { crypto, random } = road;
    const shortSecret = random(KEY_BYTES);
    this.#oreo = random(OREO_BYTES);
    this.#sessionBox = crypto.box(shortSecret, hello.shortPublic);
    const cookie = {
      shortPublic: crypto.boxPublicKey(shortSecret),
      nearId: remote.nearUid,
      farId: remote.farUid,
      oreo: this.#oreo,
    };
    this.sendNext(PacketKind.cookie, packCookie(cookie, hello.box, random));
  }

  override get stage(): string {
    return this.acknowledged ? "waits for the client's ack" : "waits for an initiate";
  }

  /** A packet that names this transaction. */
  receive(packet: Packet): Drop | null {
    this.noteReceived(packet.datagram);
    switch (packet.head.packetKind) {
      case PacketKind.hello:
        return new Drop("repeated", "hello");
      case PacketKind.initiate:
        return this.#receiveInitiate(packet);
      case PacketKind.ack:
        if (!this.acknowledged) return new Drop("bad_handshake", "an ack before the initiate");
        return this.confirm();
      case PacketKind.nack:
      case PacketKind.refuse:
      case PacketKind.reject:
        // To a client that has the session already our ack belongs to no transaction: it says nack.
        if (this.acknowledged && packet.head.packetKind === PacketKind.nack) return this.confirm();
        this.end("refused");
        this.#owner.serverFailed(this);
        return null;
    }
    return new Drop("packet_kind", "not part of an allow");
  }

  /** The client showed that it has the session. */
  confirm(): null {
    this.end("allowed");
    this.#owner.serverConfirmed(this);
    return null;
  }

  protected override gaveUp(): void {
    if (!this.acknowledged) this.pack(PacketKind.refuse, EMPTY);
    this.end("timed out");
    this.#owner.serverFailed(this);
  }

  #receiveInitiate(packet: Packet): Drop | null {
    if (this.acknowledged) {
      // Our ack was lost.
      this.repeat();
      return null;
    }
    const fault = this.#checkInitiate(packet);
    if (fault) {
      this.pack(PacketKind.reject, EMPTY);
      this.end("rejected");
      this.#owner.serverFailed(this);
      return fault;
    }
    this.acknowledged = true;
    // It came by the cookie, which went to its address and nowhere else.
    this.remote.addressProven = true;
    this.sendNext(PacketKind.ack, EMPTY);
    this.#owner.serverAllowed(this, this.#sessionBox);
    return null;
  }

  #checkInitiate(packet: Packet): Drop | null {
    const { crypto, local, counters } = this.road;
    const vouchBox = crypto.box(local.boxSecret, this.remote.keys.boxKey);
    const initiate = openInitiate(packet.coat, vouchBox, this.#sessionBox);
    if (initiate instanceof Drop) return initiate;
    if (
      !equalBytes(initiate.shortPublic, this.#hello.shortPublic) ||
      !equalBytes(initiate.oreo, this.#oreo) ||
      !equalBytes(initiate.longPublic, this.remote.keys.boxKey)
    ) {
      return new Drop("bad_handshake", "an initiate for another cookie or of another key");
    }
    // Not a fault: a host has many names (protocol.md 3).
    if (initiate.fqdn !== local.fqdn) counters.add("other_fqdn");
    return null;
  }
}
