/** A router between two stacks that write down what they are given. */
import { RaetError } from "../../src/base/errors.ts";
import type { Body } from "../../src/base/value.ts";
import { Drop } from "../../src/base/drop.ts";
import {
  type Envelope,
  makeEnvelope,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";
import type { ControlCall, EstateState } from "../../src/route/ports.ts";
import type { Gate } from "../../src/route/gate.ts";
import { Router } from "../../src/route/router.ts";
import type { Triple } from "../../src/route/triple.ts";

export interface Sent {
  readonly handle: number;
  readonly to: string;
  readonly body: Body;
  readonly packing: string;
  /** the body read as an envelope */
  readonly envelope: Envelope;
  /** what the road sends at another time; undefined where that is the same */
  readonly bodyAt?: (now: number) => Body;
}

export const triple = (text: string): Triple => {
  const [estate, yard, share] = text.split("/");
  return { estate, yard, share };
};

export class RouterRig {
  readonly states = new Map<string, EstateState>();
  readonly road: Sent[] = [];
  readonly lane: Sent[] = [];
  readonly calls: ControlCall[] = [];
  /** what the manor's log and watchers were told of drops */
  readonly drops: { reason: string; from: string; detail: string }[] = [];
  readonly router: Router;
  /** how long yards have been on the lane, where that is not for long; null for those that are not there */
  readonly ages = new Map<string, number | null>();
  /** how often it was asked for one */
  agesAsked = 0;
  /** yards whose lane takes no more */
  readonly fullYards = new Set<string>();
  /** what yards have not read of what they were given, bytes */
  readonly unread = new Map<string, number>();
  /** estates that the road was told to look for, one for each message */
  readonly sought: string[] = [];
  refuseRoad: RaetError | null = null;
  now = 1000;
  #handle = 0;
  #id = 0;

  constructor(shares?: ReadonlyMap<string, number>, gate?: Gate) {
    this.router = new Router({
      estate: "alpha",
      shares,
      gate,
      random: (length) => new Uint8Array(length).fill(++this.#id),
      ports: {
        road: {
          state: (estate) => this.states.get(estate) ?? { is: "unknown", why: "never heard of it" },
          seek: (estate) => this.sought.push(estate),
          transmit: (body, estate, packing, _deadline, bodyAt) => {
            if (this.refuseRoad) throw this.refuseRoad;
            return this.#note(this.road, body, estate, packing, bodyAt);
          },
        },
        lane: {
          transmit: (body, yard, packing) => {
            if (this.fullYards.has(yard)) throw new RaetError("queue_full", "its queue is full");
            return this.#note(this.lane, body, yard, packing);
          },
          ageMs: (yard) => {
            this.agesAsked++;
            return this.ages.has(yard) ? this.ages.get(yard)! : Infinity;
          },
          unread: (yard) => this.unread.get(yard) ?? 0,
        },
        control: (call) => this.calls.push(call),
        dropped: (reason, from, detail) => this.drops.push({ reason, from, detail }),
      },
    });
  }

  id(n: number): string {
    return n.toString(16).padStart(32, "0");
  }

  /** A message from a yard of ours. */
  send(yard: string, to: string, n: number, more: Partial<Envelope> = {}): void {
    const source = { estate: "", yard, share: "inbox" };
    this.router.fromLane(
      yard,
      packEnvelope(makeEnvelope({
        source,
        destination: triple(to),
        id: this.id(n),
        wants: true,
        ttlMs: 5000,
        payload: { n },
        ...more,
      })),
      this.now,
    );
    this.router.flush(this.now);
  }

  /** A message from an estate of ours. */
  receive(estate: string, to: string, n: number, more: Partial<Envelope> = {}): void {
    const source = { estate, yard: "far", share: "inbox" };
    this.router.fromRoad(
      estate,
      packEnvelope(makeEnvelope({
        source,
        destination: triple(to),
        id: this.id(n),
        wants: true,
        ttlMs: 5000,
        payload: { n },
        ...more,
      })),
      this.now,
    );
    this.router.flush(this.now);
  }

  /** A yard acknowledges, or fails, what it was given. */
  acknowledge(yard: string, ...ids: string[]): void {
    const source = { estate: "", yard, share: "inbox" };
    const result = { status: "delivered" } as const;
    this.router.fromLane(
      yard,
      packEnvelope(makeEnvelope({ source, answers: ids, result })),
      this.now,
    );
    this.router.flush(this.now);
  }

  /** An estate says what became of messages. */
  receipt(estate: string, ids: string[], result: Envelope["result"]): void {
    const source = { estate, yard: "", share: "" };
    this.router.fromRoad(
      estate,
      packEnvelope(makeEnvelope({ source, answers: ids, result })),
      this.now,
    );
    this.router.flush(this.now);
  }

  advance(ms: number): void {
    this.now += ms;
    this.router.advance(this.now);
  }

  ready(estate: string, epoch: string): void {
    this.states.set(estate, { is: "ready", ours: epoch !== "", epoch });
    this.router.estateReady(estate, epoch, this.now);
  }

  /** Takes out what went to the lane, each marked as sent. */
  takeLane(): Sent[] {
    const sent = this.lane.splice(0);
    for (const { handle } of sent) this.router.laneSent(handle, this.now);
    return sent;
  }

  takeRoad(): Sent[] {
    return this.road.splice(0);
  }

  /** The outcomes that a yard was told: id's number and status or code. */
  told(yard: string): string[] {
    return this.takeLane().filter((sent) => sent.to === yard && sent.envelope.answers.length > 0)
      .flatMap(({ envelope }) =>
        envelope.answers.map((id) => {
          const result = envelope.result!;
          return `${parseInt(id, 16)} ${result.status === "failed" ? result.code : result.status}`;
        })
      );
  }

  #note(
    list: Sent[],
    body: Body,
    to: string,
    packing: string,
    bodyAt?: (now: number) => Body,
  ): number {
    const handle = ++this.#handle;
    const envelope = readEnvelope(body);
    if (envelope instanceof Drop) throw new Error(`the router made a bad body: ${envelope.reason}`);
    list.push({ handle, to, body, packing, envelope, bodyAt });
    return handle;
  }
}
