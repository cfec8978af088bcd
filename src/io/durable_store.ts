/**
 * Durable messages in a file of SQLite: `HOME/durable.db`, 0600, in write-ahead mode, and synced before
 * a transaction counts as made. The file is not there until the first durable message.
 *
 * @module
 */
import fs from "node:fs";
import { isBuiltin } from "node:module";
import process from "node:process";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type ErrorCode, isErrorCode, RaetError } from "../base/errors.ts";
import type {
  DurableChange,
  DurableKey,
  DurableStore,
  StoredMessage,
} from "../route/durable/store.ts";
import { failure, isSuccess, type Result } from "../route/outcome.ts";
import { FILE_MODE, formatMode, isPrivate, lstatOrNull } from "./private.ts";

/** The form of the tables. The body of one that has ended is its route, or null as with raets before this one. */
const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    id TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    handed INTEGER NOT NULL DEFAULT 0,
    after TEXT NOT NULL DEFAULT '',
    body BLOB,
    status TEXT,
    why TEXT,
    UNIQUE (origin, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_open ON message (seq) WHERE status IS NULL;
  CREATE INDEX IF NOT EXISTS message_ended ON message (deadline) WHERE status IS NOT NULL;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

type Row = Record<string, unknown>;

/** Whether this runtime has SQLite: Node before 22 has none. */
export function hasDurableStore(): boolean {
  return isBuiltin("node:sqlite");
}

/** Durable messages of one home. */
export class SqliteDurableStore implements DurableStore {
  readonly #path: string;
  #db: DatabaseSync | null = null;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file if it is there.
   *
   * @param path `HOME/durable.db`
   * @throws {RaetError} `bad_config` if it can't be read, or others can read it
   */
  constructor(path: string) {
    this.#path = path;
    if (lstatOrNull(path)) this.#attempt("opened", () => this.#open());
  }

  load(): StoredMessage[] {
    if (!this.#db) return [];
    return this.#attempt(
      "read",
      () =>
        this.#statement("SELECT * FROM message WHERE status IS NULL ORDER BY seq").all().map((
          row,
        ) => ({
          origin: String(row.origin),
          id: String(row.id),
          body: row.body as Uint8Array,
          deadline: Number(row.deadline),
          handed: row.handed === 1,
          after: String(row.after),
        })),
    );
  }

  resultOf({ origin, id }: DurableKey): Result | null {
    if (!this.#db) return null;
    return this.#attempt("read", () => {
      const row = this.#statement(
        "SELECT status, why FROM message WHERE origin = ? AND id = ? AND status IS NOT NULL",
      ).get(origin, id);
      return row ? resultFrom(row) : null;
    });
  }

  routeOf({ origin, id }: DurableKey): Uint8Array | null {
    if (!this.#db) return null;
    return this.#attempt("read", () => {
      const row = this.#statement(`SELECT body FROM message ${BY_KEY} AND status IS NOT NULL`)
        .get(origin, id);
      return row?.body instanceof Uint8Array ? row.body : null;
    });
  }

  ended(): ReadonlyMap<string, number> {
    if (!this.#db) return new Map();
    return this.#attempt("read", () => {
      const rows = this.#statement(COUNT_ENDED).all() as { origin: string; count: number }[];
      return new Map(rows.map(({ origin, count }) => [origin, count]));
    });
  }

  apply(changes: readonly DurableChange[]): void {
    this.#attempt("written", () => {
      const db = this.#db ?? this.#open();
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const change of changes) this.#make(change);
        db.exec("COMMIT");
      } catch (error) {
        // A full disk may have rolled it back already.
        try {
          db.exec("ROLLBACK");
        } catch { /* then there is nothing left to undo */ }
        throw error;
      }
    });
  }

  close(): void {
    this.#statements.clear();
    this.#db?.close();
    this.#db = null;
  }

  #open(): DatabaseSync {
    this.#makePrivate();
    // Loaded here, since most manors never need it.
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(this.#path);
    try {
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
      const { user_version: version } = db.prepare("PRAGMA user_version").get() as Row;
      if (typeof version === "number" && version > SCHEMA_VERSION) {
        const why = `"${this.#path}" is of a newer raet: expected version ${SCHEMA_VERSION} of it`;
        throw new RaetError("bad_config", `${why}, not ${version}`);
      }
      db.exec(SCHEMA);
    } catch (error) {
      db.close();
      throw error;
    }
    return this.#db = db;
  }

  /** SQLite gives the files that it makes beside this one the same mode. */
  #makePrivate(): void {
    fs.closeSync(fs.openSync(this.#path, "a", FILE_MODE));
    const stat = fs.lstatSync(this.#path);
    if (isPrivate(stat)) return;
    throw new RaetError(
      "bad_config",
      `"${this.#path}" can be read by other users (mode ${formatMode(stat)}): expected 0600`,
    );
  }

  #make(change: DurableChange): void {
    switch (change.is) {
      case "add":
        this.#run(
          "INSERT OR REPLACE INTO message (origin, id, deadline, handed, after, body) VALUES (?, ?, ?, ?, ?, ?)",
          change.origin,
          change.id,
          change.deadline,
          change.handed ? 1 : 0,
          change.after,
          change.body,
        );
        return;
      case "hand":
        return this.#run(`UPDATE message SET handed = 1 ${BY_KEY}`, change.origin, change.id);
      case "free":
        return this.#run(`UPDATE message SET after = '' ${BY_KEY}`, change.origin, change.id);
      case "end": {
        const { result, route, origin, id, keepUntil } = change;
        const [status, why] = result.status === "failed"
          ? [result.code, result.message]
          : [result.status, ""];
        return this.#run(
          `UPDATE message SET status = ?, why = ?, deadline = ?, body = ? ${BY_KEY}`,
          status,
          why,
          keepUntil,
          route,
          origin,
          id,
        );
      }
      case "forget":
        return this.#run(
          `DELETE FROM message ${BY_KEY} AND status IS NOT NULL`,
          change.origin,
          change.id,
        );
      case "prune":
        return this.#run(
          "DELETE FROM message WHERE status IS NOT NULL AND deadline <= ?",
          change.before,
        );
      case "trim":
        return this.#run(
          "DELETE FROM message WHERE status IS NOT NULL AND origin = '' AND seq <= (SELECT seq FROM " +
            "message WHERE status IS NOT NULL AND origin = '' ORDER BY seq DESC LIMIT 1 OFFSET ?)",
          change.left,
        );
    }
  }

  #run(sql: string, ...values: (string | number | Uint8Array | null)[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, statement = this.#db!.prepare(sql));
    return statement;
  }

  #attempt<T>(action: string, call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (cause instanceof RaetError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RaetError("bad_config", `"${this.#path}" can't be ${action}: ${why}`, { cause });
    }
  }
}

/** Of a million: no row is looked at save the few that have not ended, and the rest in the index of the keys. */
const COUNT_ENDED = `
  SELECT origin, sum(n) AS count FROM (
    SELECT origin, count(*) AS n FROM message GROUP BY origin
    UNION ALL SELECT origin, -1 FROM message INDEXED BY message_open WHERE status IS NULL
  ) GROUP BY origin`;

const BY_KEY = "WHERE origin = ? AND id = ?";

function resultFrom({ status, why }: Row): Result {
  if (isSuccess(status)) return { status };
  const code: ErrorCode = isErrorCode(status) ? status : "outcome_unknown";
  return failure(code, String(why));
}
