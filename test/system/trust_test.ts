import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fromHex, toHex } from "../../src/base/bytes.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { type Json, Programs } from "../support/programs.ts";

/** The first key that a manor lists is its own. */
async function fingerprintOf(programs: Programs, estate: string): Promise<string> {
  const { json } = await programs.run(estate, ["keys", "--json"]);
  assert.equal(json[0].acceptance, "own");
  return String(json[0].fingerprint);
}

/** The secret keys of an estate. */
function secretsOf(home: string): string[] {
  const [stack] = readdirSync(join(home, "keep"));
  const path = join(home, "keep", stack, "role", "local", "role.json");
  const { sighex, prihex } = JSON.parse(readFileSync(path, "utf8"));
  return [sighex, prihex];
}

const spaced = (digits: string) => digits.replace(/(.{4})(?=.)/g, "$1 ");

describe("a key", () => {
  let programs: Programs;
  before(() => void (programs = new Programs()));
  after(() => programs[Symbol.asyncDispose]());

  it("that is pinned is joined, and a stranger at the main's address is not, with both fingerprints said", async () => {
    const alpha = await programs.up("alpha", "--main", "--auto", "once");
    const right = await fingerprintOf(programs, "alpha");
    const wrong = right.replace(/^./, (digit) => digit === "0" ? "1" : "0");
    // With auto never nobody but the pin accepts.
    const pin = ["--join", alpha.address, "--auto", "never", "--pin"];
    const beta = await programs.up("beta", ...pin, spaced(right).toUpperCase());
    await beta.event("allowed", "alpha");
    const gamma = await programs.up("gamma", ...pin, wrong);
    const { message } = await gamma.event("rejected", "alpha");
    assert.match(String(message), new RegExp(`${spaced(right)}, expected ${spaced(wrong)}$`));
    const { json } = await programs.run("gamma", ["keys", "--json"]);
    assert.deepEqual(json.map(({ acceptance }) => acceptance), ["own"]);
    assert.deepEqual(await programs.fail("gamma", ["send", "alpha//x"]), ["no_estate", 2]);
    assert.equal(await gamma.end("SIGTERM"), 0);
    // The same by raet.yaml; the wrong pin is mended there and read anew.
    const yaml = (pin: string) =>
      writeFileSync(
        join(programs.home("gamma"), "raet.yaml"),
        `join: [{ address: "${alpha.address}", pin: "${pin}" }]\nauto: never\n`,
      );
    yaml(wrong);
    const again = await programs.up("gamma");
    await again.event("rejected", "alpha");
    yaml(right);
    process.kill(again.program.pid, "SIGHUP");
    await again.event("allowed", "alpha");
  });

  it("that is pinned has to have 64 digits, and a join that it belongs to", async () => {
    const up = ["up", "--name", "delta", "--listen", "127.0.0.1:0"];
    const usage = ["usage", 1];
    assert.deepEqual(
      await programs.fail("delta", [...up, "--join", "a:1", "--pin", "1f2e"]),
      usage,
    );
    assert.deepEqual(await programs.fail("delta", [...up, "--pin", "0".repeat(64)]), usage);
  });

  it("is accepted by its fingerprint, and not if that is another", async () => {
    const main = await programs.up("main", "--main");
    const other = await programs.up("other", "--join", main.address);
    await main.event("pending", "other");
    const right = await fingerprintOf(programs, "other");
    const wrong = right.replace(/.$/, (digit) => digit === "0" ? "1" : "0");
    const accept = ["keys", "accept", "other", "--fingerprint"];
    assert.deepEqual(await programs.fail("main", [...accept, wrong]), ["rejected", 4]);
    assert.deepEqual(await programs.fail("main", [...accept, right.slice(0, 32)]), ["usage", 1]);
    const acceptance = async () =>
      (await programs.run("main", ["keys", "show", "other", "--json"])).json[0].acceptance;
    assert.equal(await acceptance(), "pending");
    assert.equal((await programs.run("main", [...accept, spaced(right)])).exit, 0);
    assert.equal(await acceptance(), "accepted");
    await other.event("allowed", "main");
  });

  it("that is rotated is taken up by the others, also by one that was away, and survives kill -9", async () => {
    const home = await programs.up("home", "--main");
    const near = await programs.up("near", "--join", home.address);
    const away = await programs.up("away", "--join", home.address);
    for (const [name, manor] of [["near", near], ["away", away]] as const) {
      await home.event("pending", name);
      assert.equal((await programs.run("home", ["keys", "accept", name])).exit, 0);
      await manor.event("allowed", "home");
    }
    await away.end("SIGKILL");
    const before = await fingerprintOf(programs, "home");
    const [rotated] = (await programs.run("home", ["keys", "rotate", "--json"])).json;
    assert.equal(rotated.before, before);
    assert.deepEqual((rotated.unaware as string[]).toSorted(), ["away", "near"]);
    const { message } = await near.event("rekeyed", "home");
    assert.match(String(message), new RegExp(String(rotated.fingerprint)));
    await home.end("SIGKILL");
    const again = await programs.up("home");
    assert.equal(await fingerprintOf(programs, "home"), rotated.fingerprint);
    await again.event("allowed", "near");
    const back = await programs.up("away");
    await back.event("rekeyed", "home");
    const listener = await programs.listen("home", "jobs", "--count", "2");
    for (const name of ["near", "away"]) {
      const [key] = (await programs.run(name, ["keys", "show", "home", "--json"])).json;
      assert.equal(key.fingerprint, rotated.fingerprint);
      assert.equal((await programs.run(name, ["send", "home//jobs", "1"])).exit, 0);
    }
    assert.equal(await listener.exited, 0);
  });

  it("is carried in a file to a host before its first start, and from a Salt folder with its own", async () => {
    const chief = await programs.up("chief", "--main");
    const file = join(programs.folder, "keys.json");
    assert.equal((await programs.run("chief", ["keys", "export", "--out", file])).exit, 0);
    const text = readFileSync(file, "utf8");
    const [secret] = secretsOf(programs.home("chief"));
    assert.ok(secret.length === 64 && !text.includes(secret));
    const shown = await programs.run("chief", ["keys", "export"]);
    assert.equal(`${shown.out.join("\n")}\n`, text);
    const taken = await programs.run("fresh", ["keys", "import", file, "--json"]);
    assert.deepEqual([taken.exit, taken.json[0].result], [0, "added"], taken.err.join());
    // A host that came with the keys of a Salt minion keeps them, and is known to the main already.
    const salt = join(programs.folder, "pki");
    const own = { sign: "11".repeat(32), priv: "22".repeat(32) };
    mkdirSync(join(salt, "accepted"), { recursive: true });
    writeFileSync(join(salt, "local.key"), JSON.stringify(own));
    const named = ["--home", programs.home("fresh")];
    writeFileSync(join(programs.home("fresh"), "raet.yaml"), "name: fresh\nauto: never\n");
    const local = await programs.run("fresh", [...named, "keys", "import", salt]);
    assert.equal(local.exit, 0);
    assert.match(local.err.join(), /has the own keys of that folder/);
    const fresh = await programs.up("fresh", "--join", chief.address);
    await chief.event("pending", "fresh");
    const [mine] = (await programs.run("fresh", ["keys", "export", "--json"])).json;
    const [key] = mine.keys as Json[];
    assert.equal(key.acceptance, "own");
    const { signer, boxPublicKey } = await loadCrypto();
    assert.equal(key.verhex, toHex(signer(fromHex(own.sign)!).verifyKey));
    assert.equal(key.pubhex, toHex(boxPublicKey(fromHex(own.priv)!)));
    // And the main takes it from the file of the host, while it runs.
    const back = join(programs.folder, "fresh.json");
    assert.equal((await programs.run("fresh", ["keys", "export", "--out", back])).exit, 0);
    const { exit, json } = await programs.run("chief", ["keys", "import", back, "--json"]);
    assert.deepEqual(json.map(({ role, result }) => [role, result]), [
      ["fresh", "changed"],
      ["chief", "same"],
    ]);
    assert.equal(exit, 0);
    await fresh.event("allowed", "chief");
    assert.deepEqual(await programs.fail("fresh", ["keys", "export", "--out", back]), ["usage", 1]);
    const again = await programs.run("fresh", ["keys", "export", "--out", back, "--force"]);
    assert.equal(again.exit, 0, again.err.join());
  });

  it("that is rejected or deleted ends its session before the verb returns", async () => {
    const stateAt = async (estate: string): Promise<Json[]> =>
      (await programs.run(estate, ["show", "estates", "--json"])).json;
    for (const verb of ["reject", "delete"]) {
      await programs[Symbol.asyncDispose]();
      programs = new Programs();
      const { alpha, beta } = await programs.pair();
      const listener = await programs.listen("alpha", "jobs");
      assert.equal((await programs.run("beta", ["send", "alpha//jobs", "1"])).exit, 0);
      assert.equal((await programs.run("alpha", ["keys", verb, "beta"])).exit, 0);
      const rows = await stateAt("alpha");
      assert.deepEqual(
        rows.map(({ name, state }) => [name, state]),
        verb === "reject" ? [["beta", "rejected"]] : [],
      );
      // Of a key that is gone nobody says a word.
      const send = ["send", "alpha//jobs", "2", "--timeout", verb === "reject" ? "30" : "3"];
      const [code, exit] = await programs.fail("beta", send);
      if (verb === "reject") {
        // That no copy of it came before the key was rejected, beta can't know.
        assert.deepEqual([code, exit], ["outcome_unknown", 3]);
        assert.deepEqual(await programs.fail("beta", send), ["rejected", 4]);
      } else assert.ok(exit === 3 || exit === 4, `${code} ${exit}`);
      assert.equal(listener.lines.length, 1, "what came after is handed to nobody");
      listener.kill("SIGKILL");
      await Promise.all([alpha.end("SIGKILL"), beta.end("SIGKILL")]);
    }
  });
});
