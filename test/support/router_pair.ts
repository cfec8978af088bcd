/** Two routers, alpha and beta, each with a disk; the road between them does as it is told. */
import type { Body } from "../../src/base/value.ts";
import { Drop } from "../../src/base/drop.ts";
import {
  type Envelope,
  makeEnvelope,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";
import { failure, type Result } from "../../src/route/outcome.ts";
import type { MessageKey } from "../../src/route/control.ts";
import type { EstateState } from "../../src/route/ports.ts";
import { Router } from "../../src/route/router.ts";
import { MemoryDurableStore } from "./memory_durable_store.ts";
import { triple } from "./router_rig.ts";

/** A message on the road. */
export interface Flight {
  readonly from: Side;
  readonly handle: number;
  readonly body: Body;
  readonly envelope: Envelope;
  /** when the road gives it up */
  readonly deadline: number;
  /** its body as it is if it is sent later */
  readonly bodyAt?: (now: number) => Body;
}

/** What a yard was given. */
export interface Given {
  readonly yard: string;
  readonly id: string;
  readonly n: number;
  readonly envelope: Envelope;
  /** what its lane calls it */
  readonly handle: number;
}

/** One manor. */
export class Side {
  readonly store = new MemoryDurableStore();
  readonly warnings: string[] = [];
  /** what processes of it were given, in order */
  given: Given[] = [];
  /** what they were told of messages: `3 stored`, `3 delivered` */
  told: string[] = [];
  router!: Router;
  epoch = "";
  features: string[] = ["receipts", "ordered", "durable"];
  /** how long yards have been on its lane, where that is not for long */
  readonly ages = new Map<string, number>();
  /** how often its router asked how an estate stands */
  looks = 0;
  /** estates that its road was told to look for, one for each message */
  readonly sought: string[] = [];
  /** while true a rule of it lets nothing new through */
  denies = false;
  /** how the other estate stands with it, where the road between them does not say that */
  state: EstateState | null = null;
  /** how far its date is ahead from the next run on */
  aheadMs = 0;
  #handle = 0;
  #runs = 0;

  constructor(readonly pair: RouterPair, readonly name: "alpha" | "beta") {
    this.start();
  }

  get other(): Side {
    return this.name === "alpha" ? this.pair.beta : this.pair.alpha;
  }

  /** Begins a run: what was in memory is gone, what was committed is there. */
  start(): void {
    this.epoch = `${this.name}-${++this.#runs}`;
    const { aheadMs } = this;
    let drawn = 0;
    // No run draws what one before has drawn.
    const random = (length: number) => {
      const n = ++drawn;
      return Uint8Array.from({ length }, (_, i) => i < 4 ? n >> (8 * i) : this.#runs);
    };
    this.router = new Router({
      estate: this.name,
      random,
      gate: {
        denial: () => this.denies ? { result: failure("denied", "by a rule"), detail: "" } : null,
      },
      durable: {
        store: this.store,
        dateAt: (now) => 1_700_000_000_000 + aheadMs + now,
        bounds: { messagesMax: 1000, bytesMax: 1_000_000 },
      },
      ports: {
        road: {
          state: (estate) => this.#state(estate),
          seek: (estate) => this.sought.push(estate),
          transmit: (body, _estate, _packing, deadline, bodyAt) => {
            const handle = ++this.#handle;
            const envelope = read(body);
            this.pair.road.push({ from: this, handle, body, envelope, deadline, bodyAt });
            return handle;
          },
        },
        lane: {
          transmit: (body, yard) => this.#toYard(body, yard),
          ageMs: (yard) => this.ages.get(yard) ?? Infinity,
        },
        control: () => {},
        warn: (error) => this.warnings.push(error.message),
      },
    });
    this.router.durable!.begin(this.pair.now);
  }

  /** @param holds durable messages of the other estate, by their ids, or of any */
  attach(yard: string, ...holds: (string | MessageKey)[]): void {
    const has = holds.map((id) => typeof id === "string" ? { estate: this.other.name, id } : id);
    this.router.attach(yard, this.pair.now, has, true);
  }

  claim(yard: string, share = "jobs"): void {
    if (!this.router.isAttached(yard)) this.attach(yard);
    this.router.claim(share, yard, false, this.pair.now);
    this.router.flush(this.pair.now);
  }

  send(yard: string, to: string, n: number, more: Partial<Envelope> = {}): void {
    this.put(yard, to, n, more);
    this.router.flush(this.pair.now);
  }

  /** Sends a message that others of the same batch follow. */
  put(yard: string, to: string, n: number, more: Partial<Envelope> = {}): void {
    this.router.fromLane(
      yard,
      packEnvelope(makeEnvelope({
        source: { estate: "", yard, share: "inbox" },
        destination: triple(to),
        id: idOf(n),
        wants: true,
        payload: { n },
        ...more,
      })),
      this.pair.now,
    );
  }

  /**
   * A process acknowledges what it was given, durable as it was or not.
   *
   * @param isAlone whether nothing of the same batch follows
   */
  acknowledge(
    yard: string,
    n: number,
    from: string,
    result: Result = { status: "delivered" },
    durable = true,
    isAlone = true,
  ): void {
    this.router.fromLane(
      yard,
      packEnvelope(makeEnvelope({
        source: { estate: "", yard, share: "inbox" },
        destination: { estate: from, yard: "", share: "" },
        answers: [idOf(n)],
        durable,
        result,
      })),
      this.pair.now,
    );
    if (isAlone) this.router.flush(this.pair.now);
  }

  leave(yard: string): void {
    this.router.yardLeft(yard, this.pair.now);
    this.pair.advance(100);
  }

  takeGiven(): number[] {
    return this.given.splice(0).map(({ n }) => n);
  }

  takeTold(): string[] {
    return this.told.splice(0);
  }

  #state(estate: string): EstateState {
    this.looks++;
    if (estate !== this.other.name) return { is: "unknown", why: `no estate "${estate}" is known` };
    if (this.state) return this.state;
    if (!this.pair.isUp) return { is: "away" };
    return { is: "ready", ours: true, epoch: this.other.epoch, features: this.other.features };
  }

  #toYard(body: Body, yard: string): number {
    const handle = ++this.#handle;
    const envelope = read(body);
    const { answers, note, result, payload, id } = envelope;
    if (answers.length > 0) {
      const word = note ?? (result!.status === "failed" ? result!.code : result!.status);
      for (const of of answers) this.told.push(`${parseInt(of, 16)} ${word}`);
    } else {
      const { n } = payload as { n: number };
      this.given.push({ yard, id, n, envelope, handle });
    }
    this.pair.later.push(() => this.router.laneSent(handle, this.pair.now));
    return handle;
  }
}

/** Both, and the road. */
export class RouterPair {
  now = 1000;
  isUp = true;
  road: Flight[] = [];
  /** arrived, but their done was lost: their sender's road goes on with them */
  undone: Flight[] = [];
  later: (() => void)[] = [];
  readonly alpha: Side;
  readonly beta: Side;

  constructor() {
    this.alpha = new Side(this, "alpha");
    this.beta = new Side(this, "beta");
    for (const side of [this.alpha, this.beta]) this.#ready(side);
  }

  /** Lets all arrive that is on the road, and all that follows from it. */
  run(): void {
    for (let rounds = 0; rounds < 1000; rounds++) {
      for (const call of this.later.splice(0)) call();
      this.flush();
      for (const { from, handle } of this.undone.splice(0)) {
        from.router.roadSent(handle, { status: "acknowledged" }, this.now);
      }
      this.flush();
      const flights = this.road.splice(0);
      if (flights.length === 0 && this.later.length === 0) return;
      for (const flight of flights) this.arrive(flight);
    }
    throw new Error("it does not come to rest");
  }

  /** One arrives, and its done comes back unless that is lost. */
  arrive(flight: Flight, isDoneLost = false): void {
    const { from, handle, body } = flight;
    from.other.router.fromRoad(from.name, body, this.now);
    from.other.router.flush(this.now);
    if (isDoneLost) this.undone.push(flight);
    else from.router.roadSent(handle, { status: "acknowledged" }, this.now);
    this.flush();
  }

  /** One that has not been sent yet is sent in the next session. */
  arriveLater(flight: Flight): void {
    this.arrive({ ...flight, body: flight.bodyAt?.(this.now) ?? flight.body });
  }

  /** All that is on the road is lost for good, as with the end of a session. */
  lose(): number {
    const lost = this.road.splice(0);
    for (const { from, handle } of lost) {
      from.router.roadSent(handle, failure("outcome_unknown", "it was lost"), this.now);
    }
    return lost.length;
  }

  /** The other side says nothing for so long: the road gives up what has no time left, and keeps the rest. */
  cut(ms: number): void {
    const end = this.now + ms;
    const next = () => Math.min(...this.road.map(({ deadline }) => deadline));
    for (let at = next(); at <= end; at = next()) {
      this.advance(at - this.now);
      const over = this.road.filter(({ deadline }) => deadline <= this.now);
      this.road = this.road.filter((flight) => !over.includes(flight));
      for (const { from, handle } of over) {
        from.router.roadSent(handle, failure("outcome_unknown", "its time ran out"), this.now);
      }
      this.flush();
    }
    this.advance(end - this.now);
  }

  flush(): void {
    for (const side of [this.alpha, this.beta]) side.router.flush(this.now);
  }

  advance(ms: number): void {
    this.now += ms;
    for (const side of [this.alpha, this.beta]) side.router.advance(this.now);
  }

  /** Time passes as deadlines come due, in steps. */
  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.advance(Math.min(100, end - this.now));
      this.run();
    }
  }

  /** A manor is killed and started again. What was on the road goes with its session. */
  restart(name: "alpha" | "beta"): void {
    const side = this[name];
    const other = side.other;
    const lost = [...this.road.splice(0), ...this.undone.splice(0)];
    this.later = [];
    side.start();
    for (const { from, handle } of lost) {
      if (from !== other) continue;
      other.router.roadSent(handle, failure("outcome_unknown", "it was started anew"), this.now);
    }
    this.meet();
  }

  /** A session begins. */
  meet(): void {
    this.isUp = true;
    for (const side of [this.alpha, this.beta]) this.#ready(side);
  }

  /** They lose sight of each other; what was on the road is sent again later. */
  part(): void {
    this.isUp = false;
    for (const side of [this.alpha, this.beta]) {
      side.router.estateChanged(side.other.name, this.now);
    }
    this.flush();
  }

  #ready(side: Side): void {
    side.router.estateReady(side.other.name, side.other.epoch, this.now);
    side.router.flush(this.now);
  }
}

/** A pair with a process at each: `a` of alpha sends, `worker` of beta claims the share `jobs`. */
export function pairWithWorker(): RouterPair {
  const pair = new RouterPair();
  pair.alpha.attach("a");
  pair.beta.claim("worker");
  return pair;
}

/** The id of the n-th message. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, "0");
}

function read(body: Body): Envelope {
  const envelope = readEnvelope(body);
  if (envelope instanceof Drop) throw new Error(`a router made a bad body: ${envelope.reason}`);
  return envelope;
}
