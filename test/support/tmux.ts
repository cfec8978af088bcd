/**
 * A program in a real terminal, by tmux: keys go in, the screen comes out.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { RAET, WAIT_MS_MAX } from "./programs.ts";

/** Whether there is a tmux on this machine. */
export const HAS_TMUX = spawnSync("tmux", ["-V"]).status === 0;

let count = 0;

/** A terminal of 80 by 24 that runs this program. */
export class Terminal implements Disposable {
  readonly #socket = `raet-test-${process.pid}-${++count}`;

  /**
   * Starts it.
   *
   * @param args the arguments of the program
   * @param env added to the environment
   * @param program the words that start another program in place of raet
   */
  constructor(
    args: readonly string[],
    columns = 80,
    rows = 24,
    env: readonly string[] = ["NO_COLOR=1"],
    program: readonly string[] = [RAET.file, ...RAET.args],
  ) {
    const size = ["-x", String(columns), "-y", String(rows)];
    const words = ["env", ...env, ...program, ...args];
    const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    // The shell stays for a while, so that what the program left on the screen can be looked at. The
    // times are for a test that is killed: its terminal must not stay for ever.
    const line = `timeout --foreground 600 ${command}; echo "ended with $?"; exec sleep 60`;
    this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "sh", "-c", line);
    this.#tmux("set-option", "-g", "window-size", "manual");
  }

  /** Types text as it is. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", "--", text);
  }

  /** Presses keys by their names: Enter, Tab, C-c, Up. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", "--", ...keys);
  }

  /** Changes the size of the terminal. */
  resize(columns: number, rows = 24): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** How the terminal is set, as stty says it: a program that ends must leave it so. */
  modes(): string {
    const tty = this.#tmux("display-message", "-p", "#{pane_tty}").trim();
    return spawnSync("stty", ["-a", "-F", tty], { encoding: "utf8" }).stdout;
  }

  /** Whether the alternate screen is shown, and the cursor. */
  flags(): string {
    return this.#tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").trim();
  }

  /** The process id of the program. */
  pid(): number {
    const shell = this.#tmux("display-message", "-p", "#{pane_pid}").trim();
    const child = (of: string) =>
      spawnSync("pgrep", ["-P", of], { encoding: "utf8" }).stdout.trim().split("\n")[0];
    return Number(child(child(shell))); // the shell runs timeout, and that the program
  }

  /** What is on the screen and has left it at the top, a row each, wrapped rows joined. */
  everything(): string[] {
    const text = this.#tmux("capture-pane", "-p", "-J", "-S", "-");
    return text.trimEnd().split("\n").map((row) => row.trimEnd());
  }

  /** What is on the screen, a row each, wrapped rows joined. */
  screen(): string[] {
    const text = this.#tmux("capture-pane", "-p", "-J");
    return text.trimEnd().split("\n").map((row) => row.trimEnd());
  }

  /** Waits until the screen shows that, and returns its rows. */
  async shows(pattern: RegExp): Promise<string[]> {
    const end = performance.now() + WAIT_MS_MAX;
    for (;;) {
      const rows = this.screen();
      if (pattern.test(rows.join("\n"))) return rows;
      if (performance.now() > end) throw new Error(`no ${pattern} in:\n${rows.join("\n")}`);
      await sleep(50);
    }
  }

  /** Ends the terminal and what runs in it. */
  [Symbol.dispose](): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync("tmux", ["-L", this.#socket, ...args], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C.UTF-8", TERM: "xterm-256color" },
    });
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}
