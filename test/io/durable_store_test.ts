import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { SqliteDurableStore } from "../../src/io/durable_store.ts";
import type { DurableChange, DurableStore } from "../../src/route/durable/store.ts";
import { failure } from "../../src/route/outcome.ts";
import { MemoryDurableStore } from "../support/memory_durable_store.ts";

const BODY = new Uint8Array([1, 2, 255]);

function add(origin: string, id: string, more: object = {}): DurableChange {
  return { is: "add", origin, id, body: BODY, deadline: 1000, handed: false, after: "", ...more };
}

function end(origin: string, id: string, keepUntil = 5000): DurableChange {
  return { is: "end", origin, id, result: { status: "delivered" }, route: null, keepUntil };
}

/** How many have ended, of each that has some. */
function endedOf(store: DurableStore): Record<string, number> {
  return Object.fromEntries([...store.ended()].filter(([, count]) => count > 0));
}

describe("durable messages on disk", () => {
  let folder = "";
  let count = 0;
  before(() => folder = mkdtempSync(join(tmpdir(), "raet-durable-")));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = () => join(folder, `${++count}.db`);

  for (const kind of ["sqlite", "memory"]) {
    it(`are loaded in the order added, and remembered by outcome once they have ended (${kind})`, () => {
      const file = path();
      let store: DurableStore = kind === "memory"
        ? new MemoryDurableStore()
        : new SqliteDurableStore(file);
      store.apply([add("", "b"), add("beta", "a", { after: "x" }), add("beta", "b")]);
      store.apply([
        { is: "hand", origin: "", id: "b" },
        { is: "free", origin: "beta", id: "a" },
        end("beta", "b"),
        { is: "forget", origin: "beta", id: "a" },
      ]);
      if (store instanceof SqliteDurableStore) {
        store.close();
        store = new SqliteDurableStore(file);
      }
      const common = { body: BODY, deadline: 1000, after: "" };
      const seen = store.load().map(({ origin, id, body, deadline, handed, after }) => ({
        origin,
        id,
        body: new Uint8Array(body),
        deadline,
        handed,
        after,
      }));
      assert.deepEqual(seen, [
        { origin: "", id: "b", handed: true, ...common },
        { origin: "beta", id: "a", handed: false, ...common },
      ], "what has not ended is not forgotten");
      assert.deepEqual(store.resultOf({ origin: "beta", id: "b" }), { status: "delivered" });
      assert.equal(store.resultOf({ origin: "", id: "b" }), null);
      assert.deepEqual(endedOf(store), { beta: 1 });
      const result = failure("denied", "no");
      const route = new Uint8Array([7, 0, 255]);
      assert.equal(store.routeOf({ origin: "", id: "b" }), null);
      store.apply([{ is: "end", origin: "", id: "b", result, route, keepUntil: 9000 }]);
      assert.deepEqual(store.resultOf({ origin: "", id: "b" }), result);
      assert.deepEqual(new Uint8Array(store.routeOf({ origin: "", id: "b" })!), route);
      assert.equal(store.routeOf({ origin: "beta", id: "b" }), null);
      store.apply([{ is: "prune", before: 5000 }]);
      assert.deepEqual(endedOf(store), { "": 1 });
      store.apply(["1", "2", "3"].flatMap((id) => [add("", id), end("", id)]));
      store.apply([{ is: "trim", left: 2 }]);
      assert.deepEqual(endedOf(store), { "": 2 });
      assert.ok(store.resultOf({ origin: "", id: "3" }), "the newest are kept");
      store.close();
    });
  }

  it("lie in files that nobody else can read, and make none before the first message", () => {
    const file = path();
    const store = new SqliteDurableStore(file);
    const mine = () => readdirSync(folder).filter((name) => join(folder, name).startsWith(file));
    assert.deepEqual(mine(), []);
    assert.deepEqual(store.load(), []);
    store.apply([add("", "a")]);
    assert.deepEqual(mine().length, 3);
    for (const name of mine()) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    store.close();
    chmodSync(file, 0o644);
    assert.throws(() => new SqliteDurableStore(file), { code: "bad_config" });
  });

  it("of a raet that kept no routes are read as it meant them, and it could read what we leave", () => {
    const file = path();
    writeFileSync(file, "", { mode: 0o600 });
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const before = new DatabaseSync(file);
    before.exec(`
      CREATE TABLE message (
        seq INTEGER PRIMARY KEY, origin TEXT NOT NULL, id TEXT NOT NULL, deadline INTEGER NOT NULL,
        handed INTEGER NOT NULL DEFAULT 0, after TEXT NOT NULL DEFAULT '', body BLOB, status TEXT, why TEXT,
        UNIQUE (origin, id)
      ) STRICT;
      CREATE INDEX message_open ON message (seq) WHERE status IS NULL;
      CREATE INDEX message_ended ON message (deadline) WHERE status IS NOT NULL;
      PRAGMA user_version = 1;
      INSERT INTO message (origin, id, deadline, body, status, why) VALUES
        ('', 'a', 5000, NULL, 'denied', 'no'), ('beta', 'b', 5000, NULL, 'delivered', ''),
        ('', 'c', 1000, x'0102ff', NULL, NULL);
    `);
    before.close();
    const store = new SqliteDurableStore(file);
    assert.deepEqual(store.load().map(({ id, body }) => [id, new Uint8Array(body)]), [["c", BODY]]);
    assert.deepEqual(store.resultOf({ origin: "", id: "a" }), failure("denied", "no"));
    assert.equal(store.routeOf({ origin: "", id: "a" }), null);
    assert.deepEqual(endedOf(store), { "": 1, beta: 1 });
    store.apply([{ ...end("", "c"), route: BODY } as DurableChange]);
    store.close();
    const again = new DatabaseSync(file);
    assert.deepEqual(again.prepare("PRAGMA user_version").get(), {
      __proto__: null,
      user_version: 1,
    });
    const rows = again.prepare("SELECT id FROM message WHERE status IS NULL").all();
    assert.deepEqual(rows, [], "its body is no message that goes on");
    again.close();
  });

  it("are all changed or none, and what can't be read is said to be so", () => {
    const file = path();
    const store = new SqliteDurableStore(file);
    const bad = { ...add("", "b"), deadline: "never" } as unknown as DurableChange;
    assert.throws(() => store.apply([add("", "a"), bad]), { code: "bad_config" });
    assert.deepEqual(store.load(), []);
    store.apply([add("", "c")]);
    assert.equal(store.load().length, 1);
    store.close();
    const other = path();
    writeFileSync(other, "this is no database, though it is long enough to be taken for one", {
      mode: 0o600,
    });
    assert.throws(() => new SqliteDurableStore(other), { code: "bad_config", message: /can't be/ });
  });
});
