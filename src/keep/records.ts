/**
 * What an estate remembers, as values, and as the maps that lie in files (protocol.md 8). The
 * reference deletes an estate file whose set of keys differs, so nothing is ever added here: what it
 * has no key for is a fact in a file of ours (`facts.ts`).
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { isPeerName } from "../base/names.ts";
import type { Body, Value } from "../base/value.ts";
import { keyFromHex, keyToHex } from "../crypto/keys.ts";

/** Our own estate. */
export interface LocalRecord {
  /** Its name on the road. */
  readonly name: string;
  /** Our number for ourselves, from 1. */
  readonly uid: number;
  /** Where others reach us (`ha`). */
  readonly address: Address;
  /** The address that the socket is bound to (`aha`); its host may be empty: all interfaces. */
  readonly listenAddress: Address;
  /** Behind a NAT (`iha`); unused, kept as found. */
  readonly internalAddress: Address | null;
  /** Unused, kept as found. */
  readonly natted: boolean | null;
  /** Our host name. */
  readonly fqdn: string;
  /** Unused, kept as found (`dyned`). */
  readonly dynamicIp: boolean | null;
  /** Unused by the reference: sessions are per remote. */
  readonly sessionId: number;
  /** The last estate number that was given to a remote (`puid`); the next one is counted up first. */
  readonly lastUid: number;
  /** The role that our keys belong to. */
  readonly role: string;
}

/** What we know of another estate. */
export interface RemoteRecord {
  /** Its name on the road. */
  readonly name: string;
  /** Our number for it (`uid`). */
  readonly nearUid: number;
  /** Its number for us (`fuid`); 0 while unknown. */
  readonly farUid: number;
  /** Where its packets come from and go to. */
  readonly address: Address;
  /** Behind a NAT (`iha`); unused, kept as found. */
  readonly internalAddress: Address | null;
  /** Unused, kept as found. */
  readonly natted: boolean | null;
  /** Its host name, as we know it. */
  readonly fqdn: string;
  /** Unused, kept as found (`dyned`). */
  readonly dynamicIp: boolean | null;
  /** The last session number that we began with it. */
  readonly sessionId: number;
  /** Whether newcomers may join it. */
  readonly main: boolean;
  /** The application's number for what kind of estate it is. */
  readonly kind: number;
  /** Whether a join with it has been completed. */
  readonly joined: boolean;
  /** The role that its keys belong to. */
  readonly role: string;
}

/** Our own secrets. Never in a message, a log or an error. */
export interface LocalRole {
  /** The role's name. */
  readonly role: string;
  /** Ed25519 seed, 32 bytes. */
  readonly signSeed: Uint8Array;
  /** X25519 secret, 32 bytes. */
  readonly boxSecret: Uint8Array;
}

/** What the operator, or the mode, decided about a role's keys. */
export type Acceptance = "pending" | "accepted" | "rejected";

/** The keys of a role of others. */
export interface RemoteRole {
  /** The role's name. */
  readonly role: string;
  /** What was decided about the keys. */
  readonly acceptance: Acceptance;
  /** Ed25519 public key, 32 bytes. */
  readonly verifyKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly boxKey: Uint8Array;
}

/** A record of one kind as a map, both ways. */
export interface RecordForm<T> {
  /** The map, its keys in the order in which the reference writes them. */
  write(record: T): Body;
  /** The record, or what is wrong with the map. */
  read(map: Body): T | string;
}

/** `local/estate`. */
export const localForm: RecordForm<LocalRecord> = {
  write: (r) => ({
    name: r.name,
    uid: r.uid,
    ha: pair(r.address),
    iha: pair(r.internalAddress),
    natted: r.natted,
    fqdn: r.fqdn,
    dyned: r.dynamicIp,
    sid: r.sessionId,
    puid: r.lastUid,
    aha: pair(r.listenAddress),
    role: r.role,
  }),
  read: (map) => {
    const fields = new Fields(map, "name uid ha iha natted fqdn dyned sid puid aha role");
    return fields.done({
      name: fields.name("name"),
      uid: fields.serial("uid", 1),
      address: fields.address("ha"),
      listenAddress: fields.address("aha"),
      internalAddress: fields.addressOrNull("iha"),
      natted: fields.flagOrNull("natted"),
      fqdn: fields.text("fqdn"),
      dynamicIp: fields.flagOrNull("dyned"),
      sessionId: fields.serial("sid"),
      lastUid: fields.serial("puid"),
      role: fields.name("role"),
    });
  },
};

/**
 * `remote/estate.NAME`. The reference writes null for `joined` until a join completes, and so do we
 * for false; nulls that it may leave in `main` and `kind` read as false and 0.
 */
export const remoteForm: RecordForm<RemoteRecord> = {
  write: (r) => ({
    name: r.name,
    uid: r.nearUid,
    fuid: r.farUid,
    ha: pair(r.address),
    iha: pair(r.internalAddress),
    natted: r.natted,
    fqdn: r.fqdn,
    dyned: r.dynamicIp,
    sid: r.sessionId,
    main: r.main,
    kind: r.kind,
    joined: r.joined || null,
    role: r.role,
  }),
  read: (map) => {
    const names = "name uid fuid ha iha natted fqdn dyned sid main kind joined role";
    const fields = new Fields(map, names);
    return fields.done({
      name: fields.name("name"),
      nearUid: fields.serial("uid", 1),
      farUid: fields.serial("fuid"),
      address: fields.address("ha"),
      internalAddress: fields.addressOrNull("iha"),
      natted: fields.flagOrNull("natted"),
      fqdn: fields.text("fqdn"),
      dynamicIp: fields.flagOrNull("dyned"),
      sessionId: fields.serial("sid"),
      main: fields.flagOrNull("main") ?? false,
      kind: map.kind === null ? 0 : fields.serial("kind"),
      joined: fields.flagOrNull("joined") ?? false,
      role: fields.name("role"),
    });
  },
};

/** `role/local/role`. */
export const localRoleForm: RecordForm<LocalRole> = {
  write: (r) => ({ role: r.role, sighex: keyToHex(r.signSeed), prihex: keyToHex(r.boxSecret) }),
  read: (map) => {
    const fields = new Fields(map, "role sighex prihex");
    return fields.done({
      role: fields.name("role"),
      signSeed: fields.key("sighex"),
      boxSecret: fields.key("prihex"),
    });
  },
};

/** In the order of their numbers on disk. */
const ACCEPTANCES: readonly Acceptance[] = ["pending", "accepted", "rejected"];

/**
 * `role/remote/role.ROLE`. The reference may write null for `acceptance`, which it reads as a role that
 * it has never seen; `isUnjudged` tells those apart before this form is asked.
 */
export const remoteRoleForm: RecordForm<RemoteRole> = {
  write: (r) => ({
    role: r.role,
    acceptance: ACCEPTANCES.indexOf(r.acceptance),
    verhex: keyToHex(r.verifyKey),
    pubhex: keyToHex(r.boxKey),
  }),
  read: (map) => {
    const fields = new Fields(map, "role acceptance verhex pubhex");
    return fields.done({
      role: fields.name("role"),
      acceptance: ACCEPTANCES[fields.serial("acceptance", 0, 2)],
      verifyKey: fields.key("verhex"),
      boxKey: fields.key("pubhex"),
    });
  },
};

/** Whether a role's map is one that the reference wrote before it ever judged the role. */
export function isUnjudged(map: Body): boolean {
  return Object.hasOwn(map, "acceptance") && map.acceptance === null;
}

function pair(address: Address): Value;
function pair(address: Address | null): Value;
function pair(address: Address | null): Value {
  return address && [address.host, address.port];
}

/**
 * Reads the keys of one map and keeps the first fault. Faults name keys and never quote values: one of
 * these maps holds secrets.
 */
class Fields {
  #fault: string | null;

  constructor(readonly map: Body, names: string) {
    const expected = names.split(" ");
    const missing = expected.filter((name) => !Object.hasOwn(map, name));
    const unknown = Object.keys(map).filter((name) => !expected.includes(name));
    this.#fault = missing.length > 0
      ? `it lacks ${missing.join(", ")}`
      : unknown.length > 0
      ? `it has ${unknown.length} unknown key${unknown.length > 1 ? "s" : ""}`
      : null;
  }

  done<T>(record: T): T | string {
    return this.#fault ?? record;
  }

  name(key: string): string {
    return this.#take(key, isPeerName, "", "a name");
  }

  text(key: string): string {
    return this.#take(key, (value) => typeof value === "string", "", "a text");
  }

  serial(key: string, min = 0, max = 0xffffffff): number {
    const fits = (value: unknown): value is number =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
    return this.#take(key, fits, min, `a whole number from ${min} to ${max}`);
  }

  flagOrNull(key: string): boolean | null {
    const fits = (value: unknown): value is boolean | null =>
      value === null || typeof value === "boolean";
    return this.#take(key, fits, null, "true, false or null");
  }

  address(key: string): Address {
    const { map } = this;
    if (isPair(map[key])) return { host: map[key][0], port: map[key][1] };
    this.#fault ??= `its ${key} is not a host and a port`;
    return { host: "", port: 0 };
  }

  addressOrNull(key: string): Address | null {
    return this.map[key] === null ? null : this.address(key);
  }

  key(name: string): Uint8Array {
    const key = keyFromHex(this.map[name]);
    this.#fault ??= key ? null : `its ${name} is not 64 lower-case hex digits`;
    return key ?? new Uint8Array(0);
  }

  #take<T>(key: string, fits: (value: unknown) => value is T, other: T, expected: string): T {
    const value: unknown = this.map[key];
    if (fits(value)) return value;
    this.#fault ??= `its ${key} is not ${expected}`;
    return other;
  }
}

function isPair(value: Value): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" &&
    Number.isInteger(value[1]) && Number(value[1]) >= 0 && Number(value[1]) <= 65535;
}
