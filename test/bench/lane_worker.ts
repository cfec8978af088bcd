/**
 * A yard of the bench, by itself: a lane endpoint without a manor.
 *
 * @module
 */
import { LaneEndpoint } from "../../src/io/lane_endpoint.ts";
import type { LaneEvent } from "../../src/lane/events.ts";
import type { Body } from "../../src/base/value.ts";
import { serve } from "./commands.ts";
import { type Latency, oneAtATime, textBody } from "./load.ts";

const LANE = "bench";
/** Messages given to the endpoint and not sent yet: fewer than it holds. */
const WIDTH = 256;
/** Bytes of a page's head, for yards with names such as ours and books past 4096. */
const HEAD_BYTES = 83;

let endpoint: LaneEndpoint;
let onSent: (error?: Error) => void = () => {};
let onMessage: (from: string, body: Body) => void = () => {};

const commands = {
  /** Opens a yard. */
  async open({ directory, yard }: { directory: string; yard: string }): Promise<void> {
    endpoint = await LaneEndpoint.open({
      lane: LANE,
      yard,
      directory,
      onEvent,
      onError: (error) => {
        throw error;
      },
    });
  },

  /** From now on: tells the sender when so many pages have come, and sends back what asks for it. */
  answer({ count }: { count: number }): void {
    let come = 0;
    onMessage = (from, body) => {
      if (body.ask) endpoint.transmit({}, from);
      else if (++come % count === 0) endpoint.transmit({ come }, from);
    };
  },

  /** Sends pages; gives the seconds until the other yard told that it has them all. */
  async pages({ to, count, bytes }: { to: string; count: number; bytes: number }) {
    const body = textBody(bytes - HEAD_BYTES);
    const told = new Promise<void>((resolve) => onMessage = () => resolve());
    const startedAt = performance.now();
    let left = count;
    await new Promise<void>((resolve, reject) => {
      const transmit = () => {
        if (left === 0) return resolve();
        left--;
        endpoint.transmit(body, to);
      };
      onSent = (error) => error ? reject(error) : transmit();
      for (let i = 0; i < WIDTH; i++) transmit();
    });
    await told;
    return (performance.now() - startedAt) / 1000;
  },

  /** Pages there and back, one at a time, with a pause before each. */
  pings(ask: { to: string; count: number; bytes: number; pauseMs: number }): Promise<Latency> {
    const body = { ...textBody(ask.bytes - HEAD_BYTES - '"ask":true,'.length), ask: true };
    onSent = () => {};
    const exchange = () =>
      new Promise<void>((resolve) => {
        onMessage = () => resolve();
        endpoint.transmit(body, ask.to);
      });
    return oneAtATime(ask.count, exchange, ask.pauseMs);
  },
};

/** What this worker can be told. */
export type LaneCommands = typeof commands;

function onEvent(event: LaneEvent): void {
  if (event.type === "message") onMessage(event.yard, event.body);
  else if (event.type === "sent") onSent();
  else if (event.type === "failed") onSent(new Error(event.message));
}

if (import.meta.main) await serve(commands);
