/**
 * Peers that the Python reference runs, each in a process of its own.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
/** Python has to start, import and bind. */
const START_MS_MAX = 15_000;

/** Names of the reference's counters that speak of input it could not use. */
const COMPLAINT = /error|invalid|unknown|failed|unaccepted|missed/;

type Json = Record<string, unknown>;

/** One of the two drivers beside this file as a process that lives until it is killed. */
class Driver {
  readonly received: Received[] = [];
  readonly faults: string[] = [];
  #child: ChildProcess | null = null;
  #killing = false;
  #stats: Record<string, number> | null = null;

  constructor(
    readonly python: string,
    readonly script: string,
    readonly onEvent: (event: Json) => void,
  ) {}

  async start(options: Json): Promise<void> {
    const child = spawn(this.python, [join(HERE, this.script)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
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
      if (event.event === "stats") this.#stats = event.stats;
      if (event.event === "raised") this.faults.push(lastLineAndPlace(event.trace));
      this.onEvent(event);
    });
    this.tell({ do: "start", ...options });
    await until(() => ready || this.faults.length > 0, START_MS_MAX, `${this.script} is ready`);
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
      Object.entries(this.#stats!).filter(([name, count]) => count > 0 && COMPLAINT.test(name)),
    );
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

/** A road stack of the reference. */
export class ReferenceRoad implements RoadPeer {
  address = { host: "127.0.0.1", port: 0 };
  readonly #driver: Driver;
  #remotes: RemoteState[] = [];

  constructor(readonly python: string, readonly setup: RoadSetup) {
    this.#driver = new Driver(python, "peer_road.py", (event) => this.#take(event));
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
    const { name, directory, main, auto, body, head, keep, loss, seed } = this.setup;
    this.#remotes = [];
    await this.#driver.start({
      ...{ name, dir: directory, main, auto, body, head, keep, loss, seed },
      port: this.address.port,
    });
  }

  kill(): Promise<void> {
    return this.#driver.kill();
  }

  join(host: string, port: number): void {
    this.#driver.tell({ do: "join", host, port });
  }

  transmit(to: string, { label, count, size, bytes = false }: Series): void {
    this.#driver.tell({ do: "transmit", to, label, first: 0, count, size, bytes });
  }

  accept(name: string): void {
    this.#driver.tell({ do: "accept", name });
  }

  reject(name: string): void {
    this.#driver.tell({ do: "reject", name });
  }

  outcomes(): null {
    return null;
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

/** A lane stack of the reference. */
export class ReferenceLane implements LanePeer {
  readonly #driver: Driver;

  constructor(readonly python: string, readonly setup: LaneSetup) {
    this.#driver = new Driver(python, "peer_lane.py", () => {});
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

  transmit(to: string, { label, count, size, bytes = false }: Series): void {
    this.#driver.tell({ do: "transmit", to, label, first: 0, count, size, bytes });
  }

  read(on: boolean): void {
    this.#driver.tell({ do: "read", on });
  }

  outcomes(): null {
    return null;
  }

  complaints(): Promise<Record<string, number>> {
    return this.#driver.complaints();
  }
}

/** The last line of a Python traceback and where in the reference it was raised. */
function lastLineAndPlace(trace: unknown): string {
  const lines = String(trace).trimEnd().split("\n");
  const place = lines.findLast((line) => /^ {2}File .*raet\/(?:road|lane|\w+\.py)/.test(line));
  return `the reference raised ${lines.at(-1)} (${place?.trim() ?? "no place"})`;
}
