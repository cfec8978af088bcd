/**
 * What `raet up` tells of its manor as it happens.
 *
 * @module
 */
import type { ServiceEvent } from "../manor/service.ts";
import type { Output } from "./output.ts";
import { plural } from "./draw/event.ts";
import { formatTime, type Line, paint, type Style } from "./text.ts";

/** An event, or how many were not told. */
type Told = ServiceEvent | { readonly event: "left_out"; readonly count: number };

const STYLES: Partial<Record<Told["event"], Style>> = {
  ready: "green",
  joined: "green",
  allowed: "green",
  alive: "green",
  pending: "yellow",
  warning: "yellow",
  lost: "red",
  refused: "red",
  rejected: "red",
  left_out: "red",
};

/** Tells of events; a manor that runs for months keeps none in memory because nobody reads them. */
export class ServiceEvents {
  readonly #output: Output;
  #leftOut = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Tells of one, after how many before it were left out. */
  tell(event: ServiceEvent): void {
    if (this.#output.isFull) {
      this.#leftOut++;
      return;
    }
    const count = this.#leftOut;
    this.#leftOut = 0;
    if (count > 0) this.#print({ event: "left_out", count });
    this.#print(event);
  }

  #print(event: Told): void {
    this.#output.record(event, eventLine(event));
  }
}

function eventLine(event: Told): Line {
  const time = paint("dim", formatTime(Date.now()));
  const what = paint(STYLES[event.event] ?? "bold", event.event);
  switch (event.event) {
    case "ready":
      return [time, " ", what, ` ${event.name} at ${event.address}, home ${event.home}`];
    case "warning":
      return [time, " ", what, ` ${event.message}`];
    case "left_out":
      return [time, " ", what, ` ${plural(event.count, "event")}, as nobody read`];
    case "metrics":
      return [time, " ", what, ` at http://${event.address}/metrics`];
    case "reloaded": {
      const changes = event.changes.map(({ setting, to, applied }) =>
        `${setting} ${to}${applied === "yes" ? "" : applied === "no" ? " (not now)" : " (in part)"}`
      );
      return [time, " ", what, `: ${changes.join(", ") || "nothing differs"}`];
    }
    default:
      return [time, " ", what, ` ${event.estate}`, event.message ? `: ${event.message}` : ""];
  }
}
