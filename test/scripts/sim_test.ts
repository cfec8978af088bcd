/** Runs seeds as `deno task sim` does. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type OnReport, runJobs } from "../../scripts/sim/jobs.ts";
import { scriptCommand } from "../support/runtime.ts";
import { TemporaryFolder } from "../support/temporary.ts";

/** Runs the script with its output as text. */
function sim(...given: string[]): { code: number | null; output: string; errors: string } {
  const { file, args } = scriptCommand("scripts/sim.ts");
  const { status, stdout, stderr } = spawnSync(file, [...args, ...given], { encoding: "utf8" });
  return { code: status, output: stdout, errors: stderr };
}

/** Runs a script that is a text in two jobs; what they reported. */
async function reported(text: string, goesOn: OnReport): Promise<number[]> {
  using folder = new TemporaryFolder();
  const script = folder.at("worker.mjs");
  writeFileSync(script, text);
  const seeds: number[] = [];
  await runJobs(script, [], 2, (report) => {
    seeds.push(report.seed);
    return goesOn(report);
  });
  return seeds;
}

describe("a run of seeds", () => {
  it("comes to the same in one process and in three", () => {
    const [one, three] = ["1", "3"].map((jobs) => {
      const { code, output } = sim("--seeds", "11..15", "--jobs", jobs, "--json");
      assert.equal(code, 0);
      const { seconds, ...rest } = JSON.parse(output);
      assert.ok(seconds > 0);
      return rest;
    });
    assert.equal(one.seeds, 5);
    assert.equal(one.findings, 0);
    assert.ok(Math.min(one.virtualSeconds, one.steps, one.datagrams, one.faults) > 0);
    const all = Object.values<number>(one.outcomes).reduce((sum, count) => sum + count, 0);
    assert.equal(all, one.messages);
    const near = (seconds: number) => Math.round(seconds);
    assert.deepEqual(
      { ...three, virtualSeconds: near(three.virtualSeconds) },
      { ...one, virtualSeconds: near(one.virtualSeconds) },
    );
  });

  it("refuses what is no range and no number of processes", () => {
    const range = sim("--seeds", "1-5");
    assert.equal(range.code, 1);
    assert.match(range.errors, /--seeds 1-5 is no range: expected A\.\.B or one number/);
    const jobs = sim("--jobs", "many");
    assert.equal(jobs.code, 1);
    assert.match(jobs.errors, /--jobs many is no number of processes: expected 1 or more/);
  });
});

describe("seeds in several processes", () => {
  const ENDLESS = `
    const [k] = process.argv.at(-1).split("/").map(Number);
    let seed = k;
    setInterval(() => console.log(JSON.stringify({ seed: seed += 2 })), 5);
  `;

  it("end all with the first finding", async () => {
    const seeds = await reported(ENDLESS, ({ seed }) => seed < 10);
    assert.ok(seeds.some((seed) => seed >= 10));
  });

  it("fail if one of them ends before its work is done", async () => {
    const dies = `${ENDLESS} if (k === 1) process.exit(3);`;
    await assert.rejects(reported(dies, () => true), /ended with code 3: expected 0/);
  });
});

describe("seeds that are no range", () => {
  for (const script of ["scripts/sim.ts", "scripts/routers.ts"]) {
    it(`are refused by ${script}`, () => {
      const { file, args } = scriptCommand(script);
      for (const seeds of ["5..1", "1..", "x", "-3"]) {
        const run = spawnSync(file, [...args, `--seeds=${seeds}`], { encoding: "utf8" });
        assert.equal(run.status, 1, seeds);
        assert.match(
          run.stderr,
          /is no range: expected A\.\.B or one number, the lower one first/,
        );
        assert.equal(run.stdout, "");
      }
    });
  }
});
