/**
 * What one estate keeps on disk: itself, the estates that it knows, the keys of their roles
 * (protocol.md 8), and facts of ours that the reference has no place for.
 *
 *     STACK/local/estate.json              STACK/role/local/role.json
 *     STACK/remote/estate.NAME.json        STACK/role/remote/role.ROLE.json
 *     STACK/raet/peer.NAME.json            STACK/raet/stack.json
 *     STACK/raet/succession.ROLE.json      STACK/raet/keys.json
 *
 * The folder `raet` is ours: the reference lists and deletes files in its own folders only. Everything
 * is synchronous and durable when a method returns.
 *
 * @module
 */
import { assert, RaetError } from "../base/errors.ts";
import { isOwnName } from "../base/names.ts";
import type { Body } from "../base/value.ts";
import { decodeFile, encodeFile, KEEP_FORMATS, type KeepFormat } from "./format.ts";
import { type FolderKind, type KeepReport, NamedFolder } from "./named_folder.ts";
import { LOST_FACTS, type PeerFacts, type PeerFile, peerForm } from "./peer_facts.ts";
import {
  isUnjudged,
  localForm,
  type LocalRecord,
  type LocalRole,
  localRoleForm,
  type RecordForm,
  remoteForm,
  type RemoteRecord,
  type RemoteRole,
  remoteRoleForm,
} from "./records.ts";
import { findFault } from "../wire/values.ts";
import type { FileStore } from "./store.ts";
import { type Chain, chainForm, type OwnKeys, ownKeysForm } from "./succession.ts";

/** What we remember of ourselves besides, as JSON values; whoever reads them checks their types. */
export type Facts = Body;

/** The memory of one estate. All methods throw RaetError `bad_config` if the store fails them. */
export class Keep {
  readonly #store: FileStore;
  readonly #base: string;
  readonly #format: KeepFormat;
  readonly #remotes: NamedFolder<RemoteRecord>;
  readonly #roles: NamedFolder<RemoteRole>;
  readonly #peers: NamedFolder<PeerFile>;
  readonly #chains: NamedFolder<Chain>;
  #localFormat: KeepFormat | null = null;
  #reports: KeepReport[] = [];

  /**
   * Reads nothing yet.
   *
   * @param store where the files lie: the folder that holds the folders of the stacks
   * @param stackName the name of the estate when it was first started
   * @param format how new files are written; files that are there are read, and go on, in theirs
   */
  constructor(store: FileStore, stackName: string, format: KeepFormat = "json") {
    assert(isOwnName("estate", stackName), "a stack's name is one of ours");
    this.#store = store;
    this.#base = stackName;
    this.#format = format;
    const report = (one: KeepReport) => void this.#reports.push(one);
    this.#remotes = new NamedFolder(store, `${stackName}/remote`, format, REMOTES, report);
    this.#roles = new NamedFolder(store, `${stackName}/role/remote`, format, ROLES, report);
    this.#peers = new NamedFolder(store, `${stackName}/raet`, "json", PEERS, report);
    this.#chains = new NamedFolder(store, `${stackName}/raet`, "json", CHAINS, report);
  }

  /**
   * Our own estate, or null if this keep has never held one.
   *
   * @throws {RaetError} `bad_config` if its file is damaged: nothing may be made up in its place
   */
  loadLocal(): LocalRecord | null {
    return this.#loadOwn(ESTATE, localForm);
  }

  /** Writes our own estate. */
  saveLocal(record: LocalRecord): void {
    this.#saveOwn(ESTATE, localForm, record);
  }

  /**
   * Our own secret keys, or null if this keep has never held an estate.
   *
   * @throws {RaetError} `bad_config` if their file is damaged, or gone while our estate's is there: new
   * keys would make us a stranger to everybody
   */
  loadLocalRole(): LocalRole | null {
    const role = this.#loadOwn(ROLE, localRoleForm);
    const estate = `${ESTATE}.${this.#ownFormat()}`;
    if (role || !this.#store.read(`${this.#base}/${estate}`)) return role;
    const missing = this.#full(`${ROLE}.${this.#ownFormat()}`);
    throw new RaetError(
      "bad_config",
      `"${missing}", the file with our secret keys, is missing though ${estate} is there: ` +
        `expected both; restore it from a copy, or move "${this.#full("")}" away to start anew ` +
        `with new keys that all others have to accept`,
    );
  }

  /** Writes our own secret keys. */
  saveLocalRole(role: LocalRole): void {
    this.#saveOwn(ROLE, localRoleForm, role);
  }

  /** All estates on record. Files that can't be used are set aside and reported. */
  remotes(): RemoteRecord[] {
    return this.#remotes.all();
  }

  /** Writes what we know of an estate. */
  saveRemote(record: RemoteRecord): void {
    this.#remotes.save(record);
  }

  /** Forgets an estate, our facts about it included; its role's keys stay. */
  removeRemote(name: string): void {
    this.#remotes.remove(name);
    this.#peers.remove(name);
  }

  /** The keys of a role as they are on disk now, or null if it was never judged. */
  role(role: string): RemoteRole | null {
    return this.#roles.get(role);
  }

  /** The keys of all roles. */
  roles(): RemoteRole[] {
    return this.#roles.all();
  }

  /** Writes the keys of a role. */
  saveRole(role: RemoteRole): void {
    this.#roles.save(role);
  }

  /** Forgets the keys of a role, and how it came to them. */
  removeRole(role: string): void {
    this.#roles.remove(role);
    this.#chains.remove(role);
  }

  /** How the roles of others came to their keys, as far as we saw it. */
  chains(): Chain[] {
    return this.#chains.all();
  }

  /** Writes how a role came to its keys. */
  saveChain(chain: Chain): void {
    this.#chains.save(chain);
  }

  /**
   * Our own keys, old ones too; null if they were never changed.
   *
   * @throws {RaetError} `bad_config` if their file is damaged
   */
  loadOwnKeys(): OwnKeys | null {
    const bytes = this.#store.read(`${this.#base}/${OWN_KEYS}`);
    if (!bytes) return null;
    const map = decodeFile("json", bytes);
    const keys = typeof map === "string" ? map : ownKeysForm.read(map);
    if (typeof keys !== "string") return keys;
    throw new RaetError(
      "bad_config",
      `"${
        this.#full(OWN_KEYS)
      }", which holds our old keys, is damaged, ${keys}: expected the file as it ` +
        `was written; restore it from a copy, or move it away, and who has not heard of our new keys has ` +
        `to accept them`,
    );
  }

  /** Writes our own keys, old ones too. Those in use have to be written by `saveLocalRole` after that. */
  saveOwnKeys(keys: OwnKeys): void {
    this.#store.write(`${this.#base}/${OWN_KEYS}`, encodeFile("json", ownKeysForm.write(keys)));
  }

  /** Our facts about an estate, or null. Where the file was damaged nothing is taken to be proven. */
  loadPeer(name: string): PeerFacts | null {
    return this.#peers.get(name)?.facts ?? (this.#peers.wasSetAside(name) ? LOST_FACTS : null);
  }

  /** Writes our facts about an estate in place of those before. */
  savePeer(name: string, facts: PeerFacts): void {
    this.#peers.save({ name, facts });
  }

  /** Our facts about ourselves, or null. A damaged file is set aside and reported. */
  loadFacts(): Facts | null {
    const path = `${this.#base}/${STACK_FACTS}`;
    const bytes = this.#store.read(path);
    if (!bytes) return null;
    const map = decodeFile("json", bytes);
    if (typeof map !== "string") return map;
    const movedTo = `${this.#store.root}/${this.#store.setAside(path)}`;
    this.#reports.push({ path: `${this.#store.root}/${path}`, movedTo, why: map });
    return null;
  }

  /** Writes our facts about ourselves in place of those before. */
  saveFacts(facts: Facts): void {
    assert(findFault(facts, false) === null, "facts are JSON values");
    this.#store.write(`${this.#base}/${STACK_FACTS}`, encodeFile("json", facts));
  }

  /** The files that were set aside since the last call. */
  reports(): KeepReport[] {
    const reports = this.#reports;
    this.#reports = [];
    return reports;
  }

  #loadOwn<T>(name: string, form: RecordForm<T>): T | null {
    const format = this.#ownFormat();
    const path = `${name}.${format}`;
    const bytes = this.#store.read(`${this.#base}/${path}`);
    if (!bytes) return null;
    const map = decodeFile(format, bytes);
    const record = typeof map === "string" ? map : form.read(map);
    if (typeof record !== "string") return record;
    throw new RaetError(
      "bad_config",
      `"${
        this.#full(path)
      }" is damaged, ${record}: expected the file as it was written; restore it ` +
        `from a copy, or move "${
          this.#full("")
        }" away to start anew with new keys that all others ` +
        `have to accept`,
    );
  }

  #saveOwn<T>(name: string, form: RecordForm<T>, record: T): void {
    const map = form.write(record);
    const fault = form.read(map);
    assert(typeof fault !== "string", `${name} can be read back: ${fault}`);
    const format = this.#ownFormat();
    this.#store.write(`${this.#base}/${name}.${format}`, encodeFile(format, map));
  }

  /** The format of the own files that are there; ours if there are none. */
  #ownFormat(): KeepFormat {
    const isThere = (format: KeepFormat) =>
      [ESTATE, ROLE].some((name) => this.#store.read(`${this.#base}/${name}.${format}`) !== null);
    this.#localFormat ??= isThere(this.#format)
      ? this.#format
      : KEEP_FORMATS.find(isThere) ?? this.#format;
    return this.#localFormat;
  }

  #full(path: string): string {
    return `${this.#store.root}/${this.#base}${path && `/${path}`}`;
  }
}

const ESTATE = "local/estate";
const ROLE = "role/local/role";
const OWN_KEYS = "raet/keys.json";
const STACK_FACTS = "raet/stack.json";

const REMOTES: FolderKind<RemoteRecord> = {
  prefix: "estate",
  nameKey: "name",
  form: remoteForm,
  nameOf: ({ name }) => name,
};

const ROLES: FolderKind<RemoteRole> = {
  prefix: "role",
  nameKey: "role",
  form: remoteRoleForm,
  nameOf: ({ role }) => role,
  isBlank: isUnjudged,
};

const PEERS: FolderKind<PeerFile> = {
  prefix: "peer",
  nameKey: "name",
  form: peerForm,
  nameOf: ({ name }) => name,
};

const CHAINS: FolderKind<Chain> = {
  prefix: "succession",
  nameKey: "role",
  form: chainForm,
  nameOf: ({ role }) => role,
};
