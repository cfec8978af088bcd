import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { toHex } from "../../src/base/bytes.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { ChildProgram } from "../../src/io/process.ts";
import { Keep } from "../../src/keep/keep.ts";
import { Programs, RAET, said } from "../support/programs.ts";

/** A secret in the forms in which it could be written, each as bytes read like Latin letters. */
function formsOf(secret: Uint8Array): Map<string, string> {
  const hex = toHex(secret);
  const text = Buffer.from(secret).toString("latin1");
  const pairs = hex.match(/../g)!;
  const forms = new Map([
    ["raw", text],
    // What was read as a text of single bytes, and written as one of UTF-8 or of JSON.
    ["UTF-8", Buffer.from(text, "utf8").toString("latin1")],
    ["JSON", JSON.stringify(text).slice(1, -1)],
    ["JSON in UTF-8", Buffer.from(JSON.stringify(text).slice(1, -1), "utf8").toString("latin1")],
    ["hex", hex],
    ["hex in capitals", hex.toUpperCase()],
    // Whatever white space stood between is gone by then.
    ...[":", ",", "\\x", "%", ",0x"].flatMap((between) =>
      [
        [`hex with ${between}`, pairs.join(between)],
        [`hex in capitals with ${between}`, pairs.join(between).toUpperCase().replaceAll("X", "x")],
      ] as [string, string][]
    ),
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
  const forms = halves(secret).flatMap((part) => [...formsOf(part)]);
  for (const [where, all] of written) {
    const dense = all.replace(/\s+/g, "");
    for (const [form, text] of forms) {
      if (all.includes(text) || dense.includes(text)) found.push(`${form} in ${where}`);
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

const NO_KEY_FILES = /^(?!.*(role\/local\/|raet\/keys\.json))/;
const KEY_FILES = /role\/local\/|raet\/keys\.json/;

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
    const latin = Buffer.from(secret).toString("latin1");
    for (
      const text of [
        JSON.stringify({ key: [...secret] }),
        JSON.stringify([...secret], null, 2),
        JSON.stringify({ a: { key: [...secret] } }, null, 2).replace(/\n {4,}/g, "\n    "),
        inspect([...secret], { breakLength: Infinity, maxArrayLength: null }),
        inspect(Buffer.from(secret)),
        Buffer.from(latin, "utf8").toString("latin1"),
        JSON.stringify({ key: latin }),
        secret.reduce((all, byte) => `${all}%${toHex(Uint8Array.of(byte)).toUpperCase()}`, ""),
        secret.reduce((all, byte) => `${all}0x${byte.toString(16).padStart(2, "0")}, `, ""),
      ]
    ) assert.notDeepEqual(leaks(secret, new Map([["here", text]])), [], text);
    assert.deepEqual(leaks(secret, new Map([["here", toHex(secret.subarray(8, 20))]])), []);
  });

  it("stand nowhere but in their files, whatever the program does and at the highest log level", async () => {
    await using programs = new Programs();
    const loud = ["--log-level", "trace", "--log-file", "raet.log", "--metrics", "127.0.0.1:0"];
    const alpha = await programs.up("alpha", "--main", ...loud);
    const { address: metrics } = await alpha.event("metrics");
    const beta = await programs.up("beta", "--join", alpha.address, ...loud);
    await alpha.event("pending", "beta");
    const before = secretsOf(programs.home("alpha"), "alpha"); // it gets new ones
    const written = new Map<string, string>();
    const run = async (estate: string, ...args: string[]) => {
      const { exit, out, err } = await programs.run(estate, args);
      written.set(`raet ${args.join(" ")} (${exit})`, [...out, ...err].join("\n"));
      return exit;
    };
    const watch = programs.start("alpha", ["watch", "--json"]);
    assert.equal(await run("alpha", "keys", "accept", "beta"), 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    // What a command that it starts is given, and what anybody on this host can see of its processes.
    const answer = programs.start("beta", ["answer", "work", "--", "env"]);
    await said(answer, answer.errorLines, /./);
    assert.equal(await run("alpha", "ask", "beta//work", '"1"'), 0);
    assert.match(written.get('raet ask beta//work "1" (0)')!, /PATH=/);
    assert.equal(await run("beta", "send", "alpha//later", "2", "--durable", "--no-wait"), 0);
    const processes = { alpha: alpha.program, beta: beta.program, watch, answer };
    for (const [name, { pid }] of Object.entries(processes)) {
      for (const file of ["cmdline", "environ", "comm", "maps", "status"]) {
        if (!existsSync(`/proc/${pid}`)) continue; // not Linux
        written.set(`${file} of ${name}`, readFileSync(`/proc/${pid}/${file}`, "latin1"));
      }
    }
    if (existsSync("/proc/net/unix")) written.set("unix", readFileSync("/proc/net/unix", "latin1"));
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
        ["keys", "export", "--out", join(programs.folder, "exported")],
        ["keys", "rotate"],
        ["keys", "reject", "beta"],
      ]
    ) await run("alpha", ...args);
    for (const path of ["metrics", "healthz"]) {
      written.set(path, await (await fetch(`http://${metrics}/${path}`)).text());
    }
    // While it runs: of the database on disk its log goes when it is closed.
    for (const [name, text] of filesBelow(programs.folder, KEY_FILES)) {
      written.set(`${name}, before`, text);
    }
    assert.ok([...written.keys()].some((name) => /durable\.db-wal, before$/.test(name)), "a log");
    const lines = `keys\ntx last\nstats\nsave ${join(programs.folder, "session.raet")}\n`;
    const repl = await programs.run("alpha", ["repl"], lines);
    written.set("raet repl", [...repl.out, ...repl.err].join("\n"));
    for (const [name, { program }] of Object.entries({ alpha, beta })) {
      program.kill("SIGTERM");
      assert.equal(await program.exited, 0);
      written.set(`raet up (${name})`, [...program.lines, ...program.errorLines].join("\n"));
    }
    written.set("raet watch", watch.lines.join("\n"));

    for (const [name, text] of filesBelow(programs.folder, KEY_FILES)) written.set(name, text);
    const everything = readdirSync(programs.folder, { recursive: true, encoding: "utf8" });
    written.set("names of files", [...everything, ...written.keys()].join("\n"));
    for (const name of ["alpha/raet.log", "trace.jsonl", "trace.pcapng", "exported", "metrics"]) {
      assert.ok((written.get(name)?.length ?? 0) > 500, `${name} was written`);
    }
    assert.match(written.get("alpha/raet.log")!, /"level":"trace"/);
    for (const estate of ["alpha", "beta"]) {
      const secrets = secretsOf(programs.home(estate), estate);
      assert.equal(secrets.length, 2);
      if (estate === "alpha") assert.notDeepEqual(secrets, before);
      if (estate === "alpha") secrets.push(...before);
      const keyFiles = filesBelow(programs.home(estate), NO_KEY_FILES);
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
