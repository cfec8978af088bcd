/**
 * One running process: the road, the lane, the router between them, the keep and the timers. Driven
 * by what happens; nothing is polled.
 *
 * A message's way in: socket, stack (`road` or `lane`), router, stack, socket. This file wires them.
 *
 * @module
 */
import { type Address, formatAddress } from "../base/address.ts";
import { toHex } from "../base/bytes.ts";
import { guard } from "../base/guard.ts";
import { NO_LOG } from "../base/log.ts";
import type { Clock } from "../io/clock.ts";
import { DEFAULT_SETTINGS } from "../road/options.ts";
import { RoadStack } from "../road/stack.ts";
import type { Link } from "../io/link.ts";
import type { StatsView } from "../route/control.ts";
import { Router } from "../route/router.ts";
import { Gate } from "../route/gate.ts";
import { type AdmissionParts, admit } from "./admission.ts";
import { Chores } from "./chores.ts";
import { drain, DRAIN_MS_DEFAULT } from "./drain.ts";
import { Controls } from "./controls.ts";
import { boundsOf, durableParts, durableViews, featuresOf } from "./durable.ts";
import { tellerOf } from "./embedder.ts";
import { autoDefault } from "./estate.ts";
import { faultOf } from "./health.ts";
import { Joins, joinTargets } from "./joins.ts";
import { Journal } from "./journal.ts";
import { KeyRing } from "./keys.ts";
import { sayNoLane } from "./lane.ts";
import { LocalYards } from "./local_yards.ts";
import { asideMessage, Logbook } from "./logbook.ts";
import type { Snapshot } from "./metrics.ts";
import { Operators } from "./operators.ts";
import type { LiveOptions, ManorEvent } from "./options.ts";
import type { ManorParts } from "./parts.ts";
import { Pings } from "./pings.ts";
import { RoadDriver } from "./road_driver.ts";
import { RoadEvents } from "./road_events.ts";
import { ManorViews } from "./views.ts";
import { Watchers } from "./watchers.ts";

/** A manor at work. Made by `openManor` (open.ts). */
export class Manor implements AsyncDisposable {
  /** The estate's name. */
  readonly name: string;
  /** Where its road's socket is. */
  readonly address: Address;
  /** Its home, links resolved. */
  readonly home: string;

  readonly #parts: ManorParts;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #road: RoadStack;
  readonly #driver: RoadDriver;
  readonly #router: Router;
  readonly #keys: KeyRing;
  readonly #controls: Controls;
  readonly #watchers: Watchers;
  readonly #journal: Journal;
  readonly #logbook: Logbook;
  readonly #tell: (event: ManorEvent) => void;
  readonly #yards: LocalYards;
  readonly #gate: Gate;
  readonly #operators: Operators;
  readonly #admission: AdmissionParts;
  readonly #joins: Joins;
  readonly #pings: Pings;
  readonly #views: ManorViews;
  readonly #events: RoadEvents;
  readonly #chores: Chores;
  #closing: Promise<void> | null = null;
  #drainMs: number;
  #fault: { what: string; at: number } | null = null;

  /** For open.ts, and for a simulation. */
  constructor(parts: ManorParts) {
    this.#parts = parts;
    const { local, keep, crypto, socket, options, home, clock, random } = parts;
    this.name = local.name;
    this.address = socket.address;
    this.home = home.root;
    this.#clock = clock;
    const epoch = toHex(random(16));
    this.#startedAt = clock.now();
    this.#drainMs = options.drainMs ?? DRAIN_MS_DEFAULT;
    this.#watchers = new Watchers((yard, share, event) => this.#router.notify(yard, share, event));
    this.#logbook = new Logbook(options.log ?? NO_LOG, clock);
    // What the keep holds is taken up at once, so it can be watched at once.
    this.#road = new RoadStack({
      local,
      keep,
      crypto,
      random,
      now: this.#clock.now(),
      settings: {
        trace: true,
        alivePeriodMs: options.alivePeriodMs ?? DEFAULT_SETTINGS.alivePeriodMs,
        sessionMs: options.sessionMs ?? DEFAULT_SETTINGS.sessionMs,
      },
      capabilities: { version: 1, epoch, features: featuresOf(parts) },
      admit: (estate, body, waitedMs) => admit(this.#admission, estate, body, waitedMs),
      isWanted: (estate) => this.#router.isWaitingFor(estate),
      onUnsaved: (error) => this.warn("the keep", error),
      steps: () => this.#watchers.wants("transactions") || this.#logbook.wantsSteps,
    });
    this.#driver = new RoadDriver(this.#road, socket, clock, {
      onEvent: (event) => this.#events.handle(event),
      onBatch: () => this.#onRoadBatch(),
      onError: (error) => this.warn("the road", error),
    });
    this.#gate = new Gate({
      estate: local.name,
      role: local.role,
      roleOf: (estate) => this.#road.remote(estate)?.role ?? "",
    });
    this.#gate.enforce(options.policy ?? null);
    this.#yards = new LocalYards({
      message: (yard, body) => this.#router.fromLane(yard, body, this.#clock.now()),
      sent: (handle) => this.#router.laneSent(handle, this.#clock.now()),
      failed: (handle, code, message) =>
        this.#router.laneFailed(handle, code, message, this.#clock.now()),
      came: (yard) => this.#router.yardCame(yard, this.#clock.now()),
      left: (yard) => {
        this.#router.yardLeft(yard, this.#clock.now());
        this.#controls.left(yard);
      },
      dropped: (reason, from, detail) => this.#events.drop(reason, from, detail),
      idle: () => this.onBatch(),
      onError: (where, error) => this.warn(where, error),
    });
    this.#router = new Router({
      estate: local.name,
      gate: this.#gate,
      random,
      shares: options.shares,
      durable: durableParts(parts),
      ports: {
        road: {
          state: (estate) => this.#views.estateState(estate),
          seek: (estate) => this.#road.seek(estate, this.#clock.now()),
          transmit: (body, estate, bodyKind, deadline, bodyAt) =>
            this.#road.transmit(body, estate, this.#clock.now(), { bodyKind, deadline, bodyAt }),
        },
        lane: this.#yards,
        control: (call) => this.#controls.handle(call),
        warn: (error) => this.#warnOfDurable(error),
        passed: (event, id, envelope) => this.#journal.noteMessage(event, id, envelope),
        dropped: (reason, from, detail) => this.#events.drop(reason, from, detail),
      },
    });
    this.#admission = {
      estate: local.name,
      road: this.#road,
      router: this.#router,
      gate: this.#gate,
      now: () => this.#clock.now(),
      isEnding: () => this.#closing !== null,
      dropped: (reason, from, detail) => this.#events.drop(reason, from, detail),
    };
    this.#journal = new Journal(local.name, clock, this.#watchers, this.#road, this.#router);
    this.#tell = tellerOf(options, this.#logbook);
    this.#keys = new KeyRing(
      { local, road: this.#road, crypto, keep, random, clock },
      (decision, key) => {
        this.#logbook.key(decision, key);
        if (decision === "deleted") this.#joins.again();
      },
    );
    this.#chores = new Chores({
      clock,
      router: this.#router,
      keys: this.#keys,
      watchers: this.#watchers,
      onBatch: () => this.onBatch(),
      onError: (where, error) => this.warn(where, error),
    });
    this.#controls = new Controls({
      router: this.#router,
      keys: this.#keys,
      watchers: this.#watchers,
      journal: this.#journal,
      introduce: () => this.#views.introduce(),
      estates: () => this.#views.estates(),
      yards: () => this.#views.yards(),
      stats: () => this.#views.stats(),
      health: () => this.#views.health(this.fault()),
      gate: this.#gate,
      check: (yard, verb) => this.#operators.check(yard, verb),
      ping: (estate, timeoutMs) => this.#pings.ping(estate, timeoutMs),
      durable: () => durableViews(this.#router, this.#clock.now()),
      now: () => this.#clock.now(),
    });
    this.#operators = new Operators({
      link: (yard, reader) => this.#yards.link(yard, reader),
      allow: (yard, grant, may) => this.#controls.allow(yard, grant, may),
      logbook: this.#logbook,
      onError: (error) => this.warn("an operator's connection", error),
    });
    this.#operators.grant(options.groupVerbs);
    this.#pings = new Pings({
      clock,
      beginAlive: (estate) => {
        this.#views.checkPingable(estate);
        this.#onRoad((now) => this.#road.begin("alive", estate, now));
      },
    });
    this.#joins = new Joins({
      clock,
      resolve: parts.resolve,
      join: ({ pin, ...address }) => this.#onRoad((now) => this.#road.join(address, now, pin)),
      leave: (address) => this.#onRoad((now) => this.#road.leave(address, now)),
      move: (from, to) => this.#onRoad((now) => this.#road.setAddress(from, to, now)),
      isAlive: (address) => this.#views.isAlive(address),
      warn: (what, why, todo) => {
        this.#tell({ event: "warning", message: `${why}; ${todo}` });
        this.#logbook.warning(what, why, todo);
      },
      onError: (error) => this.warn("a main to join", error),
    });
    this.#events = new RoadEvents({
      clock,
      road: this.#road,
      router: this.#router,
      journal: this.#journal,
      logbook: this.#logbook,
      pings: this.#pings,
      joins: this.#joins,
      tell: this.#tell,
    });
    this.#views = new ManorViews({
      clock,
      local,
      socket,
      epoch,
      startedAt: this.#startedAt,
      road: this.#road,
      router: this.#router,
      yards: this.#yards,
    });
  }

  /** For whoever made it: takes up what is on disk, opens the lane, and begins to join. Once. */
  async start(): Promise<void> {
    const { home, options, keep, openLane } = this.#parts;
    // Before anybody can speak: a process says of what it has, and a message that comes again is known.
    this.#router.durable?.begin(this.#clock.now());
    // Nor is anybody on record heard before the pins are in force.
    this.#joins.tell(options.join ?? []);
    if (openLane !== null) await this.#yards.openLane(openLane);
    this.#router.expect(this.#yards.present(), this.#clock.now(), options.group !== undefined);
    if (options.group !== undefined) await this.#operators.open(home, options.group);
    for (const report of keep.reports()) {
      this.#tell({ event: "warning", message: asideMessage(report) });
      this.#logbook.setAside(report);
    }
    const [address, { fingerprint }] = [formatAddress(this.address), this.#keys];
    const ready = { name: this.name, address, home: this.home, fingerprint };
    this.#tell({ event: "ready", ...ready });
    this.#logbook.ready(ready);
    if (openLane === null) sayNoLane(this.#tell, this.#logbook);
    this.#chores.begin();
    this.onBatch();
  }

  /** A yard inside this process: give it to `attach`. @throws {RaetError} usage if the name is taken */
  link(yard: string): Link {
    return this.#yards.link(yard);
  }

  /** What it is and knows now, for its metrics. */
  snapshot(): Omit<Snapshot, "version"> {
    return { stats: this.#views.stats(), ...this.census() };
  }

  /** Whom and what it knows now. */
  census(): Pick<Snapshot, "estates" | "shares" | "yards"> & Pick<StatsView, "durable"> {
    const [shares, yards] = [this.#router.shares.rows(), this.#controls.yards()];
    return { estates: this.#views.estates(), shares, yards, durable: this.#views.durable() };
  }

  /** Messages that it took on and that have no outcome yet. */
  get open(): number {
    return this.#router.open;
  }

  /** What keeps it from doing its work, one clause; null if all is well. */
  fault(): string | null {
    return faultOf({
      closing: this.#closing !== null,
      join: this.#joins.wanted,
      estates: this.#views.estates(),
      fault: this.#fault && { ...this.#fault, agoMs: this.#clock.now() - this.#fault.at },
    });
  }

  /**
   * Changes what can be changed while it runs; what is not told goes back to its default.
   *
   * @throws {RaetError} usage for a pin that can't be one; nothing is changed then
   */
  configure(options: LiveOptions): void {
    const { auto, alivePeriodMs, sessionMs, drainMs, shares, policy, groupVerbs } = options;
    const join = joinTargets(options.join);
    this.#drainMs = drainMs ?? DRAIN_MS_DEFAULT;
    this.#gate.enforce(policy ?? null);
    this.#operators.grant(groupVerbs);
    this.#router.durable?.configure(boundsOf(options));
    this.#road.tune({
      alivePeriodMs: alivePeriodMs ?? DEFAULT_SETTINGS.alivePeriodMs,
      sessionMs: sessionMs ?? DEFAULT_SETTINGS.sessionMs,
    });
    this.#road.setAuto(auto ?? autoDefault(this.#parts.local.main));
    for (const [name, heldMax] of shares ?? []) this.#router.shares.declare(name, heldMax);
    this.#joins.tell(join);
    this.onBatch();
  }

  /**
   * Stops: refuses what is new, lets open messages end for a while, gives the rest their outcome, sends
   * its last receipts, and removes sockets and lock.
   */
  close(drainMs: number = this.#drainMs): Promise<void> {
    return this.#closing ??= this.#stop(drainMs);
  }

  /**
   * Whether transactions are remembered and can be watched from now on. They are, unless told
   * otherwise; without, a ping has no answer. For finding out what it costs.
   */
  setTracing(on: boolean): void {
    this.#road.tune({ trace: on });
  }

  /** Stops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stop(drainMs: number): Promise<void> {
    const { socket, release } = this.#parts;
    this.#logbook.stopping(this.name, this.#router.open);
    this.#joins.stop();
    this.#pings.stop();
    const [router, events, yards] = [this.#router, this.#events, this.#yards];
    // Whatever fails on the way, the home and the port are free in the end.
    try {
      await drain(this.#clock, drainMs, { router, events, yards, onBatch: () => this.onBatch() });
      this.#driver.stop();
    } finally {
      this.#yards.stop();
      this.#chores.stop();
      guard(() => router.durable?.close(this.#clock.now()), (error) => this.#warnOfDurable(error));
      const onError = (error: unknown) => this.warn("stopping", error);
      await this.#operators.close().catch(onError);
      await socket.close().catch(onError);
      release();
    }
    this.#logbook.stopped(this.name, this.#clock.now() - this.#startedAt);
  }

  /** For open.ts: a datagram came from the road. */
  onDatagram(datagram: Uint8Array, from: Address): void {
    this.#driver.receive(datagram, from);
  }

  /** For open.ts: what is done once after a batch of input, from wherever it came. */
  onBatch(): void {
    this.#driver.pump();
    this.#router.flush(this.#clock.now());
    this.#chores.plan();
  }

  /** The messages that the road let in have come: perhaps there is room for more, which come next. */
  #onRoadBatch(): void {
    this.#router.flush(this.#clock.now());
    if (this.#router.hasRoomAgain()) this.#road.admitAgain(this.#clock.now());
    this.#chores.plan();
  }

  #warnOfDurable(error: unknown): void {
    this.warn("the store of durable messages", error);
  }

  /** Has the road do something, and sends what comes of it. */
  #onRoad(act: (now: number) => void): void {
    act(this.#clock.now());
    this.#driver.pump();
  }

  /** For open.ts: something failed that should not; the manor goes on. */
  warn(where: string, error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    this.#fault = { what: `${where} has a fault: ${what}`, at: this.#clock.now() };
    this.#logbook.fault(where, what);
    this.#tell({ event: "warning", message: `${where} has a fault, and goes on: ${what}` });
  }
}
