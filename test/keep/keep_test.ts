import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { RaetError } from "../../src/base/errors.ts";
import { encodeFile } from "../../src/keep/format.ts";
import { Keep } from "../../src/keep/keep.ts";
import {
  type LocalRecord,
  remoteForm,
  type RemoteRecord,
  type RemoteRole,
} from "../../src/keep/records.ts";
import { MemoryStore } from "../support/memory_store.ts";

const local: LocalRecord = {
  name: "alpha",
  uid: 1,
  address: { host: "::1", port: 4505 },
  listenAddress: { host: "", port: 4505 },
  internalAddress: { host: "10.0.0.1", port: 1 },
  natted: true,
  fqdn: "alpha.example",
  dynamicIp: false,
  sessionId: 0,
  lastUid: 9,
  role: "alpha",
};
const secrets = {
  role: "alpha",
  signSeed: new Uint8Array(32).fill(0xa1),
  boxSecret: new Uint8Array(32).fill(0xb2),
};

function remote(name: string, more: Partial<RemoteRecord> = {}): RemoteRecord {
  return {
    name,
    nearUid: 2,
    farUid: 18,
    address: { host: "127.0.0.1", port: 7531 },
    internalAddress: null,
    natted: null,
    fqdn: "localhost",
    dynamicIp: null,
    sessionId: 0xffffffff,
    main: false,
    kind: 255,
    joined: true,
    role: name,
    ...more,
  };
}

function role(name: string, more: Partial<RemoteRole> = {}): RemoteRole {
  return {
    role: name,
    acceptance: "pending",
    verifyKey: new Uint8Array(32).fill(1),
    boxKey: new Uint8Array(32).fill(2),
    ...more,
  };
}

const REMOTE = "stack/remote/estate.beta.json";
const fileOf = (record: RemoteRecord) => encodeFile("json", remoteForm.write(record));
const reopened = (store: MemoryStore) => new Keep(store, "stack");

/** A keep with the records in it, its store, and nothing in its memory. */
function keepWith(...remotes: RemoteRecord[]): [Keep, MemoryStore] {
  const store = new MemoryStore();
  const keep = reopened(store);
  remotes.forEach((one) => keep.saveRemote(one));
  return [reopened(store), store];
}

for (const format of ["json", "msgpack"] as const) {
  describe(`a keep in ${format}`, () => {
    it("gives back what was put into it, also after a restart", () => {
      const store = new MemoryStore();
      const remotes = [remote("beta"), remote("Ünïcode", { joined: false, role: "beta" })];
      const roles = [role("beta"), role("..", { acceptance: "rejected" })];
      const keep = new Keep(store, "stack", format);
      keep.saveLocal(local);
      keep.saveLocalRole(secrets);
      remotes.forEach((one) => keep.saveRemote(one));
      roles.forEach((one) => keep.saveRole(one));
      keep.savePeer("beta", {
        hinted: true,
        proven: false,
        reached: false,
        knows: "",
        unseen: false,
      });
      keep.saveFacts({ kind: 3, main: true });
      for (const one of [keep, new Keep(store, "stack", format)]) {
        assert.deepEqual(one.loadLocal(), local);
        assert.deepEqual(one.loadLocalRole(), secrets);
        assert.deepEqual(one.remotes().sort(byName), remotes.toSorted(byName));
        assert.deepEqual(one.role("beta"), roles[0]);
        assert.deepEqual(one.role(".."), roles[1]);
        assert.equal(one.roles().length, 2);
        assert.deepEqual(one.loadPeer("beta"), {
          hinted: true,
          proven: false,
          reached: false,
          knows: "",
          unseen: false,
        });
        assert.deepEqual(one.loadFacts(), { kind: 3, main: true });
        assert.deepEqual(one.reports(), []);
      }
    });
  });
}

const byName = (a: RemoteRecord, b: RemoteRecord) => a.name < b.name ? -1 : 1;

describe("an empty keep", () => {
  it("knows nobody, not even itself, and writes nothing by being asked", () => {
    const store = new MemoryStore();
    const keep = reopened(store);
    assert.equal(keep.loadLocal(), null);
    assert.equal(keep.loadLocalRole(), null);
    assert.deepEqual(keep.remotes(), []);
    assert.equal(keep.role("beta"), null);
    assert.equal(keep.loadPeer("beta"), null);
    assert.equal(keep.loadFacts(), null);
    keep.removeRemote("beta");
    keep.removeRole("beta");
    assert.equal(store.changes, 0);
  });
});

describe("records of others", () => {
  it("replace the record before them under the same name", () => {
    const [keep, store] = keepWith(remote("beta"));
    keep.saveRemote(remote("beta", { sessionId: 5 }));
    assert.deepEqual(reopened(store).remotes(), [remote("beta", { sessionId: 5 })]);
    assert.deepEqual([...store.files.keys()], [REMOTE]);
  });

  it("are gone when removed, with our facts but not with the keys of the role", () => {
    const [keep, store] = keepWith(remote("beta"));
    keep.saveRole(role("beta"));
    keep.savePeer("beta", { hinted: true, proven: true, reached: true, knows: "", unseen: false });
    keep.removeRemote("beta");
    const again = reopened(store);
    assert.deepEqual(again.remotes(), []);
    assert.equal(again.loadPeer("beta"), null);
    assert.deepEqual(again.role("beta"), role("beta"));
    again.removeRole("beta");
    assert.equal(store.files.size, 0);
  });

  it("are seen as they are on disk, when somebody else edits a role's file", () => {
    const store = new MemoryStore();
    const keep = reopened(store);
    keep.saveRole(role("beta"));
    reopened(store).saveRole(role("beta", { acceptance: "accepted" }));
    assert.equal(keep.role("beta")?.acceptance, "accepted");
    reopened(store).removeRole("beta");
    assert.equal(keep.role("beta"), null);
  });

  it("write a joined that is false as null, as the reference does before a join completes", () => {
    const [, store] = keepWith(remote("beta", { joined: false }));
    assert.match(fromUtf8(store.files.get(REMOTE)!)!, /"joined": null/);
  });

  it("read the nulls that the reference may leave", () => {
    const store = new MemoryStore();
    const map = { ...remoteForm.write(remote("beta")), main: null, kind: null, joined: false };
    store.files.set(REMOTE, encodeFile("json", map));
    const expected = remote("beta", { main: false, kind: 0, joined: false });
    assert.deepEqual(reopened(store).remotes(), [expected]);
  });

  it("have facts of ours that may lack keys, or have more, in another version's file", () => {
    const [keep, store] = keepWith();
    store.files.set("stack/raet/peer.beta.json", json({ name: "beta", hinted: true, later: [1] }));
    assert.deepEqual(keep.loadPeer("beta"), {
      hinted: true,
      proven: false,
      reached: false,
      knows: "",
      unseen: false,
    });
    assert.deepEqual(keep.reports(), []);
  });

  it("are nobody where the reference wrote a role that it never judged, and take its file over", () => {
    const store = new MemoryStore();
    const path = "stack/role/remote/role.beta.json";
    const blank = { role: "beta", acceptance: null, verhex: "", pubhex: "" };
    store.files.set(path, encodeFile("json", blank));
    const keep = reopened(store);
    assert.equal(keep.role("beta"), null);
    assert.deepEqual(keep.roles(), []);
    assert.deepEqual(keep.reports(), []);
    keep.saveRole(role("beta"));
    assert.deepEqual([...store.files.keys()], [path]);
    assert.deepEqual(keep.role("beta"), role("beta"));
  });
});

describe("the files of a keep", () => {
  it("never lie outside their folder, whatever a peer is called", () => {
    const store = new MemoryStore();
    const keep = reopened(store);
    for (const name of ["..", ".", "a\\..\\b", "~root", "a:b", "%2f", "x".repeat(200)]) {
      keep.saveRemote(remote(name));
      keep.saveRole(role(name));
      keep.savePeer(name, { hinted: true, proven: true, reached: true, knows: "", unseen: false });
    }
    for (const path of store.files.keys()) {
      assert.match(
        path,
        /^stack\/(remote\/estate|role\/remote\/role|raet\/peer)\.[A-Za-z0-9.%~-]+\.json$/,
      );
    }
    assert.equal(store.files.size, 21);
    assert.equal(reopened(store).remotes().length, 7);
  });

  it("differ also where letter case doesn't count", () => {
    const names = ["Beta", "beta", "BETA", "bEta"];
    const [keep, store] = keepWith(...names.map((name) => remote(name)));
    const files = [...store.files.keys()].map((path) => path.toLowerCase());
    assert.equal(new Set(files).size, names.length);
    assert.ok(store.files.has("stack/remote/estate.Beta.json"), "the first has the plain form");
    assert.deepEqual(keep.remotes().map(({ name }) => name).sort(), names.sort());
    keep.removeRemote("Beta");
    keep.saveRemote(remote("beta", { sessionId: 1 }));
    assert.equal(reopened(store).remotes().length, 3);
  });

  it("are what the reference has, also for names that we would write otherwise", () => {
    const store = new MemoryStore();
    for (const name of ["Beta", "beta", "ünï"]) {
      store.files.set(`stack/remote/estate.${name}.json`, fileOf(remote(name)));
    }
    const before = [...store.files.keys()].sort();
    const keep = reopened(store);
    for (const one of keep.remotes()) keep.saveRemote({ ...one, sessionId: 7 });
    assert.deepEqual([...store.files.keys()].sort(), before);
    assert.ok(reopened(store).remotes().every(({ sessionId }) => sessionId === 7));
  });

  it("don't collide with a file that bears another's name", () => {
    const store = new MemoryStore();
    store.files.set(REMOTE, fileOf(remote("gamma")));
    const keep = reopened(store);
    keep.saveRemote(remote("beta"));
    assert.deepEqual(reopened(store).remotes().map(({ name }) => name).sort(), ["beta", "gamma"]);
    assert.deepEqual(keep.reports(), []);
  });

  it("of one name leave the regular one, the others are set aside and reported", () => {
    const store = new MemoryStore();
    const copies = ["estate.a.json", "estate.beta-copy.json", "estate.z.json"];
    for (const copy of copies) store.files.set(`stack/remote/${copy}`, fileOf(remote("beta")));
    store.files.set(REMOTE, fileOf(remote("beta", { sessionId: 3 })));
    const keep = reopened(store);
    assert.deepEqual(keep.remotes(), [remote("beta", { sessionId: 3 })]);
    const reports = keep.reports();
    assert.equal(reports.length, 3);
    for (const { movedTo, why } of reports) {
      assert.ok(store.files.has(movedTo.replace("memory/", "")));
      assert.match(why, /its name is that of/);
    }
    assert.equal(store.files.size, 4);
  });

  it("are ASCII in json, as Python writes them", () => {
    const text = fromUtf8(encodeFile("json", { fqdn: "\u00fcn\u00ef\x7f\u{1f600}\n" }));
    assert.equal(text, '{\n  "fqdn": "\\u00fcn\\u00ef\\u007f\\ud83d\\ude00\\n"\n}');
  });

  it("that are not records are left alone", () => {
    const store = new MemoryStore();
    const strangers = ["notes.json", "estate.beta.json.tmp", "estate.b.bak", "other.beta.json"];
    for (const name of strangers) store.files.set(`stack/remote/${name}`, utf8("x"));
    assert.deepEqual(reopened(store).remotes(), []);
    assert.equal(store.changes, 0);
    assert.equal(store.files.size, 4);
  });

  it("that we write can always be read back: a record that can't is our fault", () => {
    const [keep, store] = keepWith();
    const faulty = [{ nearUid: 0 }, { kind: 1.5 }, { sessionId: 2 ** 32 }, { name: "a b" }];
    for (const more of faulty) {
      assert.throws(() => keep.saveRemote(remote("beta", more)), { code: "internal" });
    }
    assert.throws(() => keep.saveLocal({ ...local, uid: -1 }), { code: "internal" });
    assert.throws(() => keep.saveFacts({ bytes: new Uint8Array(1) }), { code: "internal" });
    assert.equal(store.files.size, 0);
  });
});

const good = fileOf(remote("beta"));
const goodMap = remoteForm.write(remote("beta"));
const json = (map: Record<string, unknown>) => utf8(JSON.stringify(map));
const { fuid: _fuid, ...withoutFuid } = goodMap;

const damages: [string, Uint8Array, RegExp][] = [
  ["empty", new Uint8Array(0), /it is empty/],
  ["truncated", good.subarray(0, good.length - 20), /it is not JSON/],
  ["not UTF-8", utf8("{").map((byte) => byte | 0x80), /it is not UTF-8/],
  ["a list", utf8("[1]"), /it is not a JSON object/],
  ["null", utf8("null"), /it is not a JSON object/],
  ["short of a key", json(withoutFuid), /it lacks fuid/],
  ["with a key too many", json({ ...goodMap, extra: 1 }), /it has 1 unknown key$/],
  ["with two keys too many", json({ ...goodMap, a: 1, b: 1 }), /it has 2 unknown keys$/],
  ["with a name that is a list", json({ ...goodMap, name: ["beta"] }), /its name is not a name/],
  ["with a name of a path", json({ ...goodMap, name: "../beta" }), /its name is not a name/],
  ["with a name too long", json({ ...goodMap, name: "b".repeat(201) }), /its name is not a name/],
  ["with a role that is null", json({ ...goodMap, role: null }), /its role is not a name/],
  ["with number 0 for it", json({ ...goodMap, uid: 0 }), /its uid is not a whole number from 1/],
  ["with a fraction", json({ ...goodMap, fuid: 1.5 }), /its fuid is not a whole number/],
  ["with a number too large", json({ ...goodMap, sid: 2 ** 32 }), /its sid is not a whole/],
  ["with a text for a number", json({ ...goodMap, sid: "1" }), /its sid is not a whole/],
  ["with no address", json({ ...goodMap, ha: null }), /its ha is not a host and a port/],
  ["with half an address", json({ ...goodMap, ha: ["::1"] }), /its ha is not a host and a port/],
  ["with a port too high", json({ ...goodMap, ha: ["::1", 65536] }), /its ha is not a host/],
  ["with a text for a flag", json({ ...goodMap, main: "no" }), /its main is not true, false/],
  ["with a number for a name", json({ ...goodMap, fqdn: 5 }), /its fqdn is not a text/],
];

describe("a damaged file of another estate", () => {
  for (const [what, bytes, why] of damages) {
    it(`${what} is set aside whole, reported, and the rest is read`, () => {
      const [keep, store] = keepWith(remote("beta"), remote("gamma"));
      store.files.set(REMOTE, bytes);
      assert.deepEqual(keep.remotes(), [remote("gamma")]);
      const [report, ...more] = keep.reports();
      assert.equal(more.length, 0);
      assert.equal(report.path, `memory/${REMOTE}`);
      assert.equal(report.movedTo, `memory/${REMOTE}.damaged-1`);
      assert.match(report.why, why);
      assert.deepEqual(store.files.get(`${REMOTE}.damaged-1`), bytes);
      assert.ok(!store.files.has(REMOTE));
      assert.deepEqual(keep.reports(), [], "each is reported once");
      keep.saveRemote(remote("beta"));
      assert.equal(reopened(store).remotes().length, 2);
    });
  }

  it("is set aside under ever new names", () => {
    const [keep, store] = keepWith();
    for (let n = 1; n <= 3; n++) {
      store.files.set(REMOTE, utf8(`broken ${n}`));
      keep.remotes();
      assert.equal(fromUtf8(store.files.get(`${REMOTE}.damaged-${n}`)!), `broken ${n}`);
    }
  });

  it("in msgpack is set aside too", () => {
    for (const bytes of [[0xc1], [0x93, 1, 2, 3], [0x81, 1, 2], [0x81, 0xa1]]) {
      const store = new MemoryStore();
      store.files.set("stack/remote/estate.beta.msgpack", Uint8Array.from(bytes));
      const keep = new Keep(store, "stack", "msgpack");
      assert.deepEqual(keep.remotes(), []);
      assert.match(keep.reports()[0].why, /it is not a msgpack map/);
    }
  });

  it("of a role or of our facts is set aside too, and found while running", () => {
    const store = new MemoryStore();
    const keep = reopened(store);
    keep.saveRole(role("beta"));
    keep.savePeer("beta", { hinted: true, proven: true, reached: true, knows: "", unseen: false });
    keep.saveFacts({});
    const keys = { role: "beta", acceptance: 1, verhex: "A".repeat(64), pubhex: "b".repeat(64) };
    store.files.set("stack/role/remote/role.beta.json", json(keys));
    store.files.set("stack/raet/peer.beta.json", json({ name: "beta", proven: 1 }));
    store.files.set("stack/raet/stack.json", utf8("{"));
    assert.equal(keep.role("beta"), null);
    const nothing = { hinted: false, proven: false, reached: false, knows: "", unseen: false };
    assert.deepEqual(keep.loadPeer("beta"), nothing);
    assert.deepEqual(reopened(store).loadPeer("beta"), nothing, "that is remembered");
    assert.equal(keep.loadPeer("gamma"), null, "that one was never known");
    assert.equal(keep.loadFacts(), null);
    assert.deepEqual(keep.reports().map(({ why }) => why), [
      "its verhex is not 64 lower-case hex digits",
      "its proven is not true or false",
      "it is not JSON",
    ]);
    assert.equal(store.files.size, 3);
    const wrongNumber = { ...keys, verhex: "a".repeat(64), acceptance: 3 };
    store.files.set("stack/role/remote/role.beta.json", json(wrongNumber));
    assert.deepEqual(reopened(store).roles(), []);
  });
});

describe("our own estate's files", () => {
  const ESTATE = "stack/local/estate.json", ROLE = "stack/role/local/role.json";

  function ownKeep(): [Keep, MemoryStore] {
    const store = new MemoryStore();
    const keep = reopened(store);
    keep.saveLocal(local);
    keep.saveLocalRole(secrets);
    return [reopened(store), store];
  }

  function badConfig(action: () => unknown, ...parts: RegExp[]): string {
    let message = "";
    assert.throws(action, (error) => {
      assert.ok(error instanceof RaetError);
      assert.equal(error.code, "bad_config");
      message = error.message;
      return true;
    });
    for (const part of parts) assert.match(message, part);
    assert.doesNotMatch(message, /\.$|\n/);
    return message;
  }

  it("when damaged stop everything and say what to do, and stay as they are", () => {
    for (const bytes of [new Uint8Array(0), utf8("{"), json({ name: "alpha" })]) {
      const [keep, store] = ownKeep();
      store.files.set(ESTATE, bytes);
      store.files.set(ROLE, bytes);
      const files = new Map(store.files);
      badConfig(() => keep.loadLocal(), /"memory\/stack\/local\/estate.json" is damaged/, /copy/);
      badConfig(() => keep.loadLocalRole(), /role\/local\/role.json" is damaged/, /start anew/);
      assert.deepEqual(store.files, files);
    }
  });

  it("never show a secret in what they say", () => {
    const [keep, store] = ownKeep();
    const text = fromUtf8(store.files.get(ROLE)!)!;
    for (
      const damaged of [text.replace("a1", "A1"), text.slice(0, -5), text.replace("prihex", "x")]
    ) {
      store.files.set(ROLE, utf8(damaged));
      const message = badConfig(() => keep.loadLocalRole());
      assert.doesNotMatch(message, /a1a1|b2b2/i);
    }
  });

  it("refuse new keys where the old ones got lost and the estate did not", () => {
    const [keep, store] = ownKeep();
    store.files.delete(ROLE);
    badConfig(() => keep.loadLocalRole(), /secret keys, is missing/, /restore it from a copy/);
  });

  it("keep the keys where only the estate got lost", () => {
    const [keep, store] = ownKeep();
    store.files.delete(ESTATE);
    assert.equal(keep.loadLocal(), null);
    assert.deepEqual(keep.loadLocalRole(), secrets);
  });

  it("hold to the format asked for where both are there", () => {
    const [keep, store] = ownKeep();
    const other = new MemoryStore();
    const msgpack = new Keep(other, "stack", "msgpack");
    msgpack.saveLocal({ ...local, name: "omega" });
    msgpack.saveLocalRole({ ...secrets, role: "omega" });
    for (const [path, bytes] of other.files) store.files.set(path, bytes);
    assert.equal(keep.loadLocal()?.name, "alpha");
    assert.equal(new Keep(store, "stack", "msgpack").loadLocal()?.name, "omega");
    assert.equal(new Keep(store, "stack", "msgpack").loadLocalRole()?.role, "omega");
  });
});
