/**
 * The files of a keep, damaged: as after a failing disk, or in the hands of somebody who edits them.
 *
 * @module
 */
import { fromHex, utf8 } from "../../../src/base/bytes.ts";
import { RaetError } from "../../../src/base/errors.ts";
import { Keep } from "../../../src/keep/keep.ts";
import { renewKeys } from "../../../src/keep/own_keys.ts";
import { fastCrypto } from "../../support/fast_crypto.ts";
import { MemoryStore } from "../../support/memory_store.ts";
import { readVectors } from "../../support/recordings.ts";
import { form, type Target } from "../target.ts";

interface Entry {
  path: string;
  type: string;
  text?: string;
  hex?: string;
}

/** Files of the reference's keep, by path, in both formats. */
function recordedFiles(): [path: string, bytes: Uint8Array][] {
  const { runs } = readVectors<{ runs: { stages: { main: Entry[] }[] }[] }>("keep_layout");
  return runs.flatMap(({ stages }) =>
    stages.at(-1)!.main.filter(({ type }) => type === "file")
      .map(({ path, text, hex }): [string, Uint8Array] => [
        path,
        hex === undefined ? utf8(text!) : fromHex(hex)!,
      ])
  );
}

const FILES = recordedFiles();

/** Where a file may stand: the first byte of an input says which it is. */
const PATHS = [
  "local/estate.json",
  "local/estate.msgpack",
  "role/local/role.json",
  "role/local/role.msgpack",
  "remote/estate.beta.json",
  "remote/estate.beta.msgpack",
  "role/remote/role.beta.json",
  "role/remote/role.beta.msgpack",
  "raet/peer.beta.json",
  "raet/stack.json",
  "raet/keys.json",
  "raet/succession.beta.json",
];

/** Files of ours that a rotation of keys leaves: our own, and what a peer keeps of it. */
function rotatedFiles(): [path: string, bytes: Uint8Array][] {
  const store = new MemoryStore();
  const keep = new Keep(store, "alpha");
  const [signSeed, boxSecret] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  keep.saveLocalRole({ role: "alpha", signSeed, boxSecret });
  const random = (n: number) => new Uint8Array(n).fill(3);
  const { steps } = renewKeys(keep, fastCrypto, random, "alpha", 1_700_000_000_000);
  keep.saveChain({ role: "beta", steps });
  return PATHS.slice(-2).map((path) => [path, store.files.get(`alpha/${path}`)!]);
}

const keep: Target = {
  name: "keep",
  weight: 8,
  bytesMax: 1500,
  workPerByte: 2,
  workAtLeast: 3000,
  seeds: () =>
    [...FILES, ...rotatedFiles()].map(([path, bytes]) => Uint8Array.of(placeOf(path), ...bytes)),
  words: [
    "name",
    "uid",
    "sid",
    "verhex",
    "prihex",
    "acceptance",
    "null",
    "-1",
    "{",
    "}",
    "ha",
    "[]",
  ],
  run(input) {
    const store = new MemoryStore();
    const path = PATHS[(input[0] ?? 0) % PATHS.length];
    store.files.set(`alpha/${path}`, input.slice(1));
    const keep = new Keep(store, "alpha");
    const outcomes = [
      () => keep.loadLocal(),
      () => keep.loadLocalRole(),
      () => keep.remotes(),
      () => keep.roles(),
      () => keep.loadFacts(),
      () => keep.loadPeer("beta"),
      () => keep.loadOwnKeys(),
      () => keep.chains(),
    ].map((read) => {
      try {
        const held = read();
        return held === null ? "none" : Array.isArray(held) ? `${held.length}` : "read";
      } catch (error) {
        if (!(error instanceof RaetError) || error.code === "internal") throw error;
        return form(error.message.replace(/^.*?: /, ""));
      }
    });
    const reports = keep.reports().length;
    // Nothing is lost: what can't be used is set aside, as it was.
    const held = [...store.files.values()];
    if (!held.some((bytes) => bytes.length === Math.max(0, input.length - 1))) {
      throw new Error("a file that was there is there no more");
    }
    const work = held.reduce((sum, bytes) => sum + bytes.length, 0);
    return { outcome: `${path}: ${outcomes.join(", ")}, ${reports} set aside`, work };
  },
};

/** The path in our keep that is of the kind of a recorded one. */
function placeOf(path: string): number {
  const kind = path.split(".")[0];
  const format = path.slice(path.lastIndexOf("."));
  const at = PATHS.findIndex((one) => one.startsWith(kind) && one.endsWith(format));
  if (at < 0) throw new Error(`"${path}" is like none of ours`);
  return at;
}

/** All of them. */
export const KEEP_TARGETS: readonly Target[] = [keep];
