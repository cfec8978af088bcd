/**
 * An estate of the simulation: the real manor on a disk, a socket and a lane that are simulated, with
 * the processes of its host. It is started as `src/manor/open.ts` starts one.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { LaneEndpoint } from "../../src/io/lane_endpoint.ts";
import type { AutoMode } from "../../src/keep/judge.ts";
import { Keep } from "../../src/keep/keep.ts";
import { yardPath } from "../../src/lane/paths.ts";
import { planEstate, settleEstate } from "../../src/manor/estate.ts";
import { Manor } from "../../src/manor/manor.ts";
import type { ManorOptions } from "../../src/manor/options.ts";
import { LANE_NAME, MANOR_YARD } from "../../src/route/triple.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { MemoryDurableStore } from "../support/memory_durable_store.ts";
import type { Chance } from "./chance.ts";
import type { ManorFacts } from "./checkers.ts";
import { PowerLoss, SimDisk } from "./disk.ts";
import { SimDurableStore } from "./durable_disk.ts";
import { HostClock } from "./host_clock.ts";
import { SimLane } from "./lane.ts";
import { SimSocket } from "./network.ts";
import { SimProcess } from "./process.ts";
import type { World } from "./world.ts";

/** What an estate is like. */
export interface EstateTraits {
  readonly name: string;
  readonly main: boolean;
  readonly auto: AutoMode;
  readonly join: readonly Address[];
  readonly alivePeriodMs: number;
  readonly keepFormat: "json" | "msgpack";
  readonly shares: ReadonlyMap<string, number>;
  /** how many durable messages wait on each side at the most; 0 where none are kept */
  readonly durableMessages: number;
}

/** What operators made of a role's key. */
type Decision = "accepted" | "rejected" | "none" | "unsure";

/** An estate and its host. */
export class SimEstate {
  readonly disk = new SimDisk();
  /** What of durable messages is on it. */
  readonly durables = new MemoryDurableStore();
  readonly clock: HostClock;
  readonly lane = new SimLane();
  /** Where its lane's sockets are. */
  readonly folder: string;
  /** What the operators here decided, by role. */
  readonly decisions = new Map<string, Decision>();
  /** Fingerprint of its own keys, once it has some. */
  fingerprint = "";
  /** When a process of this host was last killed. */
  yardKilledAt = -Infinity;
  /** Estates that had a session with it, which is on its disk, since operators last decided about them. */
  readonly #met = new Set<string>();
  /** When they did. */
  readonly #decidedAt = new Map<string, number>();
  manor: Manor | null = null;
  process: SimProcess | null = null;
  /** How often its manor was started. */
  runs = 0;
  /** Those runs that refused messages for want of room, and were killed. */
  readonly refusing = new Set<number>();
  socket: SimSocket | null = null;
  /** Whether it is not started whoever wants it. */
  staysDown = false;
  /** Where others reach it. */
  outside: Address;
  readonly #chance: Chance;

  constructor(
    readonly world: World,
    readonly traits: EstateTraits,
    readonly inside: Address,
    chance: Chance,
  ) {
    this.#chance = chance;
    this.clock = new HostClock(chance);
    this.outside = inside;
    this.folder = `/lane/${traits.name}`;
    this.disk.onPowerLoss = () => world.powerOff(this);
  }

  get name(): string {
    return this.traits.name;
  }

  /** The socket of the manor's yard. */
  get manorPath(): string {
    return yardPath(this.folder, LANE_NAME, MANOR_YARD);
  }

  /** Whether its manor runs. */
  get isUp(): boolean {
    return this.process?.alive === true;
  }

  /** Until when its processes may have been taken to be gone, as its manor was not there or jumped in time. */
  get awayUntil(): number {
    return this.clock.awayUntil;
  }

  /** Starts its manor, on what is on its disk. */
  start(): void {
    if (this.isUp || this.staysDown) return;
    const { world, traits, disk, inside } = this;
    const process = new SimProcess(world, `${this.name} manor`, this.#chance.branch(), this.clock);
    this.process = process;
    this.runs++;
    disk.restart();
    const options: ManorOptions = {
      ...traits,
      home: `/home/${this.name}`,
      listen: inside,
      log: world.log,
      onEvent: (event) => {
        if (event.event === "ready") this.fingerprint = event.fingerprint;
        const text = "message" in event ? event.message : "";
        const who = "estate" in event ? event.estate : "";
        world.timeline.note(`  ${this.name}: ${event.event} ${who} ${text}`);
        if (event.event === "warning" && text.includes("fault") && !disk.full) {
          if (process.alive) world.fail("no faults", `${this.name} says: ${text}`);
        }
      },
    };
    try {
      const keep = new Keep(disk, this.name, traits.keepFormat);
      const plan = planEstate(keep, this.name, options);
      const random = this.#chance.bytes;
      const local = settleEstate(keep, plan, inside, options, {
        crypto: fastCrypto,
        random,
        date: process.date(),
        hostName: "localhost",
      });
      const socket = new SimSocket(world.network, process, inside, this.outside, {
        onDatagram: (bytes, from) => manor.onDatagram(bytes, from),
        onBatch: () => manor.onBatch(),
        onError: (error) => manor.warn("the road", error),
      });
      world.network.bind(socket);
      this.socket = socket;
      const manor = new Manor({
        options,
        home: {
          root: options.home,
          config: "",
          keep: "",
          lane: this.folder,
          durable: "",
          lock: "",
        },
        clock: process,
        random,
        crypto: fastCrypto,
        keep,
        local,
        socket,
        durable: traits.durableMessages > 0
          ? new SimDurableStore(this.durables, disk, process)
          : undefined,
        resolve: () => Promise.resolve(null),
        openLane: (handlers) =>
          LaneEndpoint.open({
            lane: LANE_NAME,
            yard: MANOR_YARD,
            directory: this.folder,
            clock: process,
            random,
            host: this.lane.hostFor(process),
            ...handlers,
          }),
        release: () => this.#released(process),
      });
      this.manor = manor;
      void manor.start().catch((error) => world.uncaught(process, error));
    } catch (error) {
      if (error instanceof PowerLoss) return;
      this.kill();
      // A start on a full disk says so and ends; it is started again.
      if (!disk.full) world.uncaught(process, error);
    }
  }

  /** Ends its manor at once, as kill -9 or a loss of power does. */
  kill(): void {
    const { process } = this;
    if (!process?.alive) return;
    if (this.manor?.snapshot().stats.router.queue_full) this.refusing.add(this.runs);
    process.kill();
    this.disk.stop();
    this.lane.killed(process);
    if (this.socket) this.world.network.unbind(this.socket);
    this.manor = null;
  }

  /** Ends its manor as a signal does. */
  close(): void {
    const { process, manor } = this;
    if (process?.alive && manor) {
      manor.close(2000).catch((error) => this.world.uncaught(process, error));
    }
  }

  /** Others reach it elsewhere from now on. */
  move(outside: Address): void {
    this.outside = outside;
    if (this.isUp && this.socket) this.world.network.move(this.socket, outside);
  }

  /** An operator decides about a key, or begins to. */
  decide(role: string, decision: Decision): void {
    this.decisions.set(role, decision);
    this.#met.delete(role);
    this.#decidedAt.set(role, this.world.timeline.now);
  }

  /** An operator wrote down the true key of another before that ever came. */
  trust(role: string): void {
    this.decisions.set(role, "accepted");
    if (this.traits.auto !== "always") this.#met.add(role);
  }

  /** When an operator here last decided about a key. */
  decidedAt(role: string): number {
    return this.#decidedAt.get(role) ?? -Infinity;
  }

  /** Whether it may have a session with an estate now. */
  mayTrust(name: string): boolean {
    if (!this.world.estates.some((estate) => estate.name === name)) return false;
    // In that mode a key is accepted whatever an operator said of it before (protocol.md 2).
    if (this.traits.auto === "always") return true;
    const decision = this.decisions.get(name) ?? "none";
    if (decision === "none") return this.traits.auto !== "never";
    return decision !== "rejected";
  }

  /**
   * Others that nobody can take the place of by now: they showed their keys, and that is on disk. Where all
   * keys are accepted there are none.
   */
  get met(): ReadonlySet<string> {
    return this.#met;
  }

  #meet(estates: ManorFacts["estates"]): void {
    if (this.traits.auto === "always") return;
    for (const { name, state } of estates) {
      if (state !== "allowed" || this.#met.has(name)) continue;
      // A call that was never answered may still be carried out.
      if (this.decisions.get(name) === "unsure") continue;
      if (this.hasProven(name)) this.#met.add(name);
    }
  }

  /** Whether another showed its keys, and that is on disk. */
  hasProven(name: string): boolean {
    const keep = new Keep(this.disk, this.name, this.traits.keepFormat);
    return keep.loadPeer(name)?.proven === true;
  }

  /** What checkers look at. */
  facts(): ManorFacts | null {
    if (!this.isUp || !this.manor) return null;
    const { estates, shares, yards, durable } = this.manor.census();
    this.#meet(estates);
    return {
      name: this.name,
      estates,
      shares,
      yards,
      durable: durable ? { ...durable, max: this.traits.durableMessages } : null,
      open: this.manor.open,
      mayTrust: (name) => this.mayTrust(name),
      met: this.#met,
    };
  }

  #released(process: SimProcess): void {
    process.kill();
    this.lane.killed(process);
    if (this.process === process) this.manor = null;
  }
}
