/**
 * Keys of a home whose manor does not run: provisioning writes them before the first start.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { findHome, openHome } from "../io/home.ts";
import { FolderStore } from "../io/file_store.ts";
import { lockHome } from "../io/lock.ts";
import { ReadOnlyStore } from "../io/read_only_store.ts";
import { loadCrypto } from "../crypto/load.ts";
import { Keep } from "../keep/keep.ts";
import { loadKeys, publicKeys, type SecretKeys } from "../keep/own_keys.ts";
import { sameKeyPair } from "../keep/succession.ts";
import type { RemoteRole } from "../keep/records.ts";
import { mergeKey } from "../road/operator.ts";
import type { CarriedKey, ImportedKey } from "../route/control.ts";
import { carriedKey } from "./carried_keys.ts";
import { gatherSettings } from "./config.ts";
import { findStackName } from "./estate.ts";

/** What became of keys that were imported. */
export interface Imported {
  readonly rows: ImportedKey[];
  /** Whether the estate has the own keys that were offered. */
  readonly own: "taken" | "left" | "none";
}

/**
 * Writes keys into a home; makes it if it isn't there.
 *
 * @param own keys for the estate itself: taken if it has none yet
 * @throws {RaetError} home_in_use, bad_config
 */
export async function importOffline(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
  keys: readonly RemoteRole[],
  own: SecretKeys | null,
): Promise<Imported> {
  const { settings } = await gatherSettings({ home, env, commandLine: {} });
  const opened = openHome(home);
  const name = findStackName(opened.keep, settings.name);
  using _lock = lockHome(opened, name, Date.now());
  const keep = new Keep(new FolderStore(opened.keep), name, settings.keepFormat);
  const crypto = await loadCrypto();
  const before = loadKeys(keep, crypto);
  const role = keep.loadLocalRole()?.role ?? settings.role ?? settings.name ?? name;
  if (own && !before) keep.saveLocalRole({ role, ...own });
  const held = before ?? own;
  const ours = held && { role, ...publicKeys(crypto, held) };
  const rows = keys.map((key) => {
    const { result, why, record } = mergeKey(keep.role(key.role), key, ours);
    if (record) keep.saveRole(record);
    return { role: key.role, acceptance: key.acceptance, result, why };
  });
  markDecided(keep, rows);
  const isSame = own && before && sameKeyPair(publicKeys(crypto, own), publicKeys(crypto, before));
  return { rows, own: !own ? "none" : !before || isSame ? "taken" : "left" };
}

/** What an operator imports is their word, also where the mode took the same key unseen before. */
function markDecided(keep: Keep, rows: readonly ImportedKey[]): void {
  const decided = rows.filter(({ result, acceptance }) =>
    result !== "left" && acceptance !== "pending"
  );
  const roles = new Set(decided.map(({ role }) => role));
  for (const { name, role } of keep.remotes()) {
    const facts = roles.has(role) ? keep.loadPeer(name) : null;
    if (facts?.unseen) keep.savePeer(name, { ...facts, unseen: false });
  }
}

/**
 * The public keys of a home, its own first.
 *
 * @throws {RaetError} no_key if there is no estate in it yet
 */
export async function exportOffline(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ estate: string; rows: CarriedKey[] }> {
  const { settings } = await gatherSettings({ home, env, commandLine: {} });
  const found = findHome(home);
  const name = found && findStackName(found.keep, settings.name);
  const keep = found && new Keep(new ReadOnlyStore(found.keep), name!, settings.keepFormat);
  const crypto = await loadCrypto();
  const own = keep && keep.loadLocal() && keep.loadLocalRole();
  if (!keep || !own) {
    throw new RaetError("no_key", `home "${home}" holds no estate: expected one that was started`);
  }
  const role: RemoteRole = {
    role: own.role,
    acceptance: "accepted",
    ...publicKeys(crypto, own),
  };
  const others = keep.roles().filter((one) => one.role !== own.role);
  const rows = [{ ...carriedKey(role), acceptance: "own" as const }, ...others.map(carriedKey)];
  return { estate: keep.loadLocal()!.name, rows };
}
