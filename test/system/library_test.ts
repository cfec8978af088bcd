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

/** Runs a program, and has its types checked by Deno, in a folder that stands for /home/me. */
async function run(folder: string, program: string): Promise<string> {
  const file = join(folder, "example.ts");
  writeFileSync(
    file,
    program.replace("@raet/raet", join(ROOT, "mod.ts")).replaceAll("/home/me", folder),
  );
  const { file: runtime, args: [run, ...args] } = scriptCommand(file);
  const config = OWN_RUNTIME === "deno" ? ["--config", join(ROOT, "deno.json")] : [];
  const options = { timeout: WAIT_MS_MAX, env: { ...process.env, NO_COLOR: "1" } };
  if (OWN_RUNTIME === "deno") {
    await promisify(execFile)(runtime, ["check", ...config, file], options);
  }
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

  for (const { heading, program, shown } of examples) {
    it(`has a program that prints what it says: ${heading}`, async () => {
      await using here = new Neighbourhood();
      await here.open("alpha", { home: here.home(".raet") });
      assert.equal(plain(await run(here.home(""), program)), plain(shown));
    });
  }
});
