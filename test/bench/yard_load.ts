/**
 * What a yard of the bench can be told, whether it is in its manor's process or in one of its own.
 *
 * @module
 */
import type { Yard } from "../../src/client/yard.ts";
import { type Latency, type Load, oneAtATime, pour, textBody } from "./load.ts";

/** Messages of that many bytes, one at a time. */
interface Pings {
  readonly to: string;
  readonly count: number;
  readonly bytes: number;
  readonly durable?: boolean;
}

/** Commands for a yard that is there once they are called. */
export function yardCommands(yard: () => Yard) {
  return {
    /** From now on: takes what comes to a share, and nothing more. */
    async sink({ share }: { share: string }): Promise<void> {
      const listener = await yard().listen(share);
      void (async () => {
        for await (const _ of listener);
      })();
    },

    /** From now on: answers what comes to a share. */
    async answer({ share }: { share: string }): Promise<void> {
      const listener = await yard().listen(share);
      void (async () => {
        for await (const { from, body } of listener) yard().send(from, body);
      })();
    },

    /** Messages, many under way; gives the seconds until all are delivered. */
    pour({ to, load, durable }: { to: string; load: Load; durable?: boolean }): Promise<number> {
      const body = textBody(load.bytes);
      return pour(load, (ended) => {
        const delivered = yard().send(to, body, { durable }).orThrow();
        delivered.then(({ status }) => ended(unlessDelivered(status)), ended);
      });
    },

    /** Messages, one at a time, each until it is delivered. */
    ping({ to, count, bytes, durable }: Pings): Promise<Latency> {
      const body = textBody(bytes);
      return oneAtATime(count, async () => {
        const { status } = await yard().send(to, body, { durable }).orThrow();
        const error = unlessDelivered(status);
        if (error) throw error;
      });
    },

    /** Requests, one at a time, each until its answer is here. */
    async request({ to, count, bytes }: { to: string; count: number; bytes: number }) {
      const body = textBody(bytes);
      await using answers = await yard().listen("", { claim: false });
      return await oneAtATime(count, async () => {
        const sent = yard().send(to, body).orThrow();
        // A request that fails has no answer to wait for.
        const failed = new Promise<never>((_, reject) => void sent.catch(reject));
        await Promise.race([answers.next(), failed]);
      });
    },
  };
}

function unlessDelivered(status: string): Error | undefined {
  return status === "delivered" ? undefined : new Error(`a message was ${status}, not delivered`);
}
