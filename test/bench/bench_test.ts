import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { describeRuntime } from "../../src/io/runtime.ts";
import { OWN_RUNTIME, scriptCommand } from "../support/runtime.ts";
import { summarize } from "./report.ts";
import type { Row } from "./row.ts";
import { chooseRows, ROWS, runRow } from "./rows.ts";

/** So little that a row takes about as long as its processes take to start. */
const TINY = { factor: 0.002, runtime: OWN_RUNTIME, profileFolder: null };
/** Rows that differ from another one in nothing but the size of the body. */
const OTHER_SIZES = /-(1KiB|64KiB)$/;

describe("the bench", () => {
  for (const row of ROWS) {
    if (OTHER_SIZES.test(row.name)) continue;
    it(`measures ${row.name}`, async () => {
      const [figures, ...more] = await runRow(row, 1, TINY);
      assert.equal(more.length, 0);
      for (const { key } of row.figures) {
        assert.ok(Number.isFinite(figures[key]), `${key} is ${figures[key]}`);
        const least = /cpu/i.test(key) ? 0 : Number.MIN_VALUE;
        assert.ok(figures[key] >= least, `${key} is ${figures[key]}`);
      }
    });
  }

  it("prints one object a line with --json, the machine first", () => {
    const { file, args } = scriptCommand("scripts/bench.ts");
    const little = ["--json", "--runs", "1", "--scale", "0.002", "--only", "floor-crypto"];
    const ran = spawnSync(file, [...args, ...little]);
    assert.equal(ran.status, 0, String(ran.stderr));
    const [first, ...rows] = String(ran.stdout).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(first.machine.runtimes, [describeRuntime().runtime]);
    const names = rows.map(({ row, runtime }) => [row, runtime]);
    assert.deepEqual(names, [["floor-crypto", OWN_RUNTIME]]);
    assert.ok(rows[0].figures.perSecond.median > 0);
  });

  it("runs the floors of the rows that were asked for, before them", () => {
    assert.deepEqual(chooseRows(["lane"]).map(({ name }) => name), ["floor-unix", "lane"]);
    assert.throws(() => chooseRows(["lain"]), /no row begins with "lain"/);
  });

  it("gives the median, the span, and the part of a floor", () => {
    const row: Row = {
      name: "some",
      about: "something",
      figures: [
        { key: "rate", unit: "1/s", aim: 9, floor: "floor.rate" },
        { key: "time", unit: "ms", lessIsBetter: true, floor: "floor.time" },
      ],
      open: () => assert.fail("nothing is run"),
    };
    const measured = [{ rate: 3, time: 4 }, { rate: 8, time: 6 }, { rate: 5, time: 20 }];
    const floors = new Map([["floor.rate", 10], ["floor.time", 3]]);
    const { figures } = summarize(row, measured, floors);
    const { median, min, max, ofFloor } = figures.rate;
    assert.deepEqual({ median, min, max, ofFloor }, { median: 5, min: 3, max: 8, ofFloor: 0.5 });
    assert.equal(figures.time.ofFloor, 0.5);
    assert.equal(figures.rate.aim, 9);
  });
});
