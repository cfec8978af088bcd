/**
 * What a manor does because time has passed and not because something came: deadlines of messages,
 * watchers that missed something, keys nobody decided about.
 *
 * @module
 */
import { guard } from "../base/guard.ts";
import type { Clock } from "../io/clock.ts";
import type { Router } from "../route/router.ts";
import type { KeyRing } from "./keys.ts";
import { Alarm } from "./timer.ts";
import type { Watchers } from "./watchers.ts";

/** How often old keys are looked at. */
const HOUR_MS = 3_600_000;
/** How often a watcher that missed something is told. */
const WATCH_TICK_MS = 100;

/** Who has something to do, and what follows it. */
export interface ChoresParts {
  readonly clock: Clock;
  readonly router: Router;
  readonly keys: KeyRing;
  readonly watchers: Watchers;
  /** after each: others may have something to send now */
  readonly onBatch: () => void;
  /** something failed that should not */
  readonly onError: (where: string, error: unknown) => void;
}

/** The timers of a manor. */
export class Chores {
  readonly #parts: ChoresParts;
  readonly #alarm: Alarm;
  #tick: (() => void) | undefined;
  #hourly: (() => void) | undefined;
  #stopped = false;

  constructor(parts: ChoresParts) {
    const { clock, router } = parts;
    this.#parts = parts;
    this.#alarm = new Alarm(
      clock,
      () => this.#safely("the router", () => router.advance(clock.now())),
    );
  }

  /** Begins what comes again and again. Once. */
  begin(): void {
    const { clock, keys } = this.#parts;
    this.#hourly = clock.after(HOUR_MS, () => {
      this.#safely("the keep", () => keys.dropOld(clock.now()));
      this.begin();
    });
  }

  /** Sets the timers for what there is to do now. */
  plan(): void {
    // A yard of this process may still send something: the home is somebody else's by then.
    if (this.#stopped) return;
    const { clock, router, watchers } = this.#parts;
    this.#alarm.setFor(router.deadline());
    if (watchers.behind) this.#tick ??= clock.after(WATCH_TICK_MS, () => this.#onTick());
  }

  /** Ends all, for good. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.stop();
    this.#tick?.();
    this.#hourly?.();
  }

  #onTick(): void {
    const { clock, watchers } = this.#parts;
    this.#tick = undefined;
    this.#safely("watching", () => watchers.tick(clock.date()));
  }

  /** For timers: nobody above them could catch anything. */
  #safely(where: string, call: () => void): void {
    const onError = (error: unknown) => this.#parts.onError(where, error);
    guard(call, onError);
    guard(this.#parts.onBatch, onError);
  }
}
