/**
 * Our side of an allow that the remote began: cookie on the hello, ack on the initiate (protocol.md
 * 3). Every packet that gets here is signed by the remote and names this transaction. The session in
 * use stays as it is until the initiate proves that the hello was no replay. Of a peer of ours nothing
 * is kept before that (cookies.ts); to a reference the cookie goes again until it answers.
 *
 * @module
 */
import { equalBytes } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import type { Random } from "../base/random.ts";
import type { Box } from "../crypto/port.ts";
import { KEY_BYTES } from "../crypto/port.ts";
import {
  type HelloBody,
  type Initiate,
  openHello,
  openInitiate,
  OREO_BYTES,
  packCookie,
} from "../wire/handshake.ts";
import { BodyKind, CoatKind, Flag, PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import { type AllowHead, AllowSide } from "./allow_side.ts";
import type { ServerKeys } from "./cookies.ts";
import type { Identity } from "./identity.ts";
import type { Remote, RemoteKeys } from "./remote.ts";
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
export interface Hello extends HelloBody {
  /** S and c' */
  readonly box: Box;
  /** The keys of ours that it was sealed for. */
  readonly identity: Identity;
}

/** Reads a hello; a drop if it isn't one for us. */
export function readHello(road: Road, remote: Remote, packet: Packet): Hello | Drop {
  const { head, coat } = packet;
  if (head.bodyKind !== BodyKind.raw || head.coatKind !== CoatKind.none) {
    return new Drop("bad_handshake", "a hello is raw");
  }
  let drop: Drop | null = null;
  // It is sealed for the keys of ours that it has on record: mostly those that we think.
  for (const identity of road.identities.from(remote.identity)) {
    let box: Box | null = null;
    const hello = openHello(coat, (shortPublic) => {
      box = road.crypto.box(identity.boxSecret, shortPublic);
      return box;
    });
    if (!(hello instanceof Drop)) return { ...hello, box: box!, identity };
    drop ??= hello;
  }
  return drop!;
}

/**
 * Answers a good hello of a peer of ours with a cookie, and keeps nothing of it: if the cookie is lost
 * the client asks again, and gets the same.
 */
export class HelloAnswer extends AllowSide {
  /** The cookie is on its way when this returns. @param turn of the cookies' secret, when the hello came first */
  constructor(road: Road, remote: Remote, packet: Packet, hello: Hello, turn: number) {
    super(road, remote, false, headOf(packet));
    this.noteReceived(packet.datagram);
    const { nonce, ...keys } = road.cookies.make(remote, packet.head, hello.shortPublic, turn);
    this.pack(PacketKind.cookie, cookieBody(road, remote, keys, hello.box, () => nonce));
    this.end("done", "answered");
  }

  override get stage(): string {
    return "is answered";
  }

  protected override gaveUp(): void {
    // It waits for nothing.
  }
}

/** An allow that the remote began. */
export class AllowServer extends AllowSide {
  /** Whether the new session is in use here. */
  acknowledged = false;
  readonly #owner: AllowServerOwner;
  readonly #keys: ServerKeys;
  readonly #sessionBox: Box;

  /**
   * @param packet the one that it begins with
   * @param isOurs whether the hello said that its sender is one of ours
   */
  constructor(
    road: Road,
    remote: Remote,
    owner: AllowServerOwner,
    packet: Packet,
    keys: ServerKeys,
    readonly isOurs: boolean,
  ) {
    super(road, remote, false, headOf(packet));
    this.#owner = owner;
    this.#keys = keys;
    this.#sessionBox = road.crypto.box(keys.shortSecret, keys.clientPublic);
    this.noteReceived(packet.datagram);
  }

  /** Answers a hello and waits for the initiate, as a reference does. */
  sendCookie(hello: Hello): void {
    const { road, remote } = this;
    const body = cookieBody(road, remote, this.#keys, hello.box, road.random);
    this.sendNext(PacketKind.cookie, () => body);
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
        return this.receiveInitiate(packet);
      case PacketKind.ack:
        if (!this.acknowledged) return new Drop("bad_handshake", "an ack before the initiate");
        return this.confirm();
      case PacketKind.nack:
      case PacketKind.refuse:
      case PacketKind.reject:
        // To a reference that has the session already our ack belongs to no transaction: it says nack. One
        // of ours says its last ack again (allowing.ts), and nack once it gave way, or lost the session.
        if (this.#isReferenceNack(packet)) return this.confirm();
        this.end("refused");
        this.#owner.serverFailed(this);
        return null;
    }
    return new Drop("packet_kind", "not part of an allow");
  }

  /** The client showed that it has the session. */
  confirm(): null {
    this.end("done");
    this.#owner.serverConfirmed(this);
    return null;
  }

  protected override gaveUp(): void {
    if (!this.acknowledged) this.pack(PacketKind.refuse, EMPTY);
    this.end("silent", this.acknowledged ? "no ack" : "no initiate");
    this.#owner.serverFailed(this);
  }

  /** An initiate: if it is right the ack is on its way when this returns, and the session is agreed on. */
  receiveInitiate(packet: Packet): Drop | null {
    if (this.acknowledged) {
      // Our ack was lost.
      this.repeat();
      return null;
    }
    const fault = this.#checkInitiate(packet);
    if (fault) {
      this.pack(PacketKind.reject, EMPTY);
      this.end("refused", "the initiate is wrong");
      this.#owner.serverFailed(this);
      return fault;
    }
    this.acknowledged = true;
    // It came by the cookie, which went to its address and nowhere else.
    this.remote.addressProven = true;
    this.sendNext(PacketKind.ack, () => EMPTY);
    this.#owner.serverAllowed(this, this.#sessionBox);
    return null;
  }

  #isReferenceNack({ head }: Packet): boolean {
    return this.acknowledged && head.packetKind === PacketKind.nack && !this.isOurs;
  }

  #checkInitiate(packet: Packet): Drop | null {
    const { local, counters } = this.road;
    const { keys } = this.remote;
    let [client, initiate] = [keys, this.#openFor(packet, keys)];
    if (initiate instanceof Drop && keys.former) {
      [client, initiate] = [keys.former, this.#openFor(packet, keys.former)];
    }
    if (initiate instanceof Drop) return initiate;
    if (
      !equalBytes(initiate.shortPublic, this.#keys.clientPublic) ||
      !equalBytes(initiate.oreo, this.#keys.oreo) ||
      !equalBytes(initiate.longPublic, client.boxKey)
    ) {
      return new Drop("bad_handshake", "an initiate for another cookie or of another key");
    }
    // Not a fault: a host has many names (protocol.md 3).
    if (initiate.fqdn !== local.fqdn) counters.add("other_fqdn");
    return null;
  }

  /** Opens an initiate of whoever holds these keys. Its vouch, too, is sealed for keys of ours that it has on record. */
  #openFor(packet: Packet, keys: RemoteKeys): Initiate | Drop {
    const { crypto, identities } = this.road;
    let drop: Drop | null = null;
    for (const { boxSecret } of identities.from(this.remote.identity)) {
      const vouchBox = crypto.box(boxSecret, keys.boxKey);
      const initiate = openInitiate(packet.coat, vouchBox, this.#sessionBox);
      if (!(initiate instanceof Drop)) return initiate;
      drop ??= initiate;
    }
    return drop!;
  }
}

/** The keys of a handshake of which something is kept. */
export function drawKeys(road: Road, hello: Hello): ServerKeys {
  const shortSecret = road.random(KEY_BYTES);
  return { clientPublic: hello.shortPublic, shortSecret, oreo: road.random(OREO_BYTES) };
}

function headOf(packet: Packet): AllowHead {
  const { sessionId, transactionId } = packet.head;
  return { sessionId, transactionId, flags: Flag.correspondent };
}

function cookieBody(
  road: Road,
  remote: Remote,
  keys: ServerKeys,
  box: Box,
  random: Random,
): Uint8Array {
  const cookie = {
    shortPublic: road.crypto.boxPublicKey(keys.shortSecret),
    nearId: remote.nearUid,
    farId: remote.farUid,
    oreo: keys.oreo,
  };
  return packCookie(cookie, box, random);
}
