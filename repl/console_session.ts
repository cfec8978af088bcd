/**
 * The session of a verb that was called in the console: it uses the console's own connection, and
 * what it says is printed above the line being typed.
 *
 * @module
 */
import { RaetError } from "../src/base/errors.ts";
import { Output, type Sink } from "../src/cli/output.ts";
import type { ConsoleControls, Session } from "../src/cli/session.ts";
import type { Yard } from "../src/client/yard.ts";

/** What the console lends to a verb. */
export interface ConsoleParts {
  /** the session in which the console itself runs */
  readonly outer: Session;
  readonly yard: Yard;
  readonly sink: Sink;
  readonly controls: ConsoleControls;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** A session for one line of the console. */
export class ConsoleSession implements Session {
  readonly place = "console";
  readonly output: Output;
  readonly home: string;
  readonly env: Session["env"];
  readonly signal: AbortSignal;
  readonly console: ConsoleControls;
  readonly #yard: Yard;

  /** Made anew for each line. */
  constructor({ outer, yard, sink, controls, signal, json }: ConsoleParts) {
    this.output = new Output({ out: sink, err: sink, json, env: outer.env });
    this.home = outer.home;
    this.env = outer.env;
    this.signal = signal;
    this.console = controls;
    this.#yard = yard;
  }

  /** The console's own connection. */
  attach(): Promise<Yard> {
    return Promise.resolve(this.#yard);
  }

  /** The console's input is what is typed: no verb can read it. */
  readInput(): Promise<string> {
    const why = '"-" stands for standard input, which the console reads itself: expected a body';
    return Promise.reject(new RaetError("usage", why));
  }

  /** A verb's exit code has no meaning in a console. */
  setExitCode(): void {}
}
