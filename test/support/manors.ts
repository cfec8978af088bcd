/** Real manors in temporary homes, with real sockets, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attach } from "../../src/client/attach.ts";
import type { Yard } from "../../src/client/yard.ts";
import type { Manor } from "../../src/manor/manor.ts";
import { openManor } from "../../src/manor/open.ts";
import type { ManorEvent, ManorOptions } from "../../src/manor/options.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** A manor and what it has told so far. */
export interface Estate {
  readonly manor: Manor;
  readonly home: string;
  readonly events: ManorEvent[];
  /** resolves once such an event has come, also one that came before */
  until(matches: (event: ManorEvent) => boolean): Promise<ManorEvent>;
}

/** Opens manors and yards, and closes them all in the end. */
export class Neighbourhood implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "raet-test-"));
  readonly #closers: (() => Promise<unknown>)[] = [];

  home(name: string): string {
    return join(this.#folder, name);
  }

  async open(name: string, options: Partial<ManorOptions> = {}): Promise<Estate> {
    const events: ManorEvent[] = [];
    const waiting = new Set<() => void>();
    const home = options.home ?? this.home(name);
    const manor = await openManor({
      name,
      listen: LOOPBACK,
      ...options,
      home,
      onEvent: (event) => {
        events.push(event);
        for (const wake of [...waiting]) wake();
      },
    });
    this.#closers.push(() => manor.close(0));
    const until = (matches: (event: ManorEvent) => boolean) =>
      new Promise<ManorEvent>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${name} told only ${JSON.stringify(events)}`));
        }, 15_000);
        const look = () => {
          const found = events.find(matches);
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    return { manor, home, events, until };
  }

  async attach(estate: Estate, yard?: string): Promise<Yard> {
    const attached = await attach({ home: estate.home, yard });
    this.#closers.push(() => attached.close());
    return attached;
  }

  /** Two estates that are joined, with each other's keys accepted. */
  async pair(): Promise<[Estate, Estate]> {
    const alpha = await this.open("alpha", { main: true, auto: "once" });
    const beta = await this.open("beta", { join: [alpha.manor.address] });
    await Promise.all([
      alpha.until((event) => event.event === "allowed"),
      beta.until((event) => event.event === "allowed"),
    ]);
    return [alpha, beta];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
