/**
 * A main estate with the keys of the recordings, alone or with `other` joined and allowed, as the
 * malformed packets were sent to: the other's number here is 2, ours there 18, the session 2.
 *
 * @module
 */
import { tweetnaclCrypto } from "../../src/crypto/tweetnacl.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { Keep } from "../../src/keep/keep.ts";
import { DEFAULT_SETTINGS } from "../../src/road/options.ts";
import { RoadStack } from "../../src/road/stack.ts";
import { MemoryStore } from "./memory_store.ts";
import { bytes, type RecordedKeys } from "./recordings.ts";
import { seededChance } from "./sim_road.ts";

/** Where the two are. */
export const MAIN_ADDRESS = { host: "127.0.0.1", port: 7530 };
/** See above. */
export const OTHER_ADDRESS = { host: "127.0.0.1", port: 7531 };

/** Both estates at a moment. */
export interface RecordedPair {
  readonly main: RoadStack;
  readonly other: RoadStack;
  readonly store: MemoryStore;
  now: number;
  /** Carries datagrams between them until none is left. */
  settle(): void;
}

/** Makes the pair; `allowed` also joins them and agrees on a session. */
export function recordedPair(
  keys: Record<"main" | "other", RecordedKeys>,
  state: "fresh" | "allowed",
  crypto: Crypto = tweetnaclCrypto,
): RecordedPair {
  const chance = seededChance(5);
  const random = (n: number) => Uint8Array.from({ length: n }, () => Math.floor(256 * chance()));
  const store = new MemoryStore();
  const make = (name: "main" | "other", files: MemoryStore): RoadStack => {
    const address = name === "main" ? MAIN_ADDRESS : OTHER_ADDRESS;
    const uid = name === "main" ? 1 : 17;
    const keep = new Keep(files, name);
    keep.saveLocal({
      name,
      uid,
      address,
      listenAddress: address,
      internalAddress: null,
      natted: null,
      fqdn: "localhost",
      dynamicIp: null,
      sessionId: 0,
      lastUid: uid,
      role: name,
    });
    return new RoadStack({
      local: {
        name,
        role: name,
        uid,
        address,
        main: name === "main",
        kind: 0,
        mutable: false,
        auto: "always",
        fqdn: "localhost",
        signSeed: bytes(keys[name].sighex),
        boxSecret: bytes(keys[name].prihex),
      },
      keep,
      crypto,
      random,
      now: 0,
      // Answered at once, as a reference would.
      settings: { ...DEFAULT_SETTINGS, automatic: false, wary: false },
      capabilities: null,
    });
  };
  const pair: RecordedPair = {
    main: make("main", store),
    other: make("other", new MemoryStore()),
    store,
    now: 0,
    settle() {
      for (let round = 0; round < 20; round++) {
        for (const { bytes } of pair.other.outgoing()) {
          pair.main.receive(bytes, OTHER_ADDRESS, pair.now);
        }
        for (const { bytes } of pair.main.outgoing()) {
          pair.other.receive(bytes, MAIN_ADDRESS, pair.now);
        }
      }
    },
  };
  if (state === "allowed") {
    pair.other.join(MAIN_ADDRESS, 0);
    pair.settle();
    for (const kind of ["allow", "alive"] as const) {
      pair.other.begin(kind, "main", 0);
      pair.settle();
    }
    pair.main.events();
    pair.other.events();
  }
  return pair;
}
