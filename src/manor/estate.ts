/**
 * Who this manor is on its road: read from the keep, or made anew. The first name, role, port, kind
 * and main flag are kept: peers know the estate by them, so a start with others is refused rather
 * than half obeyed.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { hostname } from "node:os";
import type { Address } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { checkOwnName, type NameKind } from "../base/names.ts";
import { type Crypto, KEY_BYTES } from "../crypto/port.ts";
import type { Random } from "../base/random.ts";
import { systemRandom } from "../io/random.ts";
import type { AutoMode } from "../keep/judge.ts";
import type { Keep } from "../keep/keep.ts";
import { dropOldKeys, loadKeys } from "../keep/own_keys.ts";
import type { LocalRecord } from "../keep/records.ts";
import type { LocalEstate } from "../road/options.ts";
import { type ManorOptions, PORT_DEFAULT } from "./options.ts";
import { nameOfHost } from "./settings.ts";

/** The uid that the reference gives a first local estate. */
const FIRST_UID = 1;

/** What a manor will be, before its socket is bound. */
export interface EstatePlan {
  readonly name: string;
  readonly role: string;
  readonly main: boolean;
  readonly kind: number;
  readonly listen: Address;
  readonly onRecord: LocalRecord | null;
}

/**
 * The name under which a keep holds its estate: the one that is there, else the one wanted, else the
 * host's. It stays, also where the estate is called otherwise later.
 *
 * @throws {RaetError} bad_config if several are there and none is wanted; usage for a name that can't be one
 */
export function findStackName(keepFolder: string, wanted: string | undefined): string {
  const found = foldersIn(keepFolder);
  if (wanted !== undefined) checkOwnName("estate", wanted);
  if (found.length === 0) return wanted ?? nameOfHost(hostname());
  if (found.length === 1) return found[0];
  if (wanted !== undefined && found.includes(wanted)) return wanted;
  throw new RaetError(
    "bad_config",
    `"${keepFolder}" holds estates ${found.join(", ")}: expected --name to say which`,
  );
}

/**
 * Finds out who we are to be, and whether that agrees with what is on record.
 *
 * @throws {RaetError} bad_config if it doesn't; usage for a name that can't be one
 */
export function planEstate(keep: Keep, name: string, options: ManorOptions): EstatePlan {
  const onRecord = keep.loadLocal();
  const facts = keep.loadFacts() ?? {};
  const kept = <T>(what: string, wanted: T | undefined, before: unknown, initial: T): T => {
    const recorded = onRecord && before !== undefined ? before as T : undefined;
    if (wanted === undefined) return recorded ?? initial;
    if (recorded === undefined || recorded === wanted) return wanted;
    throw keptError(what, String(recorded), String(wanted), options.home);
  };
  const kind = kept("kind", options.kind, facts.kind, 0);
  if (!Number.isInteger(kind) || kind < 0 || kind > 255) {
    throw new RaetError("usage", `kind ${kind} can't be: expected a whole number from 0 to 255`);
  }
  return {
    name: kept("name", wantedName("estate", options.name), onRecord?.name, name),
    role: kept("role", wantedName("role", options.role), onRecord?.role, options.name ?? name),
    main: kept("main flag", options.main, facts.main, false),
    kind,
    listen: planListen(onRecord, options),
    onRecord,
  };
}

/** What an estate takes from the world around it. */
export interface EstateWorld {
  readonly crypto: Crypto;
  readonly random: Random;
  /** milliseconds since 1970 */
  readonly date: number;
  /** what this host is called */
  readonly hostName: string;
}

/** The world as this system has it. */
export function systemWorld(crypto: Crypto): EstateWorld {
  return { crypto, random: systemRandom, date: Date.now(), hostName: hostname() };
}

/** Writes what is new, and gives what the road stack needs. @param bound where the socket is */
export function settleEstate(
  keep: Keep,
  plan: EstatePlan,
  bound: Address,
  options: ManorOptions,
  world: EstateWorld,
): LocalEstate {
  const { name, role, main, kind } = plan;
  // Also completes a change of keys that a crash interrupted, before anything is signed.
  let keys = loadKeys(keep, world.crypto);
  if (keys) {
    const left = dropOldKeys(keep, world.date);
    keys = { ...keys, former: keys.former.slice(0, left - 1) };
  } else {
    const drawn = { signSeed: world.random(KEY_BYTES), boxSecret: world.random(KEY_BYTES) };
    keys = { ...drawn, former: [], steps: [] };
  }
  const { signSeed, boxSecret, former, steps } = keys;
  // Keys first: an estate file without them would be taken for a loss of keys.
  if (!plan.onRecord) keep.saveLocalRole({ role, signSeed, boxSecret });
  const address = { host: reachable(bound.host), port: bound.port };
  const record: LocalRecord = {
    uid: FIRST_UID,
    internalAddress: null,
    natted: null,
    fqdn: world.hostName,
    dynamicIp: null,
    sessionId: 0,
    lastUid: FIRST_UID,
    ...plan.onRecord,
    name,
    role,
    address,
    listenAddress: bound,
  };
  keep.saveLocal(record);
  keep.saveFacts({ ...keep.loadFacts(), main, kind });
  return {
    name,
    role,
    uid: record.uid,
    address,
    main,
    kind,
    mutable: options.mutable ?? true,
    auto: options.auto ?? autoDefault(main),
    signSeed,
    boxSecret,
    former,
    steps,
    fqdn: record.fqdn,
  };
}

/** Which new keys are accepted where nothing is told. */
export function autoDefault(main: boolean): AutoMode {
  return main ? "never" : "once";
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  } catch {
    return []; // a first start
  }
}

function planListen(onRecord: LocalRecord | null, options: ManorOptions): Address {
  const recorded = onRecord?.listenAddress ?? null;
  const wanted = options.listen;
  if (!recorded) return wanted ?? { host: "0.0.0.0", port: PORT_DEFAULT };
  if (wanted && wanted.port !== 0 && wanted.port !== recorded.port) {
    throw keptError("port", String(recorded.port), String(wanted.port), options.home);
  }
  return { host: wanted?.host ?? (recorded.host || "0.0.0.0"), port: recorded.port };
}

function wantedName(kind: NameKind, name: string | undefined): string | undefined {
  return name === undefined ? undefined : checkOwnName(kind, name);
}

function keptError(what: string, recorded: string, wanted: string, home: string): RaetError {
  return new RaetError(
    "bad_config",
    `this estate's ${what} is ${recorded}, not ${wanted}: its peers know it so; expected ${recorded}, or another home than "${home}"`,
  );
}

/** The reference writes the loopback address where the socket listens on all of them. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
