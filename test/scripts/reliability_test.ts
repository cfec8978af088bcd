import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { pageOf, type Run } from "../../scripts/reliability/page.ts";

const KILLS: Run = {
  of: "kills",
  command: "deno task kills --times 1000",
  commit: "abc1234",
  date: "2026-01-02",
  machine: "2 × some, deno 1",
  passed: true,
  printed: [{
    kills: { alpha: 600, beta: 400 },
    ordered: false,
    stored: 98_811,
    lost: 0,
    twice: 0,
    early: 3,
    again: 12,
  }],
};

const seeds = (from: number, to: number, commit: string, findings = 0): Run => ({
  ...KILLS,
  of: "sim",
  command: `deno task sim --seeds ${from}..${to}`,
  commit,
  passed: findings === 0,
  printed: [{
    from,
    to,
    attacked: false,
    durable: false,
    seeds: to - from + 1,
    findings,
    virtualSeconds: 3600,
    datagrams: 10,
    messages: 5,
    outcomes: { delivered: 4, expired: 1 },
  }],
});

describe("the page of figures", () => {
  it("has a row for what was run, with its commit, and says what was not", () => {
    const page = pageOf([KILLS]);
    assert.match(page, /\| 1,000 \| no \| 98,811 \| 0 \| 0 \| 12 \| – \| abc1234 \| 2026-01-02 \|/);
    assert.match(page, /`deno task kills --times 1000`; 2 × some, deno 1\./);
    assert.match(page, /## Changed inputs\n\n[^\n]+\n\nNot run yet\./);
  });

  it("says how many runs found something", () => {
    assert.match(pageOf([KILLS, { ...KILLS, passed: false }]), /Runs with a finding: 1\./);
  });

  it("has one row for seeds that follow on each other at one commit", () => {
    const page = pageOf([
      seeds(1, 1000, "aaa"),
      seeds(1001, 2000, "bbb"),
      seeds(2001, 4000, "bbb"),
      seeds(1, 9, "bbb"),
    ]);
    assert.match(page, /\| 1–1,000 \| some \| no \| 0 \| 1\.0 h \| 10 \| 5 \| 4 \| aaa \|/);
    assert.match(page, /\| 1,001–4,000 \| some \| no \| 0 \| 2\.0 h \| 20 \| 10 \| 8 \| bbb \|/);
    assert.match(page, /\| 1–9 \| /);
  });

  it("shows seeds from the last finding on, and says how many there were", () => {
    const page = pageOf([
      seeds(1, 1000, "aaa"),
      seeds(1, 50, "bbb", 2),
      seeds(51, 70, "bbb"),
      seeds(71, 90, "ccc"),
    ]);
    assert.doesNotMatch(page, /1–1,000/);
    assert.match(page, /\| 1–70 \| some \| no \| 2 \|.*\n\| 71–90 \| some \| no \| 0 \|/);
    assert.match(
      page,
      /In all 1,090 seeds, findings: 2; after the last finding 40 seeds, findings: 0; 2 ×/,
    );
    assert.match(pageOf([seeds(1, 50, "bbb", 2)]), /after the last finding 0 seeds, findings: 0;/);
  });

  it("is refused by the check once somebody has written in it", () => {
    const folder = mkdtempSync(join(tmpdir(), "raet-page-"));
    try {
      mkdirSync(join(folder, "docs"));
      cpSync("docs/reliability.json", join(folder, "docs/reliability.json"));
      const script = resolve("scripts/reliability.ts");
      const run = (...args: string[]) =>
        spawnSync(process.execPath, ["run", "-A", "--no-check", script, ...args], { cwd: folder });
      assert.equal(run().status, 0);
      assert.equal(run("--check").status, 0);
      const page = join(folder, "docs/reliability.md");
      writeFileSync(page, `${readFileSync(page, "utf8")}\nand more\n`);
      const checked = run("--check");
      assert.equal(checked.status, 1);
      assert.match(String(checked.stderr), /is not what docs\/reliability\.json says/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
