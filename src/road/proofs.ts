/**
 * Proofs that a join which changes what is on record of a remote comes from whoever holds its keys. A
 * join is not signed, so everything in it can be read off the wire and said again from elsewhere; what
 * can't be is an answer, signed with the keys that it names, to a question that was never asked before.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import type { Verifier } from "../crypto/port.ts";
import { Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import { type Packet, verifyPacket } from "../wire/packet.ts";
import { type Proposal, recordOf } from "./proposal.ts";
import { Remote } from "./remote.ts";
import { refusePacket } from "./replies.ts";
import type { Road } from "./road.ts";
import { Redo, Transaction } from "./transaction.ts";

/** All proofs that are under way. */
export class Proofs {
  readonly #proofs = new Map<string, Proof>();

  constructor(private readonly road: Road) {}

  /** Whether one is under way: then it is worth looking at packets for it. */
  get busy(): boolean {
    return this.#proofs.size > 0;
  }

  /**
   * Asks whoever joined for a sign that it holds the keys of the proposal, at its address and by its
   * numbers.
   *
   * @param target the remote that would change; its session number must be on disk
   * @param report whether the sign came
   */
  begin(target: Remote, proposal: Proposal, report: (isProven: boolean) => void): void {
    const place = placeOf(proposal);
    const proof = new Proof(this.road, place, proposal, target, (isProven) => {
      this.#proofs.delete(proof.key);
      report(isProven);
    });
    this.#proofs.set(proof.key, proof);
  }

  /**
   * Takes a packet that may be the sign, or asks for one; null if it is of something else. Whoever asked in the
   * name of others may have had the question carried to them, and their answer does not come from where that one is.
   */
  receive(packet: Packet, from: Address): Drop | "taken" | null {
    const { head } = packet;
    if (head.transactionKind !== TransactionKind.alive) return null;
    if ((head.flags & Flag.correspondent) === 0) return this.#answer(packet, from) ? "taken" : null;
    const proof = this.#proofs.get(`${head.destinationId}|${head.transactionId}`);
    if (!proof || head.sessionId !== proof.sessionId) return null;
    if (head.sourceId !== proof.farUid) return null;
    if (packet.footLength === 0) return new Drop("unsigned");
    if (!sameAddress(from, proof.address)) {
      return new Drop("unknown_transaction", "a sign from elsewhere than who is to show it");
    }
    if (!verifyPacket(packet, proof.verifier)) return new Drop("bad_signature");
    proof.receive(packet);
    return "taken";
  }

  /**
   * Where both sides of a join were elsewhere before, both ask for a sign, and neither takes the other for who is
   * on record before it has one. Whoever is where our operator said gets ours first: nowhere else, as
   * somebody there could have the question of another carried to us.
   */
  #answer(packet: Packet, from: Address): boolean {
    for (const proof of this.#proofs.values()) if (proof.answer(packet, from)) return true;
    return false;
  }
}

/** A question to whoever joined: any signed answer is as good as another. */
class Proof extends Transaction {
  readonly key: string;
  readonly sessionId: number;
  readonly verifier: Verifier;
  readonly farUid: number;
  readonly #redo: Redo;
  readonly #givesUpAt: number;
  readonly #question: Uint8Array;

  constructor(
    road: Road,
    private readonly place: Remote,
    private readonly proposal: Proposal,
    private readonly target: Remote,
    private readonly report: (isProven: boolean) => void,
  ) {
    super(road, "alive", true);
    const transactionId = target.nextTransactionId();
    this.key = `${proposal.nearUid}|${transactionId}`;
    this.sessionId = target.sessionId;
    this.farUid = proposal.farUid;
    this.verifier = road.crypto.verifier(proposal.verifyKey);
    this.#redo = new Redo(road.settings.aliveRedoMs);
    this.#givesUpAt = road.now + PROOF_MS_MAX;
    this.#question = road.sendEmpty(
      place,
      TransactionKind.alive,
      PacketKind.request,
      this.sessionId,
      transactionId,
      0,
    );
    this.noteSent(this.#question);
    this.#arm();
  }

  override get estate(): string {
    return this.proposal.name;
  }

  override get address(): Address {
    return this.proposal.address;
  }

  override get stage(): string {
    return "waits for a sign of the keys that were named";
  }

  receive(packet: Packet): void {
    this.noteReceived(packet.datagram);
    this.end("done");
    this.report(true);
  }

  /** Answers a question of whoever joined; false if it is not of them, or they are not where our operator said. */
  answer(packet: Packet, from: Address): boolean {
    const { sourceId, destinationId } = packet.head;
    const { proposal, target } = this;
    if (!proposal.byUs || !sameAddress(from, proposal.address)) return false;
    if (destinationId !== proposal.nearUid || sourceId !== proposal.farUid) return false;
    if (packet.footLength === 0 || !verifyPacket(packet, this.verifier)) return false;
    // By the numbers and keys on record it is answered as ever, if those of ours are the ones that it was shown.
    const isOnRecord = destinationId === target.nearUid && sourceId === target.farUid;
    const isAsShown = target.identity === proposal.shown;
    if (isOnRecord && isAsShown && target.verifies(packet)) return false;
    refusePacket(this.road, this.place, packet, PacketKind.unallowed);
    return true;
  }

  override onTime(): void {
    if (this.road.now >= this.#givesUpAt) {
      this.end("silent");
      this.report(false);
      return;
    }
    this.noteRedo();
    this.road.resend(this.#question, this.place);
    this.noteSent(this.#question);
    this.#arm();
  }

  #arm(): void {
    const at = Math.min(this.road.now + this.#redo.next(), this.#givesUpAt);
    this.road.timers.set(this, at);
  }
}

/** Whoever made the proposal, as a remote that nothing is known of. */
function placeOf(proposal: Proposal): Remote {
  const { verifyKey, boxKey, shown } = proposal;
  const keys = { verifyKey, boxKey, verifier: { verify: () => false } };
  const remote = new Remote(recordOf(proposal), keys, shown, false);
  remote.addressProven = proposal.byUs;
  return remote;
}

/** How long whoever joined has for a sign: a reference says something each second. */
const PROOF_MS_MAX = 5000;
