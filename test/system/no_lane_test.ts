/** The program where there are no Unix datagram sockets, as on macOS: it has its road all the same. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { Manor, Programs, said } from "../support/programs.ts";

const script = resolve("test/support/without_lane.ts");

/** What a macOS has and this host doesn't, for Bun's lock of a home: its C library, under its name there. */
function libraries(folder: string): Record<string, string> {
  const [, library] = / (\/\S+\/libc\.so\.6)$/m.exec(readFileSync("/proc/self/maps", "utf8"))!;
  const path = join(folder, "libraries");
  mkdirSync(path);
  symlinkSync(library, join(path, "libSystem.B.dylib"));
  return { LD_LIBRARY_PATH: path };
}

describe("a host without a lane", () => {
  it("has a manor with a console inside, which others can join and send to", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main", "--auto", "always");
    const settings = {
      ...libraries(programs.folder),
      RAET_NAME: "mac",
      RAET_LISTEN: "127.0.0.1:0",
      RAET_JOIN: alpha.address,
    };
    const lines = "listen jobs\nping alpha\nkeys\n";
    const inside = programs.start("mac", ["repl", "--up"], {
      input: lines,
      env: settings,
      script,
    });
    await said(inside, inside.lines, /^mac +own /);
    assert.ok((await inside.exited) < 10, inside.errorLines.join("\n"));

    const mac = new Manor(
      programs.start("mac", ["up", "--json"], { env: settings, script }),
    );
    const { message } = await mac.event("warning");
    assert.match(String(message), /not there on "darwin": .*no other process of this host/);
    await alpha.event("allowed", "mac");
    const sent = await programs.fail("alpha", ["send", "mac//nobody", "1"]);
    assert.deepEqual(sent, ["no_share", 2], "mac itself answered");
    assert.equal(await mac.end("SIGTERM"), 0);
  });

  it("says to who wants to attach that nobody can, with exit code 6", async () => {
    await using programs = new Programs();
    const keys = programs.start("mac", ["keys"], { script });
    assert.equal(await keys.exited, 6);
    assert.match(keys.errorLines.join("\n"), /no other process's manor can be reached: the lane/);
  });
});
