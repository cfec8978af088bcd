import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { Keep } from "../../src/keep/keep.ts";
import type { KeepFormat } from "../../src/keep/format.ts";
import { MemoryStore } from "../support/memory_store.ts";
import layout from "../vectors/keep_layout.json" with { type: "json" };

interface Entry {
  path: string;
  type: string;
  text?: string;
  hex?: string;
}

interface Folder {
  title: string;
  format: KeepFormat;
  stage: string;
  who: "main" | "other";
  files: Map<string, Uint8Array>;
}

const folders: Folder[] = layout.runs.flatMap((run) =>
  run.stages.flatMap((stage) =>
    (["main", "other"] as const).filter((who) => who in stage).map((who) => {
      const entries: Entry[] = (stage as { main: Entry[]; other?: Entry[] })[who] ?? [];
      const files = new Map(
        entries.filter((entry) => entry.type === "file").map((entry) => [
          `stack/${entry.path}`,
          entry.hex === undefined ? utf8(entry.text!) : fromHex(entry.hex)!,
        ]),
      );
      const title = `${who} ${stage.stage} (${run.ext})`;
      return { title, format: run.ext as KeepFormat, stage: stage.stage, who, files };
    })
  )
);

function open(files: Map<string, Uint8Array>, format: KeepFormat): [Keep, MemoryStore] {
  const store = new MemoryStore();
  for (const [path, bytes] of files) store.files.set(path, bytes);
  return [new Keep(store, "stack", format), store];
}

/** Loads everything from one keep and writes it into another. */
function copy(from: Keep, to: Keep): void {
  to.saveLocal(from.loadLocal()!);
  to.saveLocalRole(from.loadLocalRole()!);
  from.remotes().forEach((remote) => to.saveRemote(remote));
  from.roles().forEach((role) => to.saveRole(role));
}

const asText = (files: Map<string, Uint8Array>) =>
  Object.fromEntries(
    [...files].sort().map(([path, bytes]) => [path, fromUtf8(bytes) ?? toHex(bytes)]),
  );

describe("the recorded keeps of the reference", () => {
  it("are there in both formats and at several stages", () => {
    assert.equal(new Set(folders.map(({ format }) => format)).size, 2);
    assert.ok(folders.length >= 12);
    assert.ok(folders.every(({ files }) => files.size >= 2));
  });

  for (const { title, format, files } of folders) {
    it(`${title}: written by us has the same files, byte for byte`, () => {
      const [theirs] = open(files, format);
      const [ours, store] = open(new Map(), format);
      copy(theirs, ours);
      assert.deepEqual(asText(store.files), asText(files));
      assert.deepEqual(theirs.reports(), []);
    });

    it(`${title}: opened with the other format set goes on in its own`, () => {
      const other = format === "json" ? "msgpack" : "json";
      const [keep, store] = open(files, other);
      copy(keep, keep);
      assert.deepEqual(asText(store.files), asText(files));
    });
  }

  it("hold what they should", () => {
    const { files, format } = folders.find(({ stage, who }) =>
      stage.includes("rejects") && who === "main"
    )!;
    const [keep] = open(files, format);
    const { keys } = layout.runs[0].estates.other;
    assert.deepEqual(keep.loadLocal(), {
      name: "main",
      uid: 1,
      address: { host: "127.0.0.1", port: 7530 },
      listenAddress: { host: "127.0.0.1", port: 7530 },
      internalAddress: null,
      natted: null,
      fqdn: "localhost",
      dynamicIp: null,
      sessionId: 0,
      lastUid: 2,
      role: "mainrole",
    });
    assert.equal(
      toHex(keep.loadLocalRole()!.signSeed),
      layout.runs[0].estates.main.keys.sighex,
    );
    assert.equal(
      toHex(keep.loadLocalRole()!.boxSecret),
      layout.runs[0].estates.main.keys.prihex,
    );
    assert.deepEqual(keep.remotes(), [{
      name: "other",
      nearUid: 2,
      farUid: 18,
      address: { host: "127.0.0.1", port: 7531 },
      internalAddress: null,
      natted: null,
      fqdn: "localhost",
      dynamicIp: null,
      sessionId: 2,
      main: false,
      kind: 1,
      joined: true,
      role: "otherrole",
    }]);
    assert.deepEqual(keep.role("otherrole"), {
      role: "otherrole",
      acceptance: "rejected",
      verifyKey: fromHex(keys.verhex)!,
      boxKey: fromHex(keys.pubhex)!,
    });
  });

  it("take in remotes and roles of both endings side by side", () => {
    const json = folders.find(({ title }) => title === "main after an allow (json)")!;
    const msgpack = folders.find(({ title }) => title === "other after an allow (msgpack)")!;
    const others = [...msgpack.files].filter(([path]) => path.includes("remote/"));
    const [keep] = open(new Map([...json.files, ...others]), "json");
    assert.deepEqual(keep.remotes().map(({ name }) => name).sort(), ["main", "other"]);
    assert.deepEqual(keep.roles().map(({ role }) => role).sort(), ["mainrole", "otherrole"]);
    assert.deepEqual(keep.reports(), []);
  });
});
