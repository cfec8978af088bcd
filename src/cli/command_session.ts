/**
 * The session of a verb that was called from the command line: it attaches to the manor when the
 * verb first asks for it, and lets go when the verb has ended.
 *
 * @module
 */
import { fromUtf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import type { Yard } from "../client/yard.ts";
import { homePath } from "../io/home.ts";
import type { Output } from "./output.ts";
import { unlessGivenUp } from "./pause.ts";
import type { Session } from "./session.ts";
import type { FullScreen, ScreenOwner } from "./terminal/full_screen.ts";
import type { World } from "./world.ts";

/** A session of the command line. */
export class CommandSession implements Session, AsyncDisposable {
  readonly place = "command";
  readonly console = null;
  readonly output: Output;
  readonly env: World["env"];
  readonly signal: AbortSignal;
  /** The exit code of a verb that ended without a failure. */
  exitCode = 0;
  readonly #world: World;
  readonly #homeOption: () => string | undefined;
  #yard: Yard | null = null;

  /** @param homeOption what `--home` says, once it has been read */
  constructor(world: World, output: Output, homeOption: () => string | undefined) {
    this.output = output;
    this.env = world.env;
    this.signal = world.signal;
    this.#world = world;
    this.#homeOption = homeOption;
  }

  /** `--home`, or RAET_HOME, or ~/.raet. */
  get home(): string {
    return homePath(this.#homeOption(), this.env);
  }

  /** Attaches to the manor, once; a manor that stands still may take long to answer. */
  async attach(yard?: string): Promise<Yard> {
    if (this.#yard) return this.#yard;
    const attaching = this.#world.attach({ home: this.home, yard, program: "raet" });
    return this.#yard = await unlessGivenUp(attaching, this.signal, "the manor answered");
  }

  /** Reads standard input. */
  async readInput(bytesMax: number): Promise<string> {
    const text = fromUtf8(await this.#world.readInput(bytesMax));
    if (text === null) throw new RaetError("bad_body", "standard input is not UTF-8 text");
    return text;
  }

  /** Standard input as it comes. */
  openInput(): AsyncIterable<Uint8Array> {
    return this.#world.openInput();
  }

  /** The whole screen. @throws {RaetError} `usage` if there is no terminal */
  async fullScreen(owner: ScreenOwner): Promise<FullScreen> {
    const { openFullScreen, processStreams } = await import("./terminal/open.ts");
    return openFullScreen(processStreams(), owner, this.env);
  }

  /** Ends the command with that code. */
  setExitCode(code: number): void {
    this.exitCode = code;
  }

  /** Detaches. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#yard?.close();
  }
}
