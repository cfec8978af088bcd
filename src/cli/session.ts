/**
 * What a verb works with: where it was called from, how it prints, the manor it talks to and the
 * signal that ends it. The command line and the console each give their own.
 *
 * @module
 */
import type { Yard } from "../client/yard.ts";
import type { ConsoleControls } from "./console_controls.ts";
import type { Output } from "./output.ts";
import type { FullScreen, ScreenOwner } from "./terminal/full_screen.ts";

/** From where a verb can be called. */
export type Place = "command" | "console";

/** What a verb works with. */
export interface Session {
  readonly place: Place;
  readonly output: Output;
  /** the folder of the estate, absolute */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** aborted by ^C (and by SIGTERM on the command line) */
  readonly signal: AbortSignal;
  /**
   * The connection to the manor of the home; whoever gives the session closes it.
   *
   * @param yard a name for it, if others have to know it
   * @throws {RaetError} `no_manor` if none is running; `expired` if the signal comes before it has answered
   */
  attach(yard?: string): Promise<Yard>;
  /**
   * All of the text on standard input, up to that many bytes.
   *
   * @throws {RaetError} `too_large`; `bad_body` if it is not UTF-8; `usage` in the console
   */
  readInput(bytesMax: number): Promise<string>;
  /** Standard input as it comes, where a verb can have it. */
  openInput?(): AsyncIterable<Uint8Array>;
  /**
   * The whole screen, until it is given back.
   *
   * @throws {RaetError} `usage` if there is no terminal
   */
  fullScreen?(owner: ScreenOwner): Promise<FullScreen>;
  /** The exit code of a verb that ran to its end but not well. */
  setExitCode(code: number): void;
  /** What only a console can do; null on the command line. */
  readonly console: ConsoleControls | null;
}
