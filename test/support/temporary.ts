/**
 * Temporary folders and child processes for tests.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import { scriptCommand } from "./runtime.ts";

/** Short wherever it can be: sockets lie in such folders. */
const PLACE = fs.existsSync("/tmp") ? "/tmp" : os.tmpdir();

/** A new folder of mode 0700 that is removed at the end of the scope; `path` has no links in it. */
export class TemporaryFolder {
  readonly path: string;

  constructor() {
    this.path = fs.realpathSync(fs.mkdtempSync(nodePath.join(PLACE, "raet-test-")));
  }

  /** A path below it. */
  at(...parts: string[]): string {
    return nodePath.join(this.path, ...parts);
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** A script of the tests, started as another process. */
export class ScriptProcess {
  /** What it printed so far. */
  output = "";
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #changed = Promise.withResolvers<void>();

  /** @param path of a TypeScript file */
  constructor(path: string, ...args: string[]) {
    const { file, args: before } = scriptCommand(path);
    this.#child = spawn(file, [...before, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.pid = this.#child.pid!;
    this.#child.stdout!.on("data", (chunk) => this.#tell(String(chunk)));
    this.#ended = new Promise((resolve) => this.#child.on("close", () => resolve()));
  }

  /** Resolves when it has printed that text; rejects if it ends or 20 s pass before. */
  async printed(text: string): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
      this.#tell("");
    };
    const timer = setTimeout(over, 20_000);
    void this.#ended.then(over);
    try {
      while (!this.output.includes(text)) {
        if (isOver) throw new Error(`a script said "${this.output}": expected "${text}"`);
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills it as nothing can be prepared for, and resolves when it is gone and all it said was read. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #tell(text: string): void {
    this.output += text;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
