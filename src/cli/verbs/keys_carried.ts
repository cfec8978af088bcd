/**
 * `raet keys import` and `raet keys export`: keys from elsewhere, and for elsewhere.
 *
 * @module
 */
import { resolve } from "node:path";
import { RaetError } from "../../base/errors.ts";
import { IMPORT_KEYS_PER_CALL } from "../../base/limits.ts";
import type { Yard } from "../../client/yard.ts";
import { namedPath } from "../../io/whole_file.ts";
import type { ImportedKey } from "../../route/control.ts";
import { plural } from "../draw/event.ts";
import type { Session } from "../session.ts";
import { paint, type Style } from "../text.ts";

const STYLES: Record<ImportedKey["result"], Style> = {
  added: "green",
  changed: "green",
  same: "dim",
  left: "yellow",
};

/** Takes keys over from a folder or a file. */
export async function importKeys(session: Session, path: string): Promise<void> {
  const { output, home, env } = session;
  const { carriedKey, readCarriedKeys } = await import("../../manor/carried_keys.ts");
  const { keys, own, leftOut } = readCarriedKeys(resolve(namedPath(path)));
  const yard = await attachOrNull(session);
  let rows: ImportedKey[] = [];
  let mine: "taken" | "left" | "none";
  let fault: unknown = null;
  if (yard) {
    try {
      for (let i = 0; i < keys.length; i += IMPORT_KEYS_PER_CALL) {
        const part = keys.slice(i, i + IMPORT_KEYS_PER_CALL).map(carriedKey);
        rows.push(...(await yard.control("import", { keys: part })).rows);
      }
    } catch (error) {
      if (rows.length === 0) throw error;
      fault = error; // those before are on record here, and are told
    }
    mine = own ? "left" : "none";
  } else {
    const { importOffline } = await import("../../manor/offline_keys.ts");
    ({ rows, own: mine } = await importOffline(home, env, keys, own));
  }
  output.rows(rows, [
    ["ROLE", ({ role }) => role],
    ["KEY", ({ acceptance }) => acceptance],
    ["RESULT", ({ result }) => paint(STYLES[result], result)],
    ["WHY", ({ why }) => why || "-"],
  ], "there were no keys");
  if (mine === "taken") output.note("this estate has the own keys of that folder");
  if (mine === "left") {
    output.note("this estate has keys of its own; those of that folder were left where they are");
  }
  for (const { path, why } of leftOut) output.note(`"${path}" was left out: ${why}`);
  if (fault !== null) throw fault;
  const isLeft = ({ result }: ImportedKey) => result === "left";
  if (leftOut.length > 0 || rows.some(isLeft)) session.setExitCode(7);
}

/** Gives all public keys away, as one file or on standard output. */
export async function exportKeys(
  session: Session,
  out: string | undefined,
  force: boolean,
): Promise<void> {
  const { output, home, env } = session;
  const yard = await attachOrNull(session);
  const { exportOffline } = await import("../../manor/offline_keys.ts");
  const { estate, rows } = yard ? await yard.control("export", {}) : await exportOffline(home, env);
  const { writeKeyFile } = await import("../../manor/carried_keys.ts");
  const text = writeKeyFile(estate, rows);
  if (out === undefined) {
    output.text(JSON.parse(text), text.trimEnd());
    return;
  }
  const { writePrivateFile } = await import("../private_file.ts");
  writePrivateFile(out, text, force);
  output.record(
    { file: out, keys: rows.length },
    `${plural(rows.length, "public key")} written to ${out}`,
  );
}

async function attachOrNull(session: Session): Promise<Yard | null> {
  try {
    return await session.attach();
  } catch (error) {
    if (error instanceof RaetError && error.code === "no_manor") return null;
    throw error;
  }
}
