/**
 * Keys that are carried from one estate to another: as the folder of a Salt master or minion, as the
 * keep of an estate, or as one file of ours. Public keys and what was decided about them; secrets are
 * never written, and read from a Salt folder only to become those of an estate that has none yet.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { RaetError } from "../base/errors.ts";
import { CARRIED_FILE_BYTES_MAX, CARRIED_KEYS_MAX } from "../base/limits.ts";
import { isPeerName } from "../base/names.ts";
import { type Body, isBody, type Value } from "../base/value.ts";
import { fingerprint } from "../crypto/fingerprint.ts";
import { keyFromHex, keyToHex } from "../crypto/keys.ts";
import { fileError } from "../io/private.ts";
import { decodeFile, formatOf } from "../keep/format.ts";
import type { SecretKeys } from "../keep/own_keys.ts";
import { type Acceptance, type RemoteRole, remoteRoleForm } from "../keep/records.ts";
import type { CarriedKey } from "../route/control.ts";

/** What was found. */
export interface CarriedKeys {
  readonly keys: readonly RemoteRole[];
  /** Those of the estate itself, where the folder holds them. */
  readonly own: SecretKeys | null;
  /** Files that hold no key, and why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Reads the keys at a path.
 *
 * @throws {RaetError} `usage` if there are none to be had there
 */
export function readCarriedKeys(path: string): CarriedKeys {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw new RaetError("usage", fileError(path, "read", cause).message, { cause });
  }
  if (!isFolder) return { keys: readKeyFile(path), own: null, leftOut: [] };
  if (foldersIn(path, ACCEPTANCES).length > 0) return readSaltFolder(path);
  const keep = [path, ...allFolders(path)].find((one) => foldersIn(one, ["role"]).length > 0);
  if (keep) return readKeep(keep);
  throw new RaetError(
    "usage",
    `"${path}" holds no keys: expected a Salt pki folder with accepted, pending or rejected in it, the keep of an estate, or a file of raet keys export`,
  );
}

/** The text of one file that holds keys. @param estate whose they are */
export function writeKeyFile(estate: string, keys: readonly CarriedKey[]): string {
  const rows = keys.map((key) => {
    const [verifyKey, boxKey] = [keyFromHex(key.verhex)!, keyFromHex(key.pubhex)!];
    return { ...key, fingerprint: fingerprint(verifyKey, boxKey) };
  });
  return `${JSON.stringify({ raet: FILE_KIND, version: 1, estate, keys: rows }, null, 2)}\n`;
}

/** A key as it is told to a manor. */
export function carriedKey({ role, acceptance, verifyKey, boxKey }: RemoteRole): CarriedKey {
  return { role, acceptance, verhex: keyToHex(verifyKey), pubhex: keyToHex(boxKey) };
}

/** A key out of what was told; a clause if it is none. */
export function keyOfCarried(value: Value): RemoteRole | string {
  if (!isBody(value)) return "it is not a map";
  const { role, acceptance, verhex, pubhex } = value;
  if (!isPeerName(role)) return "its role is not a name";
  const [verifyKey, boxKey] = [keyFromHex(verhex), keyFromHex(pubhex)];
  if (!verifyKey || !boxKey) {
    return `its ${verifyKey ? "pubhex" : "verhex"} is not 64 lower-case hex digits`;
  }
  // Whose own it was has accepted it, so to say.
  const decided = acceptance === "own" ? "accepted" : acceptance;
  if (!ACCEPTANCES.includes(decided as Acceptance)) return "its acceptance is not one";
  return { role, acceptance: decided as Acceptance, verifyKey, boxKey };
}

const FILE_KIND = "keys";
/** Salt's folders are called so, too. */
const ACCEPTANCES: readonly Acceptance[] = ["accepted", "pending", "rejected"];
/** Salt's file with the estate's own keys. */
const SALT_OWN = "local.key";

function readKeyFile(path: string): RemoteRole[] {
  const map = decodeFile("json", bytesOf(path));
  const expected = "expected a file of raet keys export";
  if (typeof map === "string") throw new RaetError("usage", `"${path}": ${map}; ${expected}`);
  if (map.raet !== FILE_KIND || map.version !== 1 || !Array.isArray(map.keys)) {
    throw new RaetError("usage", `"${path}" is not a file of keys: ${expected}`);
  }
  if (map.keys.length > CARRIED_KEYS_MAX) throw tooMany(path);
  return map.keys.map((row, i) => {
    const key = keyOfCarried(row);
    if (typeof key === "string") throw new RaetError("usage", `"${path}", key ${i + 1}: ${key}`);
    const told = (row as Body).fingerprint;
    if (told === fingerprint(key.verifyKey, key.boxKey)) return key;
    throw new RaetError(
      "usage",
      `"${path}": the key of role "${key.role}" does not have the fingerprint beside it; expected the file as it was written`,
    );
  });
}

/** Salt: a file for each minion, named after it, in the folder that says what was decided. */
function readSaltFolder(path: string): CarriedKeys {
  const keys: RemoteRole[] = [];
  const leftOut: { path: string; why: string }[] = [];
  for (const acceptance of ACCEPTANCES) {
    for (const role of filesIn(join(path, acceptance))) {
      const file = join(path, acceptance, role);
      const map = saltMap(file);
      const key = typeof map === "string" ? map : keyOfSalt(role, acceptance, map);
      if (typeof key === "string") leftOut.push({ path: file, why: key });
      else keys.push(key);
      if (keys.length > CARRIED_KEYS_MAX) throw tooMany(path);
    }
  }
  return { keys, leftOut, own: readSaltOwn(path, leftOut) };
}

function keyOfSalt(role: string, acceptance: Acceptance, map: Body): RemoteRole | string {
  const { verify, pub } = map;
  const wrong = [["verify", verify], ["pub", pub]].find(([, value]) => !keyFromHex(value));
  if (wrong) return `its ${wrong[0]} is not 64 lower-case hex digits`;
  return keyOfCarried({ role, acceptance, verhex: verify, pubhex: pub });
}

function readSaltOwn(path: string, leftOut: { path: string; why: string }[]): SecretKeys | null {
  if (!filesIn(path).includes(SALT_OWN)) return null;
  const file = join(path, SALT_OWN);
  const map = saltMap(file);
  const signSeed = typeof map === "string" ? null : keyFromHex(map.sign);
  const boxSecret = typeof map === "string" ? null : keyFromHex(map.priv);
  if (signSeed && boxSecret) return { signSeed, boxSecret };
  // Nothing of the file is quoted: it holds secrets.
  leftOut.push({ path: file, why: "it does not hold sign and priv of 64 lower-case hex digits" });
  return null;
}

/** The keep of an estate of ours or of a reference. */
function readKeep(path: string): CarriedKeys {
  const keys: RemoteRole[] = [];
  const leftOut: { path: string; why: string }[] = [];
  const folder = join(path, "role", "remote");
  for (const name of filesIn(folder)) {
    const format = formatOf(name);
    if (!format || !name.startsWith("role.")) continue;
    const file = join(folder, name);
    const map = decodeFile(format, bytesOf(file));
    const key = typeof map === "string" ? map : remoteRoleForm.read(map);
    if (typeof key === "string") leftOut.push({ path: file, why: key });
    else keys.push(key);
    if (keys.length > CARRIED_KEYS_MAX) throw tooMany(path);
  }
  return { keys, leftOut, own: null };
}

/** Salt writes msgpack, or JSON if it was told to. */
function saltMap(file: string): Body | string {
  const bytes = bytesOf(file);
  return decodeFile(bytes[0] === 0x7b ? "json" : "msgpack", bytes);
}

function bytesOf(path: string): Uint8Array {
  try {
    if (statSync(path).size > CARRIED_FILE_BYTES_MAX) {
      throw new RaetError(
        "too_large",
        `file "${path}" holds more than ${CARRIED_FILE_BYTES_MAX} bytes`,
      );
    }
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    if (cause instanceof RaetError) throw cause;
    throw new RaetError("usage", fileError(path, "read", cause).message, { cause });
  }
}

function entriesIn(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => a.name < b.name ? -1 : 1);
  } catch {
    return [];
  }
}

function filesIn(path: string): string[] {
  return entriesIn(path).filter((entry) => entry.isFile()).map((entry) => entry.name)
    .filter((name) => !name.startsWith("."));
}

function foldersIn(path: string, names: readonly string[]): string[] {
  return entriesIn(path).filter((entry) => entry.isDirectory() && names.includes(entry.name))
    .map((entry) => entry.name);
}

function allFolders(path: string): string[] {
  return entriesIn(path).filter((entry) => entry.isDirectory()).map((entry) =>
    join(path, entry.name)
  );
}

function tooMany(path: string): RaetError {
  return new RaetError("too_large", `"${path}" holds more than ${CARRIED_KEYS_MAX} keys`);
}
