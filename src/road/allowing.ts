/**
 * All allows with one remote: at most one that we began and one that it began, and which of two that
 * cross goes on (protocol.md 3). A hello whose box doesn't open changes nothing.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { isSameOrNewer } from "../base/serial.ts";
import type { Box } from "../crypto/port.ts";
import { peekInitiate } from "../wire/handshake.ts";
import { PacketKind } from "../wire/kinds.ts";
import type { Head } from "../wire/head.ts";
import type { Packet } from "../wire/packet.ts";
import { AllowClient, type AllowClientOwner, type AllowOutcome } from "./allow_client.ts";
import {
  AllowServer,
  type AllowServerOwner,
  drawKeys,
  HelloAnswer,
  readHello,
} from "./allow_server.ts";
import type { KeyNews } from "./key_news.ts";
import { refusePacket } from "./replies.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";

/** Whom the allows of a remote report to. */
export interface AllowingOwner {
  /** A handshake began: nothing may be sent in the session in use. */
  handshakeBegan(): void;
  /**
   * Both sides have the keys of a new session, or we have and the far side soon will.
   *
   * @param farSessionId under which the far side began things in the session before
   */
  sessionAgreed(box: Box, farSessionId: number): void;
  /** No handshake is under way any more, and the far side has the session that we have. */
  handshakeDone(): void;
  /** An allow of ours ended without a session. */
  allowFailed(outcome: Exclude<AllowOutcome, "allowed">, beganAt: number): void;
  /** An allow of the remote ended; `switched` if we have keys that it may not have. */
  farAllowFailed(switched: boolean): void;
}

/** The allows with one remote. */
export class Allowing implements AllowClientOwner, AllowServerOwner {
  #client: AllowClient | null = null;
  #server: AllowServer | null = null;
  #wasClient = false;
  /** Our last completed allow: its last ack may have been lost. */
  #finished: AllowClient | null = null;
  /** The newest hello that was answered: an older one is a replay. */
  #hello = NO_HELLO;
  /** The one before that. */
  #helloBefore = NO_HELLO;

  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly owner: AllowingOwner,
    private readonly keyNews: KeyNews,
  ) {}

  /** Whether a handshake is under way. */
  get busy(): boolean {
    return this.#client !== null || this.#server !== null;
  }

  /** Whether we began one. */
  get ours(): boolean {
    return this.#client !== null;
  }

  /** Whether the last handshake that came to an end was one that we began. */
  get wasClient(): boolean {
    return this.#wasClient;
  }

  /**
   * Whether the session has been in use for long enough for a new one. A reference drops its session as a
   * handshake begins, and what it has on the way is lost or comes twice. Who began this one begins the
   * next; the other side does if nothing came of that.
   */
  get isSessionOld(): boolean {
    const { sessionMs, sessionPackets } = this.road.settings;
    const { ms, packets } = this.remote.sessionAge(this.road.now);
    const patience = this.#wasClient ? 1 : RENEWAL_PATIENCE;
    return ms >= sessionMs * patience || packets >= sessionPackets * patience;
  }

  /** Whether bodies, resends and dones have to wait: the far side may have either set of keys. */
  get holding(): boolean {
    return this.busy;
  }

  /** Those under way, for an operator. */
  *transactions(): Iterable<AllowClient | AllowServer> {
    if (this.#client) yield this.#client;
    if (this.#server) yield this.#server;
  }

  /** Begins one; does nothing while one is under way. */
  start(): void {
    if (this.busy) return;
    this.#client = new AllowClient(this.road, this.remote, this);
    this.owner.handshakeBegan();
  }

  /** The remote lost count of its sessions: that a hello is older than one before says nothing. */
  countsAnew(): void {
    this.#hello = this.#helloBefore = NO_HELLO;
  }

  /** Whether an answer is in the allow that we began. */
  awaits({ sessionId, transactionId }: Head): boolean {
    const client = this.#client;
    return client?.transactionId === transactionId && client.sessionId === sessionId;
  }

  /** Whether a hello of the remote was answered, or is older than one that was. */
  hasAnswered({ sessionId, transactionId }: Head): boolean {
    return this.#hello.sessionId === sessionId &&
      isSameOrNewer(this.#hello.transactionId, transactionId);
  }

  /** A packet of the remote in an allow that we began. */
  receiveAnswer(packet: Packet): Drop | null {
    const { sessionId, transactionId, packetKind } = packet.head;
    const client = this.#client;
    if (client && client.transactionId === transactionId && client.sessionId === sessionId) {
      return client.receive(packet);
    }
    const finished = this.#finished;
    if (
      finished && packetKind === PacketKind.ack && finished.transactionId === transactionId &&
      finished.sessionId === sessionId
    ) {
      // The reference would say nack, and its server then keeps its saved messages back.
      finished.sayLastAck();
      return null;
    }
    refusePacket(this.road, this.remote, packet);
    return new Drop("unknown_transaction", "an answer in no allow of ours");
  }

  /** A packet of the remote in an allow that it began. The remote must be joined. */
  receive(packet: Packet): Drop | null {
    const { sessionId, transactionId, packetKind } = packet.head;
    const server = this.#server;
    if (server && server.transactionId === transactionId && server.sessionId === sessionId) {
      return server.receive(packet);
    }
    if (packetKind === PacketKind.hello) return this.#receiveHello(packet);
    if (packetKind === PacketKind.initiate) return this.#receiveInitiate(packet);
    return new Drop("unknown_transaction", "part of no allow");
  }

  /** The remote sent something in the session that our ack began: it has the keys. */
  confirm(): void {
    if (this.#server?.acknowledged) this.#server.confirm();
  }

  /** Ends all without a word and without a report. */
  stop(why: string): void {
    this.#client?.end("stopped", why);
    this.#server?.end("stopped", why);
    // The remote knows nothing of that, and says hello again: that must not pass for a replay.
    if (this.#server && !this.#server.acknowledged) this.#hello = this.#helloBefore;
    this.#client = this.#server = null;
    this.#finished = null;
  }

  clientAllowed(client: AllowClient, box: Box): void {
    this.#finished = client;
    this.remote.hinted = client.isFarOurs;
    this.owner.sessionAgreed(box, client.farSessionId);
    this.#client = null;
    this.#wasClient = true;
    this.owner.handshakeDone();
  }

  clientFailed(client: AllowClient, outcome: Exclude<AllowOutcome, "allowed">): void {
    this.#client = null;
    this.owner.allowFailed(outcome, client.beganAt);
  }

  serverAllowed({ sessionId, isOurs }: AllowServer, box: Box): void {
    this.remote.hinted = isOurs;
    // It holds the short-term keys of the session before, which nobody may find here once that is over.
    this.#finished = null;
    this.owner.sessionAgreed(box, sessionId);
  }

  serverConfirmed(_server: AllowServer): void {
    this.#server = null;
    this.#wasClient = false;
    this.owner.handshakeDone();
  }

  serverFailed(server: AllowServer): void {
    this.#server = null;
    this.owner.farAllowFailed(server.acknowledged);
  }

  #receiveHello(packet: Packet): Drop | null {
    const { sessionId, transactionId } = packet.head;
    if (this.#isOldHello(sessionId, transactionId)) return new Drop("repeated", "an older hello");
    const hello = readHello(this.road, this.remote, packet);
    if (hello instanceof Drop) return hello;
    this.keyNews.knowsUs(hello.identity.fingerprint);
    // Crossed: the estate whose name sorts lower goes on as the client. But a hello that never left, for
    // want of bytes from there, crossed nothing: to insist on it would keep both from a session.
    if (this.#client?.hasLeft && this.road.local.name < this.remote.name) {
      this.#refuseCrossed(packet);
      return null;
    }
    // Without more than the classic protocol we answer everybody as a reference does.
    const isOurs = hello.isOurs && this.road.capabilities !== null;
    if (transactionId !== this.#hello.transactionId || sessionId !== this.#hello.sessionId) {
      this.#helloBefore = this.#hello;
      this.#hello = { sessionId, transactionId, turn: this.road.cookies.turns, isOurs };
    }
    if (isOurs) {
      new HelloAnswer(this.road, this.remote, packet, hello, this.#hello.turn);
      return null;
    }
    const keys = drawKeys(this.road, hello);
    this.#begin(new AllowServer(this.road, this.remote, this, packet, keys, false));
    this.#server!.sendCookie(hello);
    return null;
  }

  /** The first that is kept of a handshake of a peer of ours: it shows that its hello was no replay. */
  #receiveInitiate(packet: Packet): Drop | null {
    const { road, remote } = this;
    const seen = peekInitiate(packet.coat);
    const keys = seen && road.cookies.find(remote, packet.head, seen.shortPublic, seen.oreo);
    if (!keys) return new Drop("bad_handshake", "an initiate without a cookie that is good here");
    // Crossed, with a cookie on either side: if both gave way each would have the keys of another one.
    if (this.#client?.hasCookie && road.local.name < remote.name) {
      this.#refuseCrossed(packet);
      return null;
    }
    const server = new AllowServer(road, remote, this, packet, keys, true);
    this.#begin(server);
    return server.receiveInitiate(packet);
  }

  /** It goes on in place of one of ours that crossed it, and of an older one that the remote gave up. */
  #begin(server: AllowServer): void {
    this.#client?.yield();
    this.#client = null;
    this.#server?.end("stopped", "a newer one takes its place");
    this.#server = server;
    this.owner.handshakeBegan();
  }

  #refuseCrossed(packet: Packet): void {
    this.road.counters.add("crossed_allow");
    refusePacket(this.road, this.remote, packet, PacketKind.refuse);
  }

  /** Transaction ids count up, also across sessions, until the far side starts anew with a newer session. */
  #isOldHello(sessionId: number, transactionId: number): boolean {
    if (sessionId !== this.#hello.sessionId) return false;
    // A redo of the newest is answered as the first was.
    if (this.#hello.isOurs && transactionId === this.#hello.transactionId) return false;
    return isSameOrNewer(this.#hello.transactionId, transactionId);
  }
}

/** A hello of the remote that was answered, and the turn of the cookies' secret when it came first. */
const NO_HELLO = { sessionId: 0, transactionId: 0, turn: 0, isOurs: false };
/** How much longer than its client the server of a handshake waits before it begins the next one. */
const RENEWAL_PATIENCE = 1.1;
