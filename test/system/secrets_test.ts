import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { ChildProgram } from "../../src/io/process.ts";
import { Keep } from "../../src/keep/keep.ts";
import { Programs, RAET, said } from "../support/programs.ts";

/** A secret in the forms in which it could be written, each as bytes read like Latin letters. */
function formsOf(secret: Uint8Array): Map<string, string> {
  const hex = toHex(secret);
  const forms = new Map([
    ["raw", Buffer.from(secret).toString("latin1")],
    ["hex", hex],
    ["hex in capitals", hex.toUpperCase()],
    ["hex in pairs", hex.replace(/..(?=.)/g, "$&:")],
    ["decimal", [...secret].join(",")],
  ]);
  // Base64 depends on what stands before: what is the same at each of three offsets is looked for.
  for (let before = 0; before < 3; before++) {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64");
    const sure = text.slice(Math.ceil(before * 4 / 3), -4);
    forms.set(`base64 after ${before}`, sure);
    forms.set(`base64url after ${before}`, sure.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

/** Every half of a secret counts: a piece of a key is no one's business either. */
function halves(secret: Uint8Array): Uint8Array[] {
  return [secret, secret.subarray(0, 16), secret.subarray(16)];
}

/** Where a secret stands in what was written. */
function leaks(secret: Uint8Array, written: Map<string, string>): string[] {
  const found: string[] = [];
  for (const part of halves(secret)) {
    for (const [form, text] of formsOf(part)) {
      for (const [where, all] of written) if (all.includes(text)) found.push(`${form} in ${where}`);
    }
  }
  return found;
}

/** All that lies below a folder, but the files that are there to hold the secrets. */
function filesBelow(folder: string, but: RegExp): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (but.test(name) || !statSync(path).isFile()) continue;
    files.set(name, readFileSync(path, "latin1"));
  }
  return files;
}

/** The secret keys of an estate. */
function secretsOf(home: string, name: string): Uint8Array[] {
  const role = new Keep(new FolderStore(join(home, "keep")), name).loadLocalRole()!;
  return [role.signSeed, role.boxSecret];
}

const KEY_FILES = /role\/local\//;

describe("secret keys", () => {
  it("are found by this test in whatever form they are written", () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 251) & 255);
    for (const before of ["", "x", "xy", "xyz"]) {
      const all = Buffer.concat([Buffer.from(before), secret]);
      for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
        const written = new Map([["here", `${all.toString(encoding)} and more`]]);
        assert.notDeepEqual(leaks(secret, written), [], `${encoding} after "${before}"`);
      }
    }
    const list = new Map([["here", JSON.stringify({ key: [...secret] })]]);
    assert.notDeepEqual(leaks(secret, list), []);
    assert.deepEqual(leaks(secret, new Map([["here", toHex(secret.subarray(8, 20))]])), []);
  });

  it("stand nowhere but in their files, whatever the program does and at the highest log level", async () => {
    await using programs = new Programs();
    const loud = ["--log-level", "trace", "--log-file", "raet.log"];
    const alpha = await programs.up("alpha", "--main", ...loud);
    const beta = await programs.up("beta", "--join", alpha.address, ...loud);
    await alpha.event("pending", "beta");
    const written = new Map<string, string>();
    const run = async (estate: string, ...args: string[]) => {
      const { exit, out, err } = await programs.run(estate, args);
      written.set(`raet ${args.join(" ")} (${exit})`, [...out, ...err].join("\n"));
      return exit;
    };
    const watch = programs.start("alpha", ["watch", "--json"]);
    assert.equal(await run("alpha", "keys", "accept", "beta"), 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    const answer = programs.start("beta", ["answer", "work", "--", "cat"]);
    await said(answer, answer.errorLines, /./);
    assert.equal(await run("alpha", "ask", "beta//work", '"1"'), 0);
    assert.equal(await run("beta", "send", "alpha//inbox", "2", "--no-wait"), 0);
    assert.equal(await run("beta", "send", "nobody//x", "3"), 2);
    for (
      const args of [
        ["keys"],
        ["keys", "--json"],
        ["keys", "show", "beta"],
        ["estates", "--json"],
        ["stats"],
        ["stats", "--prometheus"],
        ["tx"],
        ["tx", "last"],
        ["config", "show"],
        ["policy"],
        ["doctor", "--json"],
        ["trace", "--out", join(programs.folder, "trace.jsonl")],
        ["trace", "--out", join(programs.folder, "trace.pcapng")],
        ["keys", "reject", "beta"],
      ]
    ) await run("alpha", ...args);
    const lines = "keys\ntx last\nstats\nsave session.raet\n";
    const repl = await programs.run("alpha", ["repl"], lines);
    written.set("raet repl", [...repl.out, ...repl.err].join("\n"));
    for (const [name, { program }] of Object.entries({ alpha, beta })) {
      program.kill("SIGTERM");
      assert.equal(await program.exited, 0);
      written.set(`raet up (${name})`, [...program.lines, ...program.errorLines].join("\n"));
    }
    written.set("raet watch", watch.lines.join("\n"));

    for (const [name, text] of filesBelow(programs.folder, KEY_FILES)) written.set(name, text);
    for (const name of ["alpha/raet.log", "trace.jsonl", "trace.pcapng"]) {
      assert.ok((written.get(name)?.length ?? 0) > 1000, `${name} was written`);
    }
    assert.match(written.get("alpha/raet.log")!, /"level":"trace"/);
    for (const estate of ["alpha", "beta"]) {
      const secrets = secretsOf(programs.home(estate), estate);
      assert.equal(secrets.length, 2);
      const keyFiles = filesBelow(programs.home(estate), /^(?!.*role\/local\/)/);
      for (const secret of secrets) {
        assert.notDeepEqual(leaks(secret, keyFiles), [], "they stand where they belong");
        assert.deepEqual(leaks(secret, written), [], estate);
      }
    }
  });

  it("are in no error about their own file, and in no report of a fault", async () => {
    await using programs = new Programs();
    const alpha = await programs.up("alpha", "--main");
    const home = programs.home("alpha");
    const secrets = secretsOf(home, "alpha");
    await alpha.end("SIGTERM");
    const path = join(home, "keep", "alpha", "role", "local", "role.json");
    const whole = readFileSync(path, "utf8");
    const damages: [string, string][] = [
      ["cut off", whole.slice(0, -20)],
      ["a field of the wrong form", whole.replace(/"(sig|sign)?hex":/i, '"x":')],
      ["a key that is too short", whole.replace(/([0-9a-f]{64})/, (key) => key.slice(2))],
      ["no JSON", `!${whole}`],
    ];
    const args = ["up", "--log-level", "trace", "--listen", "127.0.0.1:0"];
    for (const [what, text] of damages) {
      writeFileSync(path, text, { mode: 0o600 });
      const program = new ChildProgram(what, ["--home", home, ...args], {
        command: RAET,
        env: { RAET_DEBUG: "1" }, // with where it was thrown
      });
      const exit = await program.exited;
      assert.notEqual(exit, 0, what);
      const written = new Map([[what, [...program.lines, ...program.errorLines].join("\n")]]);
      assert.ok(written.get(what)!.length > 0, "it says why");
      for (const secret of secrets) assert.deepEqual(leaks(secret, written), [], what);
    }
  });
});
