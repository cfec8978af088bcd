/**
 * A manor as a service: with settings from raet.yaml, the environment and a command line, a log, and
 * metrics; what can change while it runs is read again when somebody asks for it (SIGHUP).
 *
 * @module
 */
import { resolve } from "node:path";
import { formatAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { RELOAD_MS_MAX } from "../base/limits.ts";
import type { Log, LogThreshold } from "../base/log.ts";
import { settlesWithin, systemClock } from "../io/clock.ts";
import { switchOffCoreDumps } from "../io/core_dumps.ts";
import { openHome } from "../io/home.ts";
import type { HttpServer } from "../io/http.ts";
import type { Notifier } from "../io/notify.ts";
import { changesOf, type SettingChange } from "./changes.ts";
import { type GatheredSettings, gatherSettings, strangeVariables } from "./config.ts";
import { DRAIN_MS_DEFAULT } from "./drain.ts";
import type { Manor } from "./manor.ts";
import { openManor } from "./open.ts";
import type { ManorEvent } from "./options.ts";
import type { Settings } from "./settings.ts";
import { type Supervised, Supervision } from "./supervised.ts";

/** What a service tells: what its manor does, and what became of a reload. */
export type ServiceEvent =
  | ManorEvent
  | { event: "reloaded"; changes: readonly SettingChange[] }
  | { event: "metrics"; address: string };

/** A log whose target can be changed. */
export interface ServiceLog extends Log {
  /** Also opens its file anew. @throws {RaetError} `bad_config`; then all stays as it was */
  configure(target: { level: LogThreshold; file: string | null }): Promise<void>;
  close(): void;
}

/** How to open a service. */
export interface ServiceOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly commandLine: Settings;
  readonly log: ServiceLog;
  /** the level where nothing is told and the log goes to stderr */
  readonly logLevel: LogThreshold;
  /** of the program, for its metrics */
  readonly version: string;
  readonly onEvent: (event: ServiceEvent) => void;
  /** the way to the service manager that wants to hear from it; null if none does */
  readonly notifier?: Notifier | null;
}

/**
 * Opens it, and keeps this process out of core dumps from now on, as it holds secret keys.
 *
 * @throws {RaetError} as `gatherSettings` and `openManor`; `bad_config` for a log or an address that
 * can't be had
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { home, log, onEvent } = options;
  switchOffCoreDumps();
  const gathered = await gatherSettings(options);
  openHome(home); // the log may lie in it
  await log.configure(logTarget(options, gathered.settings));
  try {
    const manor = await openManor({ ...gathered.settings, home, log, onEvent });
    const service = new Service(options, gathered, manor);
    try {
      await service.serveMetrics();
      service.superviseBy(options.notifier ?? null);
      for (const why of strangeVariables(options.env)) {
        onEvent({ event: "warning", message: why });
        log.write("warn", { topic: "settings", what: "not read", why });
      }
    } catch (error) {
      await manor.close(0);
      throw error;
    }
    return service;
  } catch (error) {
    // The one who started it is told on the terminal; the log's reader was not there.
    const why = error instanceof Error ? error.message : String(error);
    if (gathered.settings.logFile !== undefined) {
      log.write("error", { topic: "manor", what: "not started", why });
    }
    log.close();
    throw error;
  }
}

/** A service that runs. Made by `openService`. */
export class Service implements AsyncDisposable, Supervised {
  /** The manor that it is about. */
  readonly manor: Manor;
  readonly #options: ServiceOptions;
  #settings: Settings;
  #metrics: HttpServer | null = null;
  #supervision: Supervision | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  /** log and metrics are closed, or about to be: a reload that is late leaves both alone */
  #ended = false;

  /** For `openService`. */
  constructor(options: ServiceOptions, { settings }: GatheredSettings, manor: Manor) {
    this.#options = options;
    this.#settings = settings;
    this.manor = manor;
  }

  /** Where metrics are served; null if they are not. */
  get metricsAddress(): string | null {
    return this.#metrics && formatAddress(this.#metrics.address);
  }

  /** How long open messages may still end when it is told to end, milliseconds. */
  get drainMs(): number {
    return this.#settings.drainMs ?? DRAIN_MS_DEFAULT;
  }

  /** How it stands, one line. */
  status(): string {
    const { name, address } = this.manor;
    return `${name} at ${formatAddress(address)}: ${this.manor.fault() ?? this.#presence()}`;
  }

  /**
   * Reads the settings again, changes what can be changed, and says of each setting that differs what
   * became of it. Settings that can't be read change nothing. Once it is told to close nothing is read.
   */
  reload(): Promise<readonly SettingChange[]> {
    const work = () => this.#reload();
    const done = this.#last.then(() =>
      this.#closing !== null ? [] : this.#supervision?.reloading(work) ?? work()
    );
    this.#last = done.catch(() => {}); // whoever asked for it is told; the next one is not
    return done;
  }

  /** Stops the manor, and then the rest, whatever fails on the way. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#supervision?.stopping();
    try {
      await this.manor.close();
    } finally {
      // Not for as long as a reload likes: it may hang, and then log and metrics would stay open.
      await settlesWithin(systemClock, this.#last, RELOAD_MS_MAX);
      this.#ended = true;
      await this.#metrics?.close();
      this.#metrics = null;
      this.#supervision?.stop();
      this.#options.log.close();
    }
  }

  /** Stops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `openService`: tells a service manager that it runs, and from now on how it is. */
  superviseBy(notifier: Notifier | null): void {
    this.#supervision = notifier && new Supervision(notifier, this);
  }

  /** For `openService`: serves metrics where the settings say so, and nowhere else. */
  async serveMetrics(): Promise<void> {
    const { metrics: address } = this.#settings;
    await this.#metrics?.close();
    this.#metrics = null;
    if (address === undefined) return;
    const { serveMetrics } = await import("./metrics_server.ts");
    const metrics = await serveMetrics(address, this.manor, this.#options.version);
    if (this.#ended) return await metrics.close();
    this.#metrics = metrics;
    const shown = formatAddress(this.#metrics.address);
    this.#options.onEvent({ event: "metrics", address: shown });
    const why = `/metrics and /healthz at http://${shown}`;
    this.#options.log.write("info", { topic: "metrics", what: "serving", why });
  }

  #presence(): string {
    const { estates } = this.manor.census();
    const pending = estates.filter(({ state }) => state === "pending").length;
    const alive = `${
      estates.filter(({ alive }) => alive).length
    } of ${estates.length} estates alive`;
    return pending === 0 ? alive : `${alive}, ${pending} wait for a key to be accepted`;
  }

  async #reload(): Promise<readonly SettingChange[]> {
    let next: GatheredSettings;
    try {
      next = await gatherSettings(this.#options);
      await this.#options.log.configure(logTarget(this.#options, next.settings));
    } catch (error) {
      return this.#ended ? [] : this.#keepAll(error);
    }
    if (this.#ended) this.#options.log.close(); // what was opened too late
    if (this.#closing !== null) return []; // there is no manor to change any more
    const before = this.#settings;
    const changes = changesOf(before, next.settings, next.origins);
    // What needs a restart goes on as it was, and is said again next time.
    const settings: Record<string, unknown> = { ...before };
    for (const { setting, applied } of changes) {
      if (applied !== "no") settings[setting] = next.settings[setting];
    }
    // What was taken away of a map is there until then.
    if (before.shares) settings.shares = new Map([...before.shares, ...next.settings.shares ?? []]);
    try {
      this.manor.configure(settings);
    } catch (error) {
      return this.#keepAll(error, "not all was changed"); // and it is tried again next time
    }
    this.#settings = settings;
    const undone = changes.some(({ setting }) => setting === "metrics")
      ? await this.#moveMetrics(before)
      : null;
    const done = changes.map((change) =>
      undone !== null && change.setting === "metrics"
        ? { ...change, applied: "no" as const, why: undone }
        : change
    );
    if (!this.#ended) this.#tell(done);
    return done;
  }

  /** Serves metrics elsewhere; where that can't be, at the old place, and says why. */
  async #moveMetrics(before: Settings): Promise<string | null> {
    try {
      await this.serveMetrics();
      return null;
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#settings = { ...this.#settings, metrics: before.metrics };
      await this.serveMetrics();
      return error.message;
    }
  }

  #keepAll(error: unknown, what = "nothing was changed"): readonly SettingChange[] {
    if (!(error instanceof RaetError)) throw error;
    const why = `${what}: ${error.message}`;
    const todo = "mend it, try raet config check, and send SIGHUP again";
    this.#options.onEvent({ event: "warning", message: why });
    this.#options.log.write("error", { topic: "settings", what: "not reloaded", why, todo });
    return [];
  }

  #tell(changes: readonly SettingChange[]): void {
    const { log, onEvent } = this.#options;
    onEvent({ event: "reloaded", changes });
    const why = changes.length === 0
      ? "nothing differs"
      : `these differ: ${changes.map(({ setting }) => setting).join(", ")}`;
    log.write("info", { topic: "settings", what: "reloaded", why });
    for (const { setting, from, to, applied, origin, why } of changes) {
      log.write(applied === "yes" ? "info" : "warn", {
        topic: "settings",
        what: applied === "no" ? "not changed" : applied === "yes" ? "changed" : "changed in part",
        who: setting,
        why: `${from} > ${to} (${origin})${why && `: ${why}`}`,
        more: { setting, from, to, applied },
      });
    }
  }
}

function logTarget({ home, logLevel }: ServiceOptions, settings: Settings) {
  const { logFile } = settings;
  return {
    level: settings.logLevel ?? (logFile === undefined ? logLevel : "info"),
    file: logFile === undefined ? null : resolve(home, logFile),
  };
}
