import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { Neighbourhood } from "../support/manors.ts";
import { WAIT_MS_MAX } from "../support/programs.ts";
import { OWN_RUNTIME, scriptCommand } from "../support/runtime.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
/** A runtime has to start, and to read all of the sources. */
const PATIENCE_MS = 4 * WAIT_MS_MAX;
const PAGE = readFileSync(join(ROOT, "docs", "library.md"), "utf8");

/** A program of the page, under its heading, and what the page says that it prints. */
interface Example {
  readonly heading: string;
  readonly program: string;
  readonly shown: string;
}

function examplesOf(page: string): Example[] {
  return page.split(/^## /m).slice(1).flatMap((section) => {
    const [, program, shown] = /^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/ms.exec(section) ?? [];
    return program ? [{ heading: section.split("\n")[0], program, shown }] : [];
  });
}

/** Makes a program's file in a folder that stands for /home/me. */
function write(folder: string, name: string, program: string): string {
  const file = join(folder, name);
  const text = program.replace("@raet/raet", join(ROOT, "mod.ts")).replaceAll("/home/me", folder);
  writeFileSync(file, text);
  return file;
}

async function run(file: string): Promise<string> {
  const { file: runtime, args: [run, ...args] } = scriptCommand(file);
  const config = OWN_RUNTIME === "deno" ? ["--config", join(ROOT, "deno.json")] : [];
  const options = { timeout: PATIENCE_MS, env: { ...process.env, NO_COLOR: "1" } };
  return (await promisify(execFile)(runtime, [run, ...config, ...args], options)).stdout;
}

/** Without what the runtimes lay out each in their own way. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/,(?= [}\]])/g, "").trim();
}

describe("the handbook's page on the library", () => {
  const examples = examplesOf(PAGE);

  it("shows below each of its programs what that prints", () => {
    assert.ok(examples.length >= 6, `${examples.length} programs`);
    assert.equal(PAGE.match(/^```ts$/gm)?.length, examples.length);
  });

  it(
    "has the types of its programs right",
    { skip: OWN_RUNTIME !== "deno" && "Deno checks" },
    async () => {
      await using here = new Neighbourhood();
      const folder = here.home("");
      const files = examples.map(({ program }, i) => write(folder, `example${i}.ts`, program));
      const args = ["check", "--config", join(ROOT, "deno.json"), ...files];
      await promisify(execFile)(process.execPath, args, { timeout: PATIENCE_MS });
    },
  );

  for (const { heading, program, shown } of examples) {
    it(`has a program that prints what it says: ${heading}`, async () => {
      await using here = new Neighbourhood();
      await here.open("alpha", { home: here.home(".raet") });
      const file = write(here.home(""), "example.ts", program);
      assert.equal(plain(await run(file)), plain(shown));
    });
  }
});
