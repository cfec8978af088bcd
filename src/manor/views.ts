/**
 * What a manor is and knows at this moment, as its processes, its operators and its metrics see it.
 *
 * @module
 */
import process from "node:process";
import { type Address, formatAddress, sameAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import type { Clock } from "../io/clock.ts";
import type { UdpSocket } from "../io/udp.ts";
import type { LocalEstate } from "../road/options.ts";
import type { RoadStack } from "../road/stack.ts";
import type {
  AttachView,
  DurableLoad,
  EstateView,
  HealthView,
  StatsView,
} from "../route/control.ts";
import type { EstateState } from "../route/ports.ts";
import type { Router } from "../route/router.ts";
import type { LocalYards } from "./local_yards.ts";
import { estateState, estateView } from "./presence.ts";

/** What is looked at. */
export interface ViewParts {
  readonly local: LocalEstate;
  readonly socket: Pick<UdpSocket, "address" | "counters">;
  /** random text of this run */
  readonly epoch: string;
  readonly clock: Clock;
  /** on that clock */
  readonly startedAt: number;
  readonly road: RoadStack;
  readonly router: Router;
  readonly yards: LocalYards;
}

/** Views of one manor. */
export class ManorViews {
  readonly #parts: ViewParts;
  /** what the date was when the clock stood at 0 */
  readonly #dateAtStart: number;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.#dateAtStart = parts.clock.date() - parts.clock.now();
  }

  /** Who the manor is. */
  introduce(): AttachView {
    const { local, socket, epoch } = this.#parts;
    const address = formatAddress(socket.address);
    return { estate: local.name, role: local.role, address, epoch, version: 1 };
  }

  /** Every counter. */
  stats(): StatsView {
    const { local, startedAt, road, router, socket } = this.#parts;
    return {
      estate: local.name,
      upMs: Math.round(this.#parts.clock.now() - startedAt),
      road: road.counters.toJSON(),
      lane: this.#parts.yards.counters?.toJSON() ?? {},
      router: router.counters.toJSON(),
      socket: socket.counters.toJSON(),
      durable: this.durable(),
    };
  }

  /** How much is durable and has no outcome; null where nothing can be. */
  durable(): DurableLoad | null {
    const load = this.#parts.router.durable?.load;
    return load ? { out: { ...load.out }, in: { ...load.in } } : null;
  }

  /** Whether it can do its work. @param fault what keeps it from that */
  health(fault: string | null): HealthView {
    const date = this.#parts.clock.date() - this.#parts.clock.now();
    return { fault, pid: process.pid, clockStepMs: Math.round(date - this.#dateAtStart) };
  }

  /** The estates that are known. */
  estates(): EstateView[] {
    const { road, router } = this.#parts;
    return road.remotes().map((remote) => estateView(remote, router.waitingFor(remote.name)));
  }

  /** The yards of the lane and of this process. */
  yards(): { name: string; queued: number }[] {
    return this.#parts.yards.rows();
  }

  /** How an estate stands as far as sending to it goes. */
  estateState(estate: string): EstateState {
    const { road } = this.#parts;
    const remote = road.remote(estate);
    const pending = remote
      ? undefined
      : road.remotes().find((other) => other.name === "" && other.state === "pending");
    return estateState(estate, remote, pending ? formatAddress(pending.address) : "");
  }

  /** Makes sure that an estate can be asked whether it is alive. @throws {RaetError} */
  checkPingable(estate: string): void {
    const state = this.estateState(estate);
    if (state.is === "unknown") throw new RaetError("no_estate", state.why);
    if (state.is === "refused" || state.is === "rejected") throw new RaetError(state.is, state.why);
    if (this.#parts.road.remote(estate)?.state === "joining") {
      throw new RaetError("refused", `estate "${estate}" is not joined yet: expected one that is`);
    }
  }

  /** Whether an estate at an address is alive. */
  isAlive(address: Address): boolean {
    const { road } = this.#parts;
    return road.remotes().some((one) => one.alive === true && sameAddress(one.address, address));
  }
}
