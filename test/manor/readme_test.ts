import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Neighbourhood } from "../support/manors.ts";
import { OWN_RUNTIME, scriptCommand } from "../support/runtime.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

describe("the README's first example", () => {
  it("runs as it stands", async () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const code = /```ts\n(.*?)```/s.exec(readme)?.[1];
    assert.ok(code, "the README has an example");
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const file = join(alpha.home, "example.ts");
    const program = code.replace("@raet/raet", join(ROOT, "mod.ts")).replace(
      /home: ".*?"/,
      (home) => {
        assert.ok(home.includes(".raet"));
        return `home: ${JSON.stringify(alpha.home)}`;
      },
    );
    writeFileSync(file, program);
    const { file: runtime, args: [run, ...args] } = scriptCommand(file);
    const config = OWN_RUNTIME === "deno" ? ["--config", join(ROOT, "deno.json")] : [];
    const options = { timeout: 60_000 };
    const { stdout } = await promisify(execFile)(runtime, [run, ...config, ...args], options);
    assert.match(stdout, /^p[0-9a-f]{8} \{\s+run: "backup",?\s+\}\ndelivered\n$/);
  });
});
