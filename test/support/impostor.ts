/**
 * Somebody on the network who has keys of its own: it signs what it says of itself, under any name and
 * role, and shows that it holds its keys to whoever asks.
 *
 * @module
 */
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Value } from "../../src/base/value.ts";
import type { Crypto, Signer } from "../../src/crypto/port.ts";
import { type PublicKeys, signSuccession, successionToValue } from "../../src/keep/succession.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import { CoatKind, Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { packPacket, parsePacket } from "../../src/wire/packet.ts";
import { forgeJoin } from "./forge.ts";

/** One, with one pair of keys. */
export class Impostor {
  readonly keys: PublicKeys;
  readonly #signer: Signer;

  constructor(crypto: Crypto, salt: number) {
    const seed = new Uint8Array(32).fill(salt);
    this.#signer = crypto.signer(seed);
    this.keys = { verifyKey: this.#signer.verifyKey, boxKey: crypto.boxPublicKey(seed) };
  }

  /** A request or response of a join, as one of ours. @param uid in a response its number for the joiner */
  join(name: string, role: string, head: Partial<Head>, uid = 0): Uint8Array {
    const [verhex, pubhex] = [toHex(this.keys.verifyKey), toHex(this.keys.boxKey)];
    const facts = [name, role, false, 0, uid, verhex, pubhex];
    const signature = this.#signer.sign(utf8(`raet join 1 ${JSON.stringify(facts)}`));
    const said = { name, role, mode: 0, kind: 0, verhex, pubhex };
    const raet = { v: 1, sig: toHex(signature) };
    return uid === 0
      ? forgeJoin(PacketKind.request, head, { ...said, raet })
      : forgeJoin(PacketKind.response, head, { ...said, uid, raet });
  }

  /** That those are its next keys for a role, whoever has them: as a join tells it. */
  leadsTo(keys: PublicKeys, role: string): Value {
    return successionToValue(signSuccession(this.#signer, role, this.keys, keys, 1));
  }

  /** A question that it signs. */
  ask(head: Partial<Head>): Uint8Array {
    const question = makeHead({
      transactionKind: TransactionKind.alive,
      packetKind: PacketKind.request,
      coatKind: CoatKind.none,
      ...head,
    });
    return packPacket(question, new Uint8Array(0), this.#signer);
  }

  /** What it says, signed, to whoever asks for a sign of life or of its keys; null if nobody did. */
  answer(question: Uint8Array): Uint8Array | null {
    const packet = parsePacket(question);
    if (packet instanceof Drop || !isQuestion(packet.head)) return null;
    const { sourceId, destinationId, sessionId, transactionId } = packet.head;
    const head = makeHead({
      transactionKind: TransactionKind.alive,
      packetKind: PacketKind.ack,
      sourceId: destinationId,
      destinationId: sourceId,
      sessionId,
      transactionId,
      flags: Flag.correspondent,
      coatKind: CoatKind.none,
    });
    return packPacket(head, new Uint8Array(0), this.#signer);
  }
}

/** Whether a packet asks for a sign of life. */
function isQuestion({ transactionKind, packetKind, flags }: Head): boolean {
  return transactionKind === TransactionKind.alive && packetKind === PacketKind.request &&
    (flags & Flag.correspondent) === 0;
}
