import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RaetError } from "../../src/base/errors.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { runInMemory } from "../support/world.ts";

/** A manor whose pings take these times, null for one that gets no answer. */
function manorOf(...times: (number | null)[]): FakeManor {
  return new FakeManor({
    ping: () => {
      const ms = times.shift() ?? null;
      return ms === null ? new RaetError("expired", "beta gave no answer in 3 s") : { ms };
    },
  });
}

const ping = (manor: FakeManor, count: number, ...more: string[]) =>
  runInMemory(["ping", "beta", "--count", String(count), "--interval", "0.001", ...more], {
    manor,
  });

describe("raet ping", () => {
  it("prints each round trip, and their least, mean and most", async () => {
    const manor = manorOf(1, 2.5, 4);
    const { exit, out } = await ping(manor, 3);
    assert.equal(exit, 0);
    assert.equal(
      out,
      "1  beta  1.0 ms\n2  beta  2.5 ms\n3  beta  4.0 ms\n" +
        "3 sent, 3 answered, 0% lost; min / avg / max 1.0 ms / 2.5 ms / 4.0 ms\n",
    );
    assert.deepEqual(manor.calls.filter(({ verb }) => verb === "ping")[0].args, {
      estate: "beta",
      timeoutMs: 3000,
    });
  });

  it("ends with exit code 7 if some were lost, and says which", async () => {
    const { exit, out } = await ping(manorOf(1, null, 3), 3, "--json");
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(exit, 7);
    assert.deepEqual(lines[0], { estate: "beta", n: 1, ms: 1 });
    assert.equal(lines[1].error.code, "expired");
    assert.deepEqual(lines[3], {
      estate: "beta",
      sent: 3,
      answered: 2,
      lossPercent: 33.333,
      minMs: 1,
      avgMs: 2,
      maxMs: 3,
    });
    assert.equal(lines[4].error.code, "some_failed");
  });

  it("asks once where the next would be told the same", async () => {
    for (const code of ["denied", "no_estate", "rejected"] as const) {
      const manor = new FakeManor({ ping: () => new RaetError(code, "no") });
      const { out } = await ping(manor, 5, "--json");
      assert.equal(manor.calls.filter(({ verb }) => verb === "ping").length, 1, code);
      assert.equal(JSON.parse(out).error.code, code);
    }
  });

  it("sums up at once on ^C, without the one that is under way", async () => {
    const manor: FakeManor = new FakeManor({
      ping: () => {
        manor.silent = true;
        return { ms: 2 };
      },
    });
    const end = new AbortController();
    const args = ["ping", "beta", "--interval", "0.001"];
    const running = runInMemory(args, { manor, signal: end.signal });
    const pings = () => manor.calls.filter(({ verb }) => verb === "ping").length;
    while (pings() < 2) await sleep(1);
    end.abort();
    const ran = await Promise.race([running, sleep(3_000, null, { ref: false })]);
    assert.equal(ran?.exit, 0);
    assert.equal(
      ran?.out,
      "1  beta  2.0 ms\n1 sent, 1 answered, 0% lost; min / avg / max 2.0 ms / 2.0 ms / 2.0 ms\n",
    );
  });

  it("ends with their failure if all were lost", async () => {
    const { exit, out } = await ping(manorOf(), 2, "--json");
    assert.equal(exit, 3);
    const sum = JSON.parse(out.trimEnd().split("\n")[2]);
    assert.deepEqual([sum.lossPercent, sum.minMs, sum.avgMs], [100, null, null]);
  });

  it("stops at once where no ping can succeed, with a suggestion", async () => {
    const unknown = new RaetError("no_estate", 'no estate "bta" is known');
    const manor = new FakeManor({ ping: unknown });
    const { exit, out, err } = await runInMemory(["ping", "bta"], { manor });
    assert.deepEqual([exit, out, err], [
      2,
      "",
      'raet: no estate "bta" is known; did you mean beta\n',
    ]);
    assert.equal(manor.calls.filter(({ verb }) => verb === "ping").length, 1);
  });

  it("is refused with what can't be", async () => {
    for (const args of [["a/b"], [""], ["beta", "--timeout", "60"], ["beta", "--count", "0"]]) {
      const { exit } = await runInMemory(["ping", ...args], { manor: new FakeManor() });
      assert.equal(exit, 1, args.join(" "));
    }
  });
});
