import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FakeManor } from "../support/fake_manor.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { runInMemory } from "../support/world.ts";

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(2);
}

const hasCalled = (manor: FakeManor, verb: string) =>
  manor.calls.some((call) => call.verb === verb);

/** A command that says that it runs, and ends when it is told to. */
class Work implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly words = ["sh", "-c", 'touch "$0"; while [ ! -e "$1" ]; do sleep 0.02; done']
    .concat(this.#folder.at("on"), this.#folder.at("end"));

  begun(): Promise<void> {
    return until(() => existsSync(this.#folder.at("on")));
  }

  end(): void {
    writeFileSync(this.#folder.at("end"), "");
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

describe("raet answer", () => {
  it("leaves what comes to others while the command for its last message runs", async () => {
    using work = new Work();
    const manor = new FakeManor();
    const args = ["answer", "jobs", "--count", "1", "--", ...work.words];
    const running = runInMemory(args, { manor });
    await until(() => hasCalled(manor, "claim"));
    manor.deliver("jobs", 1);
    await work.begun();
    await until(() => hasCalled(manor, "release"));
    work.end();
    assert.equal((await running).exit, 0);
  });

  it("ends once its command can't be started, whatever else could run beside it", async () => {
    using folder = new TemporaryFolder();
    const file = folder.at("command");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    const manor = new FakeManor();
    const end = new AbortController();
    const args = ["answer", "jobs", "--parallel", "2", "--", file];
    const running = runInMemory(args, { manor, signal: end.signal });
    await until(() => hasCalled(manor, "claim"));
    rmSync(file);
    manor.deliver("jobs", 1);
    const ended = await Promise.race([running, sleep(3_000, null, { ref: false })]);
    end.abort();
    await running;
    assert.match(ended?.err ?? "", /command ".*" can't be started/);
    assert.equal(ended?.exit, 1);
  });

  for (const first of ["the signal", "its manor"]) {
    it(`ends at one signal, its command having ended, where its manor is away: ${first} first`, async () => {
      using work = new Work();
      const manor = new FakeManor();
      const end = new AbortController();
      const args = ["answer", "jobs", "--", ...work.words];
      const running = runInMemory(args, { manor, signal: end.signal });
      await until(() => hasCalled(manor, "claim"));
      manor.deliver("jobs", 1, { durable: true });
      await work.begun();
      if (first === "the signal") end.abort();
      manor.isAway = true;
      work.end();
      await until(() => manor.missed > 0);
      end.abort();
      const { exit, out, err } = await running;
      assert.deepEqual([exit, /not asked exit 0/.test(out)], [0, true]);
      assert.match(err, /ended without the manor: .* may come again/);
    });
  }

  it("waits for a manor that comes back, as long as it is not told to end", async () => {
    using work = new Work();
    const manor = new FakeManor();
    const running = runInMemory(["answer", "jobs", "--count", "1", "--", ...work.words], { manor });
    await until(() => hasCalled(manor, "claim"));
    manor.deliver("jobs", 1, { durable: true });
    await work.begun();
    manor.isAway = true;
    work.end();
    await until(() => manor.missed > 0);
    manor.isAway = false;
    await until(() => manor.receipts.length > 0);
    manor.note("noted", manor.receipts[0].answers[0]);
    const { exit, err } = await running;
    assert.equal(exit, 0);
    assert.match(err, /the manor went away; waiting for it\n.*the manor is back\n$/);
  });
});
