/**
 * Opens the whole screen, where there is a terminal to open it on.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { FullScreen, type ScreenOwner } from "./full_screen.ts";
import { isTerminal, type Streams } from "./streams.ts";

export { processStreams } from "./streams.ts";

/**
 * Takes the whole screen of a terminal.
 *
 * @throws {RaetError} `usage` if there is none, or it can't be drawn on
 */
export function openFullScreen(
  streams: Streams,
  owner: ScreenOwner,
  env: Readonly<Record<string, string | undefined>>,
): FullScreen {
  if (!isTerminal(streams) || env.TERM === "dumb") {
    throw new RaetError("usage", "there is no terminal to draw on: expected one, or --json");
  }
  return new FullScreen(streams, owner, !env.NO_COLOR);
}
