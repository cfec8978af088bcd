import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteDurableStore } from "../../src/io/durable_store.ts";
import type { DurableChange, DurableStore } from "../../src/route/durable/store.ts";
import { failure } from "../../src/route/outcome.ts";
import { MemoryDurableStore } from "../support/memory_durable_store.ts";

const BODY = new Uint8Array([1, 2, 255]);

function add(origin: string, id: string, more: object = {}): DurableChange {
  return { is: "add", origin, id, body: BODY, deadline: 1000, handed: false, after: "", ...more };
}

function end(origin: string, id: string, keepUntil = 5000): DurableChange {
  return { is: "end", origin, id, result: { status: "delivered" }, keepUntil };
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
      assert.deepEqual(store.ended(), { ours: 0, theirs: 1 });
      const result = failure("denied", "no");
      store.apply([{ is: "end", origin: "", id: "b", result, keepUntil: 9000 }]);
      assert.deepEqual(store.resultOf({ origin: "", id: "b" }), result);
      store.apply([{ is: "prune", before: 5000 }]);
      assert.deepEqual(store.ended(), { ours: 1, theirs: 0 });
      store.apply(["1", "2", "3"].flatMap((id) => [add("", id), end("", id)]));
      store.apply([{ is: "trim", left: 2 }]);
      assert.deepEqual(store.ended(), { ours: 2, theirs: 0 });
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
