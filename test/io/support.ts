/**
 * Directories, processes and patience for tests of real sockets.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { it } from "node:test";
import type { Address } from "../../src/base/address.ts";
import { isBun } from "../../src/io/bun.ts";
import { OWN_RUNTIME, type Runtime, scriptCommand } from "../support/runtime.ts";

/** Makes a directory for sockets, and removes it after. */
export async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = fs.realpathSync(fs.mkdtempSync(`${os.tmpdir()}/raet-`));
  try {
    await work(directory);
  } finally {
    await Promise.all([...running].map((peer) => peer.kill()));
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Waits until something holds, by looking every few milliseconds. */
export async function until(holds: () => boolean, what: string, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it took more than ${ms} ms: ${what}`);
    await sleep(2);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Whether there is a Python to talk to. */
export const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** A test after which nothing may be open. Deno looks; Bun can't, and runs it all the same. */
export function leavesNothing(name: string, fn: () => Promise<void>): void {
  if (isBun) it(name, fn);
  else {
    Deno.test({ name, sanitizeOps: true, sanitizeResources: true, sanitizeExit: true, fn });
  }
}

/** What a UDP socket told. */
export class UdpLog {
  datagrams: { bytes: Uint8Array; from: Address }[] = [];
  batches = 0;
  errors: unknown[] = [];
  onDatagram = (bytes: Uint8Array, from: Address): void =>
    void this.datagrams.push({ bytes, from });
  onBatch = (): void => void this.batches++;
  onError = (error: unknown): void => void this.errors.push(error);
}

/** Peers that have not ended yet: a test that fails leaves none behind. */
const running = new Set<Peer>();

/** A process whose output is read by lines. */
export class Peer {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #over = false;

  constructor(command: string, args: string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    running.add(this);
    const reader = createInterface({ input: this.#child.stdout! });
    reader.on("line", (line) => this.lines.push(line));
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", () => {
        this.#over = true;
        running.delete(this);
        resolve();
      });
    });
  }

  /** A TypeScript program beside this file. */
  static own(file: string, ...args: string[]): Peer {
    return Peer.on(OWN_RUNTIME, file, ...args);
  }

  /** A TypeScript program beside this file, on a runtime. */
  static on(runtime: Runtime, file: string, ...args: string[]): Peer {
    const path = new URL(file, import.meta.url).pathname;
    const command = scriptCommand(path, runtime);
    return new Peer(command.file, [...command.args, ...args]);
  }

  static python(program: string, ...args: string[]): Peer {
    return new Peer("python3", ["-c", program, ...args]);
  }

  /** The next line that was not taken yet. */
  async line(ms = 20_000): Promise<string> {
    await until(() => this.lines.length > 0 || this.#over, "a line of the peer", ms);
    return this.lines.shift() ?? "the peer ended";
  }

  say(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL" | "SIGTERM"): void {
    process.kill(this.#child.pid!, name); // the child's own kill works once only
  }

  async kill(): Promise<void> {
    this.#child.stdin!.destroy();
    try {
      if (!this.#over) this.signal("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#ended;
  }
}
