/**
 * Somebody on the network who reads all, may keep packets from arriving, and sends what it likes from
 * any address; but it has nobody's keys but its own. It repeats what it saw, from where it came or from
 * elsewhere, changes bytes, takes out of joins what signs them, and makes up what needs no key: everything
 * of a join, with numbers read off the wire. With its own keys it joins, and answers joins, under the names
 * of others and roles of all kinds, silences whose name it wants, and shows the keys to whoever asks for a
 * sign of them.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Head } from "../../src/wire/head.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { ATTACKER, falseBody, forgeJoin, withoutHint } from "../support/forge.ts";
import { Impostor } from "../support/impostor.ts";
import type { Chance } from "./chance.ts";
import type { SimEstate } from "./estate.ts";
import type { Flight } from "./network.ts";
import type { World } from "./world.ts";

/** Packets that it remembers. */
const REMEMBERED_MAX = 500;
/** What a join can be answered with without any key. */
const ANSWERS = [
  PacketKind.nack,
  PacketKind.refuse,
  PacketKind.reject,
  PacketKind.renew,
  PacketKind.pend,
  PacketKind.response,
];

/** Most packets of earlier runs that it repeats at once. */
const EARLIER_MAX = 20;

/** A packet, and how often the estates that it went from and to had been started by then. */
interface Recording extends Flight {
  readonly runs: number;
}

/** Whose name it wants, at whom and with which role; until then neither of the two hears the other. */
interface Aim {
  readonly name: SimEstate;
  readonly at: SimEstate;
  readonly role: string;
  readonly until: number;
}

/** An attacker at work. */
export class Attacker {
  /** Whether it also keeps packets from arriving. */
  drops = true;
  /** How many packets of each sort it sent. */
  readonly sent: Record<string, number> = {};
  readonly #world: World;
  readonly #chance: Chance;
  readonly #eagerness: number;
  readonly #seen: Recording[] = [];
  #impostor = new Impostor(fastCrypto, 7);
  #aim: Aim | null = null;
  #salt = 0;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
    this.#eagerness = chance.pick(0.02, 0.1, 0.3);
    world.network.eavesdropper = (flight) => this.#hear(flight);
  }

  #hear(flight: Flight): "passes" | "is held" {
    const chance = this.#chance;
    const copy = { ...flight, bytes: flight.bytes.slice(), runs: this.#runsOf(flight) };
    if (this.#seen.length < REMEMBERED_MAX) this.#seen.push(copy);
    else this.#seen[chance.below(REMEMBERED_MAX)] = copy;
    if (chance.is(this.#eagerness)) this.#attack(copy);
    if (this.#intercept(copy)) return "is held";
    return this.drops && chance.is(0.1) ? "is held" : "passes";
  }

  /** Answers what comes to itself, or to the one whose name it wants; whether nobody else is to have it. */
  #intercept(flight: Flight): boolean {
    const { from, to } = flight;
    const isToUs = to.host === ATTACKER.host;
    const isHeld = this.drops && this.#isCutOff(from.host, to.host);
    if (this.#aim && (isToUs || isHeld && to.host === this.#aim.name.outside.host)) {
      const bytes = this.#reply(flight.bytes, this.#aim);
      if (bytes) this.#send("with its own keys", { from: to, to: from, bytes });
    }
    return isHeld;
  }

  #isCutOff(from: string, to: string): boolean {
    if (!this.#aim || this.#aim.until < this.#world.timeline.now) return false;
    const ends = [this.#aim.name.outside.host, this.#aim.at.outside.host];
    return ends.includes(from) && ends.includes(to);
  }

  /** What whoever's name it wants would say, as far as that can be said with other keys. */
  #reply(bytes: Uint8Array, { name, role }: Aim): Uint8Array | null {
    const sign = this.#impostor.answer(bytes);
    const packet = sign ? null : parsePacket(bytes);
    if (!packet || packet instanceof Drop) return sign;
    const { transactionKind, packetKind, sourceId, destinationId, transactionId } = packet.head;
    if (transactionKind !== TransactionKind.join) return null;
    const ids = { sourceId: destinationId, destinationId: sourceId, transactionId };
    if (packetKind === PacketKind.response) return forgeJoin(PacketKind.ack, ids);
    if (packetKind !== PacketKind.request) return null;
    return this.#impostor.join(name.name, role, { ...ids, flags: Flag.correspondent }, 77);
  }

  #attack(now: Flight): void {
    const chance = this.#chance;
    const old = chance.pick(...this.#seen);
    switch (chance.below(10)) {
      case 0:
        return this.#send("replay", old);
      case 1:
        return this.#send("replay from elsewhere", { ...old, from: this.#elsewhere() });
      case 2:
        return this.#send("replay to another", { ...old, to: this.#somebody() });
      case 3:
        return this.#send("changed", { ...now, bytes: this.#change(now.bytes) });
      case 4:
        return this.#answerJoin(now);
      case 5:
        return this.#sayNo(now);
      case 6:
        return this.#join();
      case 7:
        return this.#want(now);
      case 8:
        return this.#bringBack();
      case 9:
        return this.#makeClassic(now);
    }
  }

  /** Repeats what was said before one of the two was started again. */
  #bringBack(): void {
    const earlier = this.#seen.filter((one) => one.runs < this.#runsOf(one));
    for (const old of earlier.slice(-this.#chance.pick(1, EARLIER_MAX))) {
      this.#send("replay of an earlier run", old);
    }
  }

  #runsOf({ from, to }: Flight): number {
    const { estates } = this.#world;
    return estates.reduce(
      (sum, { outside: { host }, runs }) =>
        host === from.host || host === to.host ? sum + runs : sum,
      0,
    );
  }

  #send(sort: string, flight: Flight): void {
    this.sent[sort] = (this.sent[sort] ?? 0) + 1;
    this.#world.network.carry(flight);
  }

  #change(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice();
    changed[this.#chance.below(changed.length)] ^= 1 << this.#chance.below(8);
    return changed;
  }

  /** Says a join as a reference does, without what signs it and says that its sender is one of ours. */
  #makeClassic({ from, to, bytes }: Flight): void {
    const classic = withoutHint(bytes);
    if (classic) this.#send("join without its hint", { from, to, bytes: classic });
  }

  /** Answers a join in the name of whoever it went to. */
  #answerJoin({ from, to, bytes }: Flight): void {
    const packet = parsePacket(bytes);
    if (packet instanceof Drop) return;
    const { head } = packet;
    this.#send("answer to a join", {
      from: to,
      to: from,
      bytes: this.#forge(this.#chance.pick(...ANSWERS), {
        sourceId: head.destinationId,
        destinationId: head.sourceId,
        transactionId: head.transactionId,
        flags: Flag.correspondent,
      }),
    });
  }

  /** Sends a packet of a join in the name of whoever sent something, as its beginner or its other side. */
  #sayNo({ from, to, bytes }: Flight): void {
    const packet = parsePacket(bytes);
    if (packet instanceof Drop) return;
    const { sourceId, destinationId, transactionId } = packet.head;
    const flags = this.#chance.pick(0, Flag.correspondent);
    const kind = this.#chance.pick(PacketKind.request, PacketKind.ack, ...ANSWERS);
    const step = this.#chance.pick(0, 1, 2);
    const ids = { sourceId, destinationId, transactionId: transactionId + step, flags };
    this.#send("join in another's name", { from, to, bytes: this.#forge(kind, ids) });
  }

  /** Joins under the name of an estate, from elsewhere. */
  #join(): void {
    const ids = { sourceId: 1 + this.#chance.below(5), transactionId: ++this.#salt };
    const from = this.#elsewhere();
    const to = this.#somebody();
    const destinationId = this.#chance.pick(0, 0, 2, 3);
    const bytes = this.#forge(PacketKind.request, { ...ids, destinationId });
    this.#send("join from elsewhere", { from, to, bytes });
    const ack = forgeJoin(PacketKind.ack, { ...ids, destinationId });
    this.#send("ack from elsewhere", { from, to, bytes: ack });
  }

  /**
   * From now on it wants the name of whoever sent something, at whoever that went to: it joins, answers
   * joins, and lets neither hear the other. Where all keys are accepted its own are, too.
   */
  #want({ from, to, bytes }: Flight): void {
    const packet = parsePacket(bytes);
    const [name, at] = [from, to].map(({ host }) =>
      this.#world.estates.find(({ outside }) => outside.host === host)
    );
    if (packet instanceof Drop || !name || !at) return;
    this.#aimAt(name, at, packet.head.destinationId);
  }

  /** The same from the beginning: it is there before the two have met. */
  begin(): void {
    const { estates } = this.#world;
    const [name, at] = [this.#chance.pick(...estates), this.#chance.pick(...estates)];
    if (name !== at) this.#aimAt(name, at, 0);
  }

  #aimAt(name: SimEstate, at: SimEstate, known: number): void {
    const chance = this.#chance;
    if (at.traits.auto === "always") return;
    const until = this.#world.timeline.now + chance.pick(0, 3000, 12_000);
    const role = chance.pick(name.name, "evil");
    if (chance.is(0.5)) this.#impostor = new Impostor(fastCrypto, 7 + chance.below(200));
    this.#aim = { name, at, role, until };
    const destinationId = chance.pick(0, known);
    const ids = { sourceId: 7, transactionId: ++this.#salt, destinationId };
    const request = this.#impostor.join(name.name, role, ids);
    this.#send("join with its own keys", {
      from: this.#elsewhere(),
      to: at.outside,
      bytes: request,
    });
  }

  #forge(kind: number, head: Partial<Head>): Uint8Array {
    const { name } = this.#chance.pick(...this.#world.estates);
    const hasBody = kind === PacketKind.request || kind === PacketKind.response;
    const role = this.#chance.pick(name, name, "evil");
    const uid = kind === PacketKind.response ? 2 + this.#chance.below(4) : undefined;
    return forgeJoin(kind, head, hasBody ? falseBody(name, ++this.#salt, uid, role) : {});
  }

  #elsewhere(): Address {
    const { host, port } = ATTACKER;
    return { host, port: port + this.#chance.below(4) };
  }

  #somebody(): Address {
    return this.#chance.pick(...this.#world.estates).outside;
  }
}
