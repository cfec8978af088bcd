import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { CARRIED_FILE_BYTES_MAX, CARRIED_KEYS_MAX } from "../../src/base/limits.ts";
import { utf8 } from "../../src/base/bytes.ts";
import type { Body } from "../../src/base/value.ts";
import { encodeFile } from "../../src/keep/format.ts";
import { readCarriedKeys, writeKeyFile } from "../../src/manor/carried_keys.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { openHome } from "../../src/io/home.ts";
import { Keep } from "../../src/keep/keep.ts";
import { importOffline } from "../../src/manor/offline_keys.ts";
import { mergeKey } from "../../src/road/operator.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const hex = (n: number) => n.toString(16).padStart(2, "0").repeat(32);

describe("keys that are carried", () => {
  let top: string;
  let folder: string;
  let count = 0;
  before(() => void (top = mkdtempSync(join(tmpdir(), "raet-carried-"))));
  beforeEach(() => void mkdirSync(folder = join(top, `case${count++}`)));
  after(() => rmSync(top, { recursive: true }));

  const put = (path: string, bytes: Uint8Array) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  const salt = (n: number): Body => ({ minion_id: "x", pub: hex(n), verify: hex(n + 1) });

  it("are read from a Salt pki folder, in both formats that Salt writes", () => {
    put("accepted/web1", encodeFile("msgpack", salt(1)));
    put("accepted/web2.example", encodeFile("json", salt(3)));
    put("pending/db", encodeFile("msgpack", salt(5)));
    put("rejected/old", encodeFile("msgpack", salt(7)));
    // As Salt of the time did: text as raw bytes of msgpack, without a type of its own.
    const raw = [0x82, 0xa3, ...utf8("pub"), 0xda, 0, 64, ...utf8(hex(9))];
    put(
      "pending/older",
      Uint8Array.of(...raw, 0xa6, ...utf8("verify"), 0xda, 0, 64, ...utf8(hex(10))),
    );
    put("local.key", encodeFile("msgpack", { priv: hex(20), sign: hex(21) }));
    const { keys, own, leftOut } = readCarriedKeys(folder);
    assert.deepEqual(keys.map(({ role, acceptance }) => [role, acceptance]), [
      ["web1", "accepted"],
      ["web2.example", "accepted"],
      ["db", "pending"],
      ["older", "pending"],
      ["old", "rejected"],
    ]);
    assert.deepEqual([keys[0].boxKey[0], keys[0].verifyKey[0], keys[3].verifyKey[0]], [1, 2, 10]);
    assert.deepEqual([own!.boxSecret[0], own!.signSeed[0]], [20, 21]);
    assert.deepEqual(leftOut, []);
  });

  it("that can't be read are left out by their path, and nothing of them is quoted", () => {
    put("accepted/good", encodeFile("json", salt(1)));
    put("accepted/bad", utf8("not a map"));
    put("accepted/short", encodeFile("json", { pub: "12", verify: hex(1) }));
    put("accepted/-----BEGIN", utf8("-----BEGIN RSA PUBLIC KEY-----"));
    put("local.key", encodeFile("json", { priv: "secret-text", sign: hex(1) }));
    const { keys, own, leftOut } = readCarriedKeys(folder);
    assert.deepEqual(keys.map(({ role }) => role), ["good"]);
    assert.equal(own, null);
    assert.equal(leftOut.length, 4);
    const short = leftOut.find(({ path }) => path.endsWith("short"))!;
    assert.equal(short.why, "its pub is not 64 lower-case hex digits");
    assert.ok(leftOut.every(({ path, why }) => path.startsWith(folder) && !why.includes("secret")));
  });

  it("are read from the keep of an estate, its own or the folder above it", () => {
    const role = { role: "web", acceptance: 1, verhex: hex(1), pubhex: hex(2) };
    put("main/role/remote/role.web.json", encodeFile("json", role));
    put("main/role/local/role.json", utf8("secrets"));
    for (const path of [folder, join(folder, "main")]) {
      const { keys, own } = readCarriedKeys(path);
      assert.deepEqual(keys.map(({ role, acceptance }) => [role, acceptance]), [[
        "web",
        "accepted",
      ]]);
      assert.equal(own, null);
    }
  });

  it("come out of a file as they went in; the own one is accepted there", () => {
    const rows = [
      { role: "main", acceptance: "own" as const, verhex: hex(1), pubhex: hex(2) },
      { role: "web", acceptance: "rejected" as const, verhex: hex(3), pubhex: hex(4) },
    ];
    const path = join(folder, "keys.json");
    writeFileSync(path, writeKeyFile("main", rows));
    const { keys } = readCarriedKeys(path);
    assert.deepEqual(keys.map(({ role, acceptance }) => [role, acceptance]), [
      ["main", "accepted"],
      ["web", "rejected"],
    ]);
    writeFileSync(path, writeKeyFile("main", rows).replace(hex(3), hex(5)));
    assert.throws(() => readCarriedKeys(path), /"web" does not have the fingerprint beside it/);
  });

  it("are so many in so many bytes and no more, which is said", () => {
    const file = join(folder, "keys");
    const write = (count: number) => {
      const keys = Array.from({ length: count }, (_, n) => ({
        role: `r${n}`,
        verhex: hex(1),
        pubhex: hex(2),
        acceptance: "accepted" as const,
      }));
      writeFileSync(file, writeKeyFile("alpha", keys));
    };
    write(CARRIED_KEYS_MAX);
    assert.equal(readCarriedKeys(file).keys.length, CARRIED_KEYS_MAX);
    write(CARRIED_KEYS_MAX + 1);
    assert.throws(() => readCarriedKeys(file), {
      code: "too_large",
      message: /more than 65536 keys/,
    });
    truncateSync(file, CARRIED_FILE_BYTES_MAX + 1); // no bytes are on disk for that
    assert.throws(() => readCarriedKeys(file), {
      code: "too_large",
      message: /more than \d+ bytes/,
    });
  });

  it("need a place that holds some", () => {
    for (const path of [folder, join(folder, "nothing")]) {
      assert.throws(() => readCarriedKeys(path), { code: "usage" });
    }
    writeFileSync(join(folder, "x.json"), "{}");
    assert.throws(() => readCarriedKeys(join(folder, "x.json")), /expected a file of raet keys/);
  });
});

describe("keys that are imported where no manor runs", () => {
  it("are the operator's word, also where the mode had taken the same key unseen", async () => {
    using temporary = new TemporaryFolder();
    const home = temporary.path;
    openHome(home);
    const keep = new Keep(new FolderStore(join(home, "keep")), "alpha");
    const [verifyKey, boxKey] = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(4)];
    const address = { host: "127.0.0.1", port: 7530 };
    const unused = { internalAddress: null, natted: null, dynamicIp: null, sessionId: 0 };
    const more = { ...unused, address, fqdn: "localhost" };
    keep.saveLocalRole({ role: "alpha", signSeed: verifyKey, boxSecret: boxKey });
    keep.saveLocal({
      ...more,
      name: "alpha",
      uid: 1,
      listenAddress: address,
      lastUid: 9,
      role: "alpha",
    });
    for (const [n, name] of ["beta", "gamma"].entries()) {
      const numbers = { nearUid: 2 + n, farUid: 5, main: false, kind: 0, joined: true };
      keep.saveRemote({ ...more, ...numbers, name, role: name });
      keep.saveRole({ role: name, acceptance: "accepted", verifyKey, boxKey });
      const facts = { hinted: true, proven: false, reached: false, knows: "", unseen: true };
      keep.savePeer(name, facts);
    }
    const carried = { role: "beta", acceptance: "accepted", verifyKey, boxKey } as const;
    const { rows } = await importOffline(home, {}, [carried], null);
    assert.deepEqual(rows.map(({ result }) => result), ["same"]);
    const unseen = ["beta", "gamma"].map((name) => keep.loadPeer(name)!.unseen);
    assert.deepEqual(unseen, [false, true]);
  });
});

describe("a key beside what is on record", () => {
  const key = (acceptance: "pending" | "accepted" | "rejected", n = 1) => ({
    role: "web",
    acceptance,
    verifyKey: new Uint8Array(32).fill(n),
    boxKey: new Uint8Array(32).fill(n),
  });

  it("is added, decides what waits, and overturns nothing", () => {
    const cases = [
      [null, key("accepted"), "added"],
      [key("pending"), key("accepted"), "changed"],
      [key("pending"), key("rejected"), "changed"],
      [key("accepted"), key("rejected"), "changed"],
      [key("accepted"), key("accepted"), "same"],
      [key("accepted"), key("pending"), "same"],
      [key("rejected"), key("accepted"), "left"],
      [key("pending"), key("accepted", 2), "left"],
    ] as const;
    for (const [onRecord, carried, result] of cases) {
      const merged = mergeKey(onRecord, carried, null);
      assert.equal(merged.result, result);
      assert.equal(merged.record !== null, result === "added" || result === "changed");
      assert.equal(merged.why !== "", result === "left");
    }
  });
});
