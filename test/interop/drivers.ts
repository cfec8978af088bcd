/**
 * Peers of either implementation, each in a process of its own that takes commands and tells events
 * as lines of JSON: peer_road.py and peer_lane.py for the reference, our_road.ts and our_lane.ts for
 * us. So both can be killed for good.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { scriptCommand } from "../support/runtime.ts";
import {
  type LanePeer,
  type LaneSetup,
  type RemoteState,
  type RoadPeer,
  type RoadSetup,
  until,
} from "./peer.ts";
import type { Received, Series } from "./series.ts";

const HERE = import.meta.dirname!;
/** A process has to start, import and bind. */
const START_MS_MAX = 15_000;

/**
 * Names of the reference's counters that speak of input it could not use. `unknown_correspondent_uid`
 * doesn't: whatever comes late gives it, as it looks for the sender's number among its own.
 */
const THEIR_COMPLAINT = /error|invalid|unknown_(?!correspondent)|failed|unaccepted|missed/;
/** What we drop without a fault of anybody: what a busy peer's redo and its answer leave behind. */
const NO_COMPLAINT = /^(?:repeated|unknown_transaction)$/;

type Json = Record<string, unknown>;

/** How to start a driver, and whether it tells what became of what it sent. */
export interface DriverCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly ours: boolean;
}

/** The command of a driver on the reference. */
export function referenceDriver(python: string, kind: "road" | "lane"): DriverCommand {
  return { file: python, args: [join(HERE, `peer_${kind}.py`)], ours: false };
}

/** The command of a driver on our own stacks. */
export function ourDriver(kind: "road" | "lane"): DriverCommand {
  const { file, args } = scriptCommand(join(HERE, `our_${kind}.ts`));
  return { file, args: [...args], ours: true };
}

/** A driver as a process that lives until it is killed. */
class Driver {
  readonly received: Received[] = [];
  readonly faults: string[] = [];
  /** What became of the sends of each series: counts by outcome. */
  readonly outcomes = new Map<string, Record<string, number>>();
  readonly #ended = new Set<string>();
  #child: ChildProcess | null = null;
  #killing = false;
  #stats: Record<string, number> | null = null;

  constructor(readonly command: DriverCommand, readonly onEvent: (event: Json) => void) {}

  async start(options: Json): Promise<void> {
    const { file, args } = this.command;
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#killing = false;
    let ready = false;
    let errors = "";
    child.stderr!.on("data", (chunk) => errors = (errors + chunk).slice(-4000));
    child.stdin!.on("error", () => {}); // it says itself why it died
    child.on("close", (code) => {
      if (this.#child === child && !this.#killing) {
        this.faults.push(`ended with ${code}: ${errors}`);
      }
    });
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (!line.startsWith("{")) return; // the reference prints notes of its own
      const event = JSON.parse(line);
      if (event.event === "ready") ready = true;
      if (event.event === "received") this.received.push(event);
      if (event.event === "outcome") this.#takeOutcome(event);
      if (event.event === "stats") this.#stats = event.stats;
      if (event.event === "raised") this.faults.push(this.#shorten(event.trace));
      this.onEvent(event);
    });
    this.tell({ do: "start", ...options });
    await until(() => ready || this.faults.length > 0, START_MS_MAX, `${args.at(-1)} is ready`);
    if (!ready) throw new Error(this.faults.join("; "));
  }

  tell(command: Json): void {
    this.#child?.stdin?.write(JSON.stringify(command) + "\n");
  }

  /** Its counters that are complaints. */
  async complaints(): Promise<Record<string, number>> {
    this.#stats = null;
    this.tell({ do: "stats" });
    await until(() => this.#stats !== null, 5_000, "it tells its counters");
    return Object.fromEntries(
      Object.entries(this.#stats!).filter(([name, count]) =>
        count > 0 && (this.command.ours ? !NO_COMPLAINT.test(name) : THEIR_COMPLAINT.test(name))
      ),
    );
  }

  /** The outcomes of a series, or null if this driver doesn't tell any. */
  outcomesOf(series: Series): Record<string, number> | null {
    return this.command.ours ? this.outcomes.get(series.label) ?? {} : null;
  }

  #takeOutcome({ label, index, outcome }: Json): void {
    const key = `${label} ${index}`;
    if (this.#ended.has(key)) this.faults.push(`a second outcome for ${key}: ${outcome}`);
    this.#ended.add(key);
    const counts = this.outcomes.get(String(label)) ?? {};
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
    this.outcomes.set(String(label), counts);
  }

  /** Of a Python traceback the last line and the place in the reference; of ours all. */
  #shorten(trace: unknown): string {
    if (this.command.ours) return `we raised ${trace}`;
    const lines = String(trace).trimEnd().split("\n");
    const place = lines.findLast((line) => /^ {2}File .*raet\/(?:road|lane|\w+\.py)/.test(line));
    return `the reference raised ${lines.at(-1)} (${place?.trim() ?? "no place"})`;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#killing = true;
    const closed = new Promise((resolve) => child.once("close", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await closed;
    }
    this.#child = null;
  }
}

/** A road stack. */
export class RoadProcess implements RoadPeer {
  address = { host: "127.0.0.1", port: 0 };
  readonly #driver: Driver;
  #remotes: RemoteState[] = [];

  constructor(command: DriverCommand, readonly setup: RoadSetup) {
    this.#driver = new Driver(command, (event) => this.#take(event));
  }

  get received(): readonly Received[] {
    return this.#driver.received;
  }

  get faults(): readonly string[] {
    return this.#driver.faults;
  }

  remotes(): readonly RemoteState[] {
    return this.#remotes;
  }

  async start(): Promise<void> {
    const { name, directory, main, auto, body, head, keep, loss, delay, seed } = this.setup;
    this.#remotes = [];
    await this.#driver.start({
      ...{ name, dir: directory, main, auto, body, head, keep, loss, delay, seed },
      port: this.address.port,
    });
  }

  kill(): Promise<void> {
    return this.#driver.kill();
  }

  join(host: string, port: number): void {
    this.#driver.tell({ do: "join", host, port });
  }

  transmit(to: string, { label, count, size, bytes = false, route }: Series): void {
    this.#driver.tell({ do: "transmit", to, label, first: 0, count, size, bytes, route });
  }

  accept(name: string): void {
    this.#driver.tell({ do: "accept", name });
  }

  reject(name: string): void {
    this.#driver.tell({ do: "reject", name });
  }

  outcomes(series: Series): Record<string, number> | null {
    return this.#driver.outcomesOf(series);
  }

  complaints(): Promise<Record<string, number>> {
    return this.#driver.complaints();
  }

  #take(event: Json): void {
    if (event.event === "ready") {
      const [host, port] = event.address as [string, number];
      this.address = { host, port };
    }
    if (event.event === "remotes") {
      this.#remotes = (event.remotes as Json[]).map((remote) => ({
        name: String(remote.name),
        joined: remote.joined === true,
        allowed: remote.allowed === true,
        alive: remote.alived === true,
        pending: remote.acceptance === 0,
      }));
    }
  }
}

/** A lane stack. */
export class LaneProcess implements LanePeer {
  readonly #driver: Driver;

  constructor(command: DriverCommand, readonly setup: LaneSetup) {
    this.#driver = new Driver(command, () => {});
  }

  get received(): readonly Received[] {
    return this.#driver.received;
  }

  get faults(): readonly string[] {
    return this.#driver.faults;
  }

  start(): Promise<void> {
    const { name, lane, directory, packing } = this.setup;
    return this.#driver.start({ name, lane, dir: directory, pack: packing });
  }

  kill(): Promise<void> {
    return this.#driver.kill();
  }

  know(name: string): void {
    this.#driver.tell({ do: "know", name });
  }

  transmit(to: string, { label, count, size, bytes = false, route }: Series): void {
    this.#driver.tell({ do: "transmit", to, label, first: 0, count, size, bytes, route });
  }

  read(on: boolean): void {
    this.#driver.tell({ do: "read", on });
  }

  outcomes(series: Series): Record<string, number> | null {
    return this.#driver.outcomesOf(series);
  }

  complaints(): Promise<Record<string, number>> {
    return this.#driver.complaints();
  }
}
