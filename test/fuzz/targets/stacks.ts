/**
 * The lane stack and the router, given series of pages and messages.
 *
 * @module
 */
import { concatBytes } from "../../../src/base/bytes.ts";
import { Drop } from "../../../src/base/drop.ts";
import type { Body } from "../../../src/base/value.ts";
import { LaneStack } from "../../../src/lane/stack.ts";
import { readCall } from "../../../src/manor/arguments.ts";
import { RaetError } from "../../../src/base/errors.ts";
import { makeEnvelope, packEnvelope, readEnvelope } from "../../../src/route/envelope.ts";
import { packBody, unpackBody } from "../../../src/wire/body.ts";
import { BodyKind } from "../../../src/wire/kinds.ts";
import { RouterRig, triple } from "../../support/router_rig.ts";
import { form, sizeOf, type Target } from "../target.ts";
import { lanePages } from "./seeds.ts";

/** Several datagrams as one input: two bytes of length before each. */
function series(...parts: Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [
    Uint8Array.of(part.length >> 8, part.length & 255),
    part,
  ]));
}

function* partsOf(input: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + 2 <= input.length;) {
    const length = input[at] << 8 | input[at + 1];
    yield input.slice(at + 2, at + 2 + length);
    at += 2 + length;
  }
}

const lane: Target = {
  name: "lane",
  weight: 6,
  bytesMax: 3000,
  workPerByte: 3,
  workAtLeast: 100,
  seeds: () => {
    const pages = lanePages();
    return pages.map((page, i) => series(page, pages[(i + 1) % pages.length], page));
  },
  words: ["\x00\x40", "pn 0001\n", "pc 0002\n", "sn serf\n", "dn lord\n", "bi 1\n"],
  run(input) {
    const stack = new LaneStack({
      lane: "cherry",
      yard: "lord",
      directory: "/lane",
      random: (length) => new Uint8Array(length),
    });
    let now = 0;
    for (const page of partsOf(input)) {
      stack.receive(page, "/lane/cherry.serf.uxd", now += 10);
      stack.flush(() => "sent", now);
    }
    stack.advance(now + 10_000);
    const events = stack.events();
    stack.close();
    const drops = Object.keys(stack.counters.toJSON()).join(" ");
    const work = events.reduce(
      (sum, event) => sum + (event.type === "message" ? sizeOf(event.body) : 1),
      0,
    );
    return { outcome: `${events.filter(({ type }) => type === "message").length}; ${drops}`, work };
  },
};

const id = (n: number) => n.toString(16).padStart(32, "0");

function envelopes(): Uint8Array[] {
  const base = {
    source: triple("beta/w/"),
    destination: triple("alpha//jobs"),
    id: id(1),
    wants: true,
  };
  const failed = { status: "failed", code: "no_yard", message: "gone" } as const;
  return [
    base,
    { ...base, destination: triple("alpha/y1/jobs"), job: id(5), ttlMs: 100, type: "cmd" },
    { ...base, id: id(2), answers: [id(100), id(1)], result: failed, wants: false },
    { ...base, destination: triple("beta//jobs"), source: triple("/y1/inbox") },
    {
      ...base,
      destination: triple("//.control"),
      payload: { verb: "claim", args: { share: "jobs" } },
    },
    { ...base, destination: triple("gamma//x"), hops: 3, payload: [1, 2, 3] },
  ].map((known) => packBody(BodyKind.msgpack, packEnvelope(makeEnvelope(known))));
}

const router: Target = {
  name: "router",
  weight: 8,
  bytesMax: 2000,
  workPerByte: 10,
  workAtLeast: 500,
  seeds: () => {
    const bodies = envelopes();
    return [...bodies.map((body) => series(body, body)), series(...bodies)];
  },
  words: [
    "\xa2id",
    "\xa2of",
    "\xa5ttlMs",
    "\xa4type",
    "\xa3src",
    "\xa3dst",
    "\xa4want\xc3",
    "\xa3job",
    "\xa4hops",
  ],
  run(input) {
    const rig = new RouterRig(new Map([["jobs", 3]]));
    rig.states.set("beta", { is: "ready", ours: true, epoch: "e" });
    rig.router.attach("y1", rig.now);
    let n = 0;
    let outcome = "";
    for (const bytes of partsOf(input)) {
      const body = unpackBody(BodyKind.msgpack, bytes);
      if (body instanceof Drop) continue;
      const read = readEnvelope(body);
      outcome = read instanceof Drop ? form(read.detail) : "read";
      if (!(read instanceof Drop)) checkCall(read.payload as Body);
      if (n++ % 2 === 0) rig.router.fromRoad("beta", body, rig.now);
      else rig.router.fromLane("y1", body, rig.now);
      rig.router.hasRoom("beta", body);
      rig.router.flush(rig.now += 20);
    }
    rig.router.advance(rig.now + 1e9);
    rig.router.close(rig.now + 1e9);
    if (rig.router.open !== 0) throw new Error(`${rig.router.open} messages never ended`);
    const counts = Object.keys(rig.router.counters.toJSON()).join(" ");
    return { outcome: `${outcome}; ${counts}`, work: rig.road.length + rig.lane.length };
  },
};

function checkCall(payload: Body): void {
  try {
    readCall(payload);
  } catch (error) {
    if (!(error instanceof RaetError) || error.code !== "usage") throw error;
  }
}

/** All of them. */
export const STACK_TARGETS: readonly Target[] = [lane, router];
