/**
 * Whole sessions: a peer that holds its keys and lies, and recorded sessions into which damaged copies
 * of their own datagrams are thrown.
 *
 * @module
 */
import type { Address } from "../../../src/base/address.ts";
import { RaetError } from "../../../src/base/errors.ts";
import type { Crypto } from "../../../src/crypto/port.ts";
import { loadCrypto } from "../../../src/crypto/load.ts";
import { Keep } from "../../../src/keep/keep.ts";
import type { RoadEvent } from "../../../src/road/events.ts";
import { RoadStack } from "../../../src/road/stack.ts";
import { fastCrypto } from "../../support/fast_crypto.ts";
import { MemoryStore } from "../../support/memory_store.ts";
import { bytes, readRoad } from "../../support/recordings.ts";
import { Replay } from "../../support/replay.ts";
import { Chance } from "../../sim/chance.ts";
import { Script } from "../script.ts";
import type { Target } from "../target.ts";

/** One of two estates. */
class Estate {
  readonly store = new MemoryStore();
  readonly events: RoadEvent[] = [];
  readonly handles = new Set<number>();
  stack: RoadStack;
  #starts = 0;

  constructor(
    readonly name: string,
    readonly address: Address,
    readonly isMain: boolean,
    readonly crypto: Crypto,
  ) {
    this.stack = this.start(0);
  }

  /** Starts it, or starts it anew from its keep. */
  start(now: number): RoadStack {
    const keep = new Keep(this.store, this.name);
    const chance = new Chance(this.address.port + 7 * ++this.#starts);
    if (!keep.loadLocal()) {
      keep.saveLocal({
        name: this.name,
        uid: 1,
        address: this.address,
        listenAddress: this.address,
        internalAddress: null,
        natted: null,
        fqdn: "localhost",
        dynamicIp: null,
        sessionId: 0,
        lastUid: 1,
        role: this.name,
      });
    }
    this.handles.clear();
    this.events.length = 0;
    const epoch = this.#starts.toString(16).padStart(32, "0");
    return this.stack = new RoadStack({
      local: {
        name: this.name,
        role: this.name,
        uid: 1,
        address: this.address,
        main: this.isMain,
        kind: 0,
        mutable: true,
        auto: "always",
        fqdn: "localhost",
        signSeed: new Uint8Array(32).fill(this.address.port & 255),
        boxSecret: new Uint8Array(32).fill(this.address.port + 1 & 255),
      },
      keep,
      crypto: this.crypto,
      random: (length) => chance.bytes(length),
      now,
      capabilities: { version: 1, epoch, features: ["receipts"] },
    });
  }

  /** Sends a message, if it can be taken on. */
  send(to: string, text: string, now: number): void {
    try {
      this.handles.add(this.stack.transmit({ text }, to, now, { deadline: now + 5000 }));
    } catch (error) {
      if (!(error instanceof RaetError) || error.code === "internal") throw error;
    }
  }
}

/** Ciphers of a peer that lies: what it seals and signs is damaged first, as its script says. */
class LyingCrypto implements Crypto {
  readonly name = "of a liar";
  readonly signer: Crypto["signer"];
  readonly verifier = fastCrypto.verifier;
  readonly boxPublicKey = fastCrypto.boxPublicKey;
  readonly box: Crypto["box"];
  /** how many of the next seals and signatures are of something false */
  lies = 0;

  constructor(script: Script) {
    this.signer = (seed) => {
      const honest = fastCrypto.signer(seed);
      return {
        verifyKey: honest.verifyKey,
        sign: (datagram) => {
          if (this.lies > 0 && script.next() % 2 === 0) {
            this.lies--;
            // In place, since what is signed is what is sent; the foot is yet to come.
            const damaged = script.damage(datagram.subarray(0, datagram.length - 64));
            datagram.set(damaged.subarray(0, datagram.length - 64));
          }
          return honest.sign(datagram);
        },
      };
    };
    this.box = (secret, theirs) => {
      const honest = fastCrypto.box(secret, theirs);
      return {
        seal: (plain, nonce) => {
          if (this.lies === 0 || plain.length === 0) return honest.seal(plain, nonce);
          this.lies--;
          const damaged = script.damage(plain);
          const same = new Uint8Array(plain.length); // a packet's size is settled by now
          same.set(damaged.subarray(0, plain.length));
          return honest.seal(same, nonce);
        },
        open: honest.open,
      };
    };
  }
}

const ALPHA: Address = { host: "10.0.0.1", port: 7000 };
const BETA: Address = { host: "10.0.0.2", port: 7100 };
const REMEMBERED_MAX = 64;
/** Exchanges in which two stacks that answer each other must come to rest. */
const ROUNDS_MAX = 200;

/** Two estates, one of which lies, driven by a script. */
class Session {
  readonly #script: Script;
  readonly #lying: LyingCrypto;
  readonly #alpha: Estate;
  readonly #beta: Estate;
  /** datagrams of beta, to be replayed */
  readonly #remembered: Uint8Array[] = [];
  #now = 1000;
  /** datagrams that alpha sent, and what it wrote */
  work = 0;

  constructor(input: Uint8Array) {
    this.#script = new Script(input);
    this.#lying = new LyingCrypto(this.#script);
    this.#alpha = new Estate("alpha", ALPHA, true, fastCrypto);
    this.#beta = new Estate("beta", BETA, false, this.#lying);
    this.#beta.stack.join(ALPHA, this.#now);
  }

  run(): string {
    while (this.#script.goesOn) this.#step(this.#script.next());
    this.#settle();
    const { stack } = this.#alpha;
    const remote = stack.remote("beta");
    stack.transactions(this.#now);
    stack.close(this.#now);
    this.#alpha.events.push(...stack.events());
    this.#checkOutcomes();
    this.work += this.#alpha.store.changes;
    const drops = Object.keys(stack.counters.toJSON()).filter((name) => !name.includes(" "));
    return `${remote?.state ?? "unknown"}; ${drops.join(" ")}`;
  }

  #step(op: number): void {
    const script = this.#script;
    const { stack } = this.#alpha;
    switch (op % 16) {
      case 0:
      case 1:
        return this.#settle();
      case 2:
        return this.#beta.send("alpha", "small", this.#now);
      case 3:
        return this.#beta.send("alpha", "large ".repeat(50 + 8 * script.next()), this.#now);
      case 4:
        return this.#alpha.send("beta", "small", this.#now);
      case 5:
        return this.#alpha.send("beta", "large ".repeat(50 + 8 * script.next()), this.#now);
      case 6:
        return this.#pass(script.next() * 50);
      case 7:
        return this.#begin(this.#beta, "alpha", script.next());
      case 8:
        return this.#begin(this.#alpha, "beta", script.next());
      case 9:
        return this.#toAlpha(this.#recall(), BETA);
      case 10:
        return this.#toAlpha(script.damage(this.#recall()), BETA);
      case 11:
        return this.#toAlpha(this.#recall(), { host: "10.6.6.6", port: script.next() });
      case 12:
        this.#alpha.start(this.#now);
        return;
      case 13:
        this.#beta.start(this.#now);
        this.#beta.stack.join(ALPHA, this.#now);
        return;
      case 14:
        this.#lying.lies = script.next() % 8;
        return;
      default: {
        const verb = (["accept", "reject", "accept"] as const)[script.next() % 3];
        if (stack.remote("beta")) stack.keys[verb]("beta", this.#now);
      }
    }
  }

  /** Lets both talk until none has anything to say. */
  #settle(): void {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const quiet = this.#fromBeta() + this.#fromAlpha() === 0;
      if (quiet) return;
    }
    throw new Error(`two stacks still talk after ${ROUNDS_MAX} exchanges with no time passing`);
  }

  #fromBeta(): number {
    const sent = this.#beta.stack.outgoing();
    this.#beta.stack.events();
    for (const { bytes } of sent) {
      if (this.#remembered.length < REMEMBERED_MAX) this.#remembered.push(bytes);
      this.#toAlpha(bytes, BETA);
    }
    return sent.length;
  }

  #fromAlpha(): number {
    const sent = this.#alpha.stack.outgoing();
    this.#alpha.events.push(...this.#alpha.stack.events());
    this.work += sent.length;
    for (const { bytes, to } of sent) {
      if (to.host === BETA.host) this.#beta.stack.receive(bytes, ALPHA, this.#now);
    }
    return sent.length;
  }

  #toAlpha(bytes: Uint8Array, from: Address): void {
    this.#alpha.stack.receive(bytes.slice(), from, this.#now);
  }

  #recall(): Uint8Array {
    if (this.#remembered.length === 0) return new Uint8Array(1);
    return this.#remembered[this.#script.next() % this.#remembered.length];
  }

  #begin(estate: Estate, to: string, which: number): void {
    if (!estate.stack.remote(to)) return;
    try {
      estate.stack.begin((["join", "allow", "alive"] as const)[which % 3], to, this.#now);
    } catch (error) {
      if (!(error instanceof RaetError) || error.code !== "no_estate") throw error;
    }
  }

  /** Time passes, with whatever falls due in it. */
  #pass(ms: number): void {
    const end = this.#now + ms;
    for (let turns = 0;; turns++) {
      const due = Math.min(this.#alpha.stack.deadline(), this.#beta.stack.deadline());
      if (due > end) break;
      if (turns > 20 * ROUNDS_MAX) throw new Error(`timers fell due ${turns} times in ${ms} ms`);
      this.#now = Math.max(this.#now, due);
      this.#alpha.stack.advance(this.#now);
      this.#beta.stack.advance(this.#now);
      this.#settle();
    }
    this.#now = end;
  }

  /** Every message that alpha took on has ended once. */
  #checkOutcomes(): void {
    const ended = new Map<number, number>();
    for (const event of this.#alpha.events) {
      if (event.type === "sent") ended.set(event.handle, (ended.get(event.handle) ?? 0) + 1);
    }
    for (const handle of this.#alpha.handles) {
      const times = ended.get(handle) ?? 0;
      if (times !== 1) throw new Error(`message ${handle} ended ${times} times`);
    }
  }
}

const liar: Target = {
  name: "session-liar",
  weight: 1,
  bytesMax: 120,
  workPerByte: 800,
  workAtLeast: 500,
  seeds: () =>
    [
      [0, 6, 20, 2, 0, 3, 60, 0, 4, 5, 60, 0, 6, 200],
      [0, 6, 20, 14, 7, 2, 0, 14, 7, 0, 90, 1, 3, 90, 40, 0, 6, 100],
      [14, 3, 3, 40, 7, 0, 0, 6, 200, 9, 1, 10, 2, 0, 40, 9, 11, 0, 1, 12, 0, 9, 2, 0, 6, 255],
      [0, 6, 20, 15, 1, 2, 0, 6, 60, 15, 0, 2, 0, 13, 0, 6, 60, 7, 1, 8, 1, 0, 6, 90],
    ].map((script) => Uint8Array.from(script)),
  run(input) {
    const session = new Session(input);
    return { outcome: session.run(), work: session.work };
  },
};

const RECORDINGS = [
  "join_accept",
  "join_pending_then_accept",
  "join_renew",
  "allow",
  "allow_race",
  "alive",
  "message_small",
  "message_msgpack",
  "json_head",
  "stale_nack",
] as const;

const crypto = await loadCrypto();

const recorded: Target = {
  name: "session-recorded",
  weight: 0.4,
  bytesMax: 60,
  workPerByte: 100,
  workAtLeast: 2000,
  seeds: () => RECORDINGS.map((_, i) => Uint8Array.of(i, 0, 1, 0, 10, 48, 3, 1, 20, 0, 2, 90, 49)),
  run(input) {
    const script = new Script(input);
    const [first, second] = [script.next(), script.next()];
    const name = RECORDINGS[first % RECORDINGS.length];
    const { datagrams } = readRoad(name);
    const replay = new Replay(name, second % 2 === 0 ? "main" : "other", crypto);
    const interventions: Record<number, (replay: Replay) => void> = {};
    // Before so many of its datagrams, a damaged copy of one of them.
    while (script.goesOn) {
      const at = datagrams[script.next() % datagrams.length].n;
      const copy = script.damage(bytes(datagrams[script.next() % datagrams.length].hex));
      interventions[at] = ({ stack, now }) =>
        stack.receive(copy, { host: "127.0.0.1", port: 7531 }, now);
    }
    try {
      replay.run(interventions);
    } catch (error) {
      // What the recording's user did may have become impossible: an error, but no fault.
      if (!(error instanceof RaetError) || error.code === "internal") throw error;
    }
    const same = replay.comparisons.filter(({ verdict }) => verdict === "same").length;
    const whole = same === replay.comparisons.length ? "all" : "not all";
    return { outcome: `${name}: ${whole} as recorded`, work: replay.events.length + same };
  },
};

/** All of them. */
export const SESSION_TARGETS: readonly Target[] = [liar, recorded];
