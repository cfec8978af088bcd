/**
 * What our_road.ts and our_lane.ts share: commands come as lines of JSON on stdin, events leave as
 * lines of JSON on stdout. The commands and events are those of peer.py and its users; besides,
 * `outcome` tells what became of each message that was sent.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { RaetError } from "../../src/base/errors.ts";
import type { Body } from "../../src/base/value.ts";
import { describeBody, makeBody, type Series } from "./series.ts";

/** A command without its name. */
export type Arguments = Record<string, unknown>;

/** What a driver does on each command. */
export type Commands = Record<string, (args: Arguments) => void | Promise<void>>;

/** Which message a handle stands for. */
export type Handles = Map<number, { label: string; index: number }>;

/** Tells one event. */
export function emit(event: string, fields: Record<string, unknown>): void {
  process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");
}

/** Tells of something that must not happen. */
export function emitRaised(error: unknown): void {
  emit("raised", { trace: error instanceof Error ? error.stack ?? error.message : String(error) });
}

/** Tells of a message that came in. */
export function emitReceived(source: string, body: Body): void {
  emit("received", { ...describeBody(source, body) });
}

/** Obeys commands one after the other until stdin ends. */
export async function serve(commands: Commands): Promise<never> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...args } = JSON.parse(line);
    try {
      await commands[name](args);
    } catch (error) {
      emitRaised(error);
    }
  }
  process.exit(0);
}

/** Sends each message of a series; one that is refused at once has its outcome at once. */
export function transmitSeries(
  args: Arguments,
  handles: Handles,
  transmit: (body: Body) => number,
): void {
  const series = args as unknown as Series;
  for (let index = 0; index < series.count; index++) {
    const key = { label: series.label, index };
    try {
      handles.set(transmit(makeBody(series, index)), key);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      emit("outcome", { ...key, outcome: `threw ${error.code}` });
    }
  }
}

/** Tells what became of a message. */
export function emitOutcome(handles: Handles, handle: number, outcome: string): void {
  const key = handles.get(handle) ?? { label: "of no known handle", index: handle };
  emit("outcome", { ...key, outcome });
}
