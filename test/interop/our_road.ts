/**
 * Drives a road stack of ours over a real socket and a real keep, as a manor does.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { loadCrypto } from "../../src/crypto/load.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { systemRandom } from "../../src/io/random.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { Keep } from "../../src/keep/keep.ts";
import { planEstate, settleEstate, systemWorld } from "../../src/manor/estate.ts";
import { systemClock } from "../../src/io/clock.ts";
import { RoadDriver } from "../../src/manor/road_driver.ts";
import { RoadStack } from "../../src/road/stack.ts";
import type { RemoteView, RoadEvent } from "../../src/road/events.ts";
import {
  type Arguments,
  emit,
  emitOutcome,
  emitRaised,
  emitReceived,
  type Handles,
  serve,
  transmitSeries,
} from "./our_driver.ts";

const handles: Handles = new Map();
const drops: Record<string, number> = {};
const now = () => performance.now();
let stack: RoadStack;
let driver: RoadDriver;
let known = "";

/** Opens the keep, or makes it, and starts. */
async function start(args: Arguments): Promise<void> {
  const directory = String(args.dir);
  const main = args.main === true;
  const body = args.body as "json" | "msgpack";
  const crypto = await loadCrypto();
  const store = new FolderStore(dirname(directory));
  const keep = new Keep(store, basename(directory), args.keep as "json" | "msgpack");
  const options = {
    home: directory,
    name: String(args.name),
    main,
    auto: args.auto as "never" | "once" | "always",
    listen: { host: "127.0.0.1", port: Number(args.port) },
  };
  const plan = planEstate(keep, options.name, options);
  const socket = await UdpSocket.open(plan.listen, {
    onDatagram: (datagram, from) => driver?.receive(datagram, from),
    onBatch: () => driver?.pump(),
    onError: emitRaised,
  });
  const local = settleEstate(keep, plan, socket.address, options, systemWorld(crypto));
  stack = new RoadStack({
    local,
    keep,
    crypto,
    random: systemRandom,
    now: now(),
    settings: { bodyKind: body, headKind: args.head as "raet" | "json", trace: true },
    capabilities: { version: 1, epoch: "0".repeat(32), features: [] },
  });
  driver = new RoadDriver(stack, socket, systemClock, { onEvent, onBatch: tellRemotes, onError });
  driver.pump();
  emit("ready", { address: [socket.address.host, socket.address.port] });
}

function onError(error: unknown): never {
  throw error;
}

function onEvent(event: RoadEvent): void {
  if (event.type === "message") emitReceived(event.estate, event.body);
  if (event.type === "sent") emitOutcome(handles, event.handle, event.outcome);
  if (event.type === "dropped") drops[event.reason] = (drops[event.reason] ?? 0) + 1;
}

/** Tells how we stand with each remote, if that changed. */
function tellRemotes(): void {
  const remotes = stack.remotes().map((remote: RemoteView) => ({
    name: remote.name,
    joined: remote.state === "joined" || remote.state === "allowed",
    allowed: remote.state === "allowed",
    alived: remote.alive,
    acceptance: remote.state === "pending" ? 0 : 1,
  }));
  const text = JSON.stringify(remotes);
  if (text !== known) emit("remotes", { remotes });
  known = text;
}

await serve({
  start,
  join: (args) => {
    stack.join({ host: String(args.host), port: Number(args.port) }, now());
    driver.pump();
  },
  transmit: (args) => {
    const bodyKind = args.bytes ? "msgpack" : undefined;
    transmitSeries(
      args,
      handles,
      (body) => stack.transmit(body, String(args.to), now(), bodyKind && { bodyKind }),
    );
    driver.pump();
  },
  accept: (args) => {
    stack.keys.accept(String(args.name), now());
    driver.pump();
  },
  reject: (args) => {
    stack.keys.reject(String(args.name), now());
    driver.pump();
  },
  stats: () => emit("stats", { stats: drops }),
});
