import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { WAIT_MS_MAX } from "../support/programs.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const PAGE = "docs/getting-started.md";

/** A shell block of the page, and the output that the page shows below it. */
interface Block {
  readonly host: "alpha" | "beta" | "both";
  /** it is left running */
  readonly stays: boolean;
  readonly script: string;
  readonly shown: string | null;
}

/** Blocks are marked `sh HOST`, or `sh HOST stays`; a `text` block below one is its output. */
function blocksOf(page: string): Block[] {
  const fence = /^```sh (\w+)( stays)?\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;
  return Array.from(page.matchAll(fence), ([, host, stays, script, shown]) => {
    assert.ok(host === "alpha" || host === "beta" || host === "both", host);
    return { host, stays: stays !== undefined, script, shown: shown ?? null };
  });
}

/** Two hosts that are folders, each with the shell of somebody who follows the page. */
class Hosts implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "raet-book-"));
  readonly #running: ChildProcess[] = [];
  /** what is typed in every shell first */
  #before = "";

  constructor() {
    for (const host of ["alpha", "beta"]) mkdirSync(join(this.#folder, host));
  }

  async run({ host, stays, script, shown }: Block): Promise<void> {
    if (host === "both") {
      await this.run({ host: "alpha", stays, script, shown });
      this.#before += script.replace(/^raet .*\n/gm, ""); // what later commands need of it
      return;
    }
    const text = script.replaceAll("alpha.example:7530", () => this.#address("alpha"));
    const child = spawn("bash", ["-euc", this.#before + text], {
      cwd: ROOT,
      env: this.#environment(host),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a group of its own, which can be ended as a whole
    });
    this.#running.push(child);
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => out += data);
    child.stderr.on("data", (data) => err += data);
    if (stays) {
      return await until(`"${script}" to begin`, () => {
        assert.equal(child.exitCode, null, `${script} ended: ${out}${err}`);
        return /"what":"ready"|^listening on|^answering/m.test(err);
      });
    }
    const code = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(code, 0, `${script}: ${out}${err}`);
    if (shown !== null) assert.equal(plain(out), plain(shown), script);
  }

  /** Waits until a command at a host says that. */
  async until(host: "alpha" | "beta", command: string, pattern: RegExp): Promise<void> {
    await until(String(pattern), () => this.#says(host, command, pattern));
  }

  async #says(host: "alpha" | "beta", command: string, pattern: RegExp): Promise<boolean> {
    const args = ["-euc", this.#before + command];
    const options = { cwd: ROOT, env: this.#environment(host) };
    const child = spawn("bash", args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (data) => out += data);
    await new Promise((resolve) => child.on("close", resolve));
    return pattern.test(out);
  }

  /** Where a manor listens: tests take any free port. */
  #address(host: string): string {
    const lock = readFileSync(join(this.#folder, host, ".raet", "lock"), "utf8");
    return JSON.parse(lock.split("\n")[0]).address;
  }

  #environment(host: string): Record<string, string> {
    const { PATH = "" } = process.env;
    const HOME = join(this.#folder, host);
    const DENO_DIR = process.env.DENO_DIR ?? join(process.env.HOME ?? "", ".cache", "deno");
    const path = `${process.execPath.replace(/\/[^/]*$/, "")}:${PATH}`;
    return { PATH: path, HOME, DENO_DIR, RAET_LISTEN: "127.0.0.1:0", NO_COLOR: "1" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.on("close", resolve));
      process.kill(-child.pid!, "SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Without what differs from one time to the next. */
function plain(text: string): string {
  return text.trim()
    .replace(/\b(?:[0-9a-f]{4} ){15}[0-9a-f]{4}\b/g, "FINGERPRINT")
    .replace(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, "TIME");
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX;
  while (!await look()) {
    assert.ok(performance.now() < end, `waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the handbook's first page", () => {
  it("can be followed to the letter", async () => {
    const blocks = blocksOf(readFileSync(join(ROOT, PAGE), "utf8"));
    assert.ok(blocks.length >= 12, `${blocks.length} blocks`);
    await using hosts = new Hosts();
    for (const block of blocks) {
      await hosts.run(block);
      // A person takes longer to go from one host to the other than the hosts need.
      if (block.stays && block.host === "beta" && block.script.includes("raet up")) {
        await hosts.until("alpha", "raet keys", /beta +pending/);
      }
      if (block.script.includes("keys accept")) {
        await hosts.until("alpha", "raet estates", /^beta .* allowed +yes/m);
      }
    }
  });

  it("is marked so that each of its shell blocks is run", () => {
    const page = readFileSync(join(ROOT, PAGE), "utf8");
    assert.equal(page.match(/^```sh/gm)?.length, blocksOf(page).length);
  });
});
