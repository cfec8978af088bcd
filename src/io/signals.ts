/**
 * SIGHUP: for a service "read your settings again"; for a process of a terminal also "your terminal is
 * gone".
 *
 * @module
 */
import process from "node:process";
import { canOpenKernelFile } from "./kernel_file.ts";

/** What to do on SIGHUP. */
export interface HangupHandlers {
  /** somebody asks to read the settings again */
  onReload(): void;
  /** the terminal that this process was started in is closed */
  onTerminalGone(): void;
}

/** Listens for SIGHUP until the returned function is called. */
export function onHangup({ onReload, onTerminalGone }: HangupHandlers): () => void {
  if (process.platform === "win32") return () => {};
  const hadTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const listener = () => hadTerminal && !hasTerminal() ? onTerminalGone() : onReload();
  process.on("SIGHUP", listener);
  return () => void process.off("SIGHUP", listener);
}

/** Whether this process still has a terminal that controls it. */
function hasTerminal(): boolean {
  return canOpenKernelFile("/dev/tty");
}
