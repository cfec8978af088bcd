/**
 * `raet keys`: the keys on record, and what the operator says of them.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { RaetError } from "../../base/errors.ts";
import { readFingerprint } from "../../crypto/fingerprint.ts";
import type { KeyView } from "../../route/control.ts";
import { findKey } from "../../route/find_key.ts";
import type { Session } from "../session.ts";
import { paint, type Painted, type Style } from "../text.ts";
import { named, type Verb } from "../verb.ts";

const ACTIONS = [
  "list",
  "show",
  "accept",
  "reject",
  "delete",
  "rotate",
  "import",
  "export",
] as const;
type Action = typeof ACTIONS[number];

const STYLES: Record<KeyView["acceptance"], Style> = {
  own: "cyan",
  pending: "yellow",
  accepted: "green",
  rejected: "red",
};
const CHANGES: Record<"accept" | "reject" | "delete", { done: string; style: Style }> = {
  accept: { done: "accepted", style: "green" },
  reject: { done: "rejected", style: "red" },
  delete: { done: "deleted", style: "yellow" },
};

const FINGERPRINT_FLAG = "--fingerprint <digits>";

/** Lists, shows, accepts, rejects and deletes keys. */
export const keysVerb: Verb = {
  name: "keys",
  summary: "list, show and judge keys, renew our own, import and export",
  places: ["command", "console"],
  examples: [
    ["keys", "all keys on record, our own first"],
    ["keys show alpha", "its fingerprint, to compare with what alpha's operator sees"],
    ["keys accept alpha", "let alpha's key in"],
    ["keys show 1f2e3d4c", "by the first digits of the fingerprint, 8 or more"],
    [
      'keys accept alpha --fingerprint "$FP"',
      "only if its key is the one that alpha's operator told",
    ],
    ["keys rotate", "new keys for this estate, which the old ones sign"],
    [
      "keys import /etc/salt/pki/raet",
      "what a Salt master accepted, pending and rejected ones too",
    ],
    ["keys export --out keys.json", "one file for keys import on a new host; public keys only"],
    ["keys delete alpha", "forget the key and the estates that bear it"],
  ],
  notes: [
    "NAME is a role, an estate, or a fingerprint, with or without the blanks between its groups. A",
    "fingerprint is SHA-256 over the verify key and the box key of a role; it reads the same at both",
    "ends. To show, reject or delete a key its first 8 digits are enough; to accept it by fingerprint",
    "takes all 64, since a stranger can make a key whose first digits are like those of another one.",
    "Estates of ours take up keys that were rotated by themselves, also later if they are away; a Python",
    "estate can't, and goes on with the old ones for 30 days: until then its operator has to accept the",
    "new ones.",
    "Import takes a Salt pki folder (accepted, pending, rejected; its local.key for an estate that has no",
    "key yet), a keep, or a file of export; it works without a manor, too. What an operator here said",
    "about a key stays. Exit code 7 if some keys were left.",
  ],
  json: [
    "each key, or the one that is named: {role, acceptance, fingerprint, estates}; acceptance is own,",
    "  pending, accepted or rejected, fingerprint 64 hex digits; of rotate also {before, unaware}: the",
    "  fingerprint before, and the estates that have still to hear of it",
    "import: each key {role, acceptance, result, why}; result: added, changed, same, left",
    "export: {raet, version, estate, keys: [{role, acceptance, verhex, pubhex, fingerprint}]}, or with",
    "  --out {file, keys}",
  ],
  completions: [ACTIONS, "key"],
  define(command, session) {
    command
      .addArgument(new Argument("[action]", "what to do").choices(ACTIONS).default("list" as const))
      .argument("[name...]", "whose key; for import a folder or a file")
      .option(
        FINGERPRINT_FLAG,
        "for accept: all 64 digits, else nothing is accepted",
        named(FINGERPRINT_FLAG, readFingerprint),
      )
      .option("--out <file>", "for export: a new file to write")
      .option("--force", "for export: write over a file that is there")
      .action((action, words, options) => keys(session, action, nameOf(words), options));
  },
};

/** Groups of digits, as a fingerprint is shown, are one name. */
function nameOf(words: readonly string[]): string | undefined {
  if (words.length > 1 && !words.every((word) => /^[0-9a-f]+$/i.test(word))) {
    throw new RaetError("usage", `"${words[1]}" is one name too many: expected one key`);
  }
  return words.length === 0 ? undefined : words.join(" ");
}

async function keys(
  session: Session,
  action: Action,
  name: string | undefined,
  { fingerprint: expected, out, force }: { fingerprint?: string; out?: string; force?: true },
): Promise<void> {
  if ((out !== undefined || force) && action !== "export") {
    const option = out === undefined ? "--force" : "--out";
    throw new RaetError("usage", `keys ${action} takes no ${option}: expected keys export`);
  }
  if (expected !== undefined && action !== "accept") {
    throw new RaetError("usage", `keys ${action} takes no --fingerprint: expected keys accept`);
  }
  if (action === "list" && name !== undefined) {
    throw new RaetError("usage", `keys list takes no name, but got "${name}"; see keys show`);
  }
  if (action === "import" || action === "export") {
    const { exportKeys, importKeys } = await import("./keys_carried.ts");
    if (action === "import") {
      if (name !== undefined) return await importKeys(session, name);
      throw new RaetError("usage", "keys import needs a folder, or a file of keys export");
    }
    if (name === undefined) return await exportKeys(session, out, force ?? false);
    throw new RaetError("usage", `keys export takes no name, but got "${name}": expected --out`);
  }
  if (action === "rotate") return await rotate(session, name);
  if (action !== "list" && name === undefined) {
    throw new RaetError("usage", `keys ${action} needs a role, an estate or a fingerprint`);
  }
  const yard = await session.attach();
  const { groupFingerprint } = await import("../../crypto/fingerprint.ts");
  if (name !== undefined && action !== "list" && action !== "show") {
    const key = await yard.control(action, { name, ...(expected && { fingerprint: expected }) });
    session.output.record(
      key,
      [`key of role ${key.role} `, paint(CHANGES[action].style, CHANGES[action].done)],
      groupFingerprint(key.fingerprint),
    );
    return;
  }
  const { rows } = await yard.control("keys", {});
  if (name !== undefined) {
    const key = findKey(rows, name);
    session.output.fields(key, [
      ["role", key.role],
      ["key", stand(key)],
      ["estates", key.estates.join(" ") || "-"],
      ["fingerprint", groupFingerprint(key.fingerprint)],
    ]);
    return;
  }
  const order = Object.keys(STYLES);
  const sorted = rows.toSorted((a, b) =>
    order.indexOf(a.acceptance) - order.indexOf(b.acceptance) || (a.role < b.role ? -1 : 1)
  );
  session.output.rows(sorted, [
    ["ROLE", (key) => key.role],
    ["KEY", stand],
    ["ESTATES", (key) => key.estates.join(" ") || "-"],
    ["FINGERPRINT", (key) => groupFingerprint(key.fingerprint)],
  ], "no keys are on record");
}

async function rotate(session: Session, name: string | undefined): Promise<void> {
  if (name !== undefined) {
    throw new RaetError(
      "usage",
      `keys rotate takes no name, but got "${name}": it is about our own`,
    );
  }
  const yard = await session.attach();
  const { groupFingerprint } = await import("../../crypto/fingerprint.ts");
  const key = await yard.control("rotate", {});
  const { output } = session;
  output.record(
    key,
    ["key of role ", key.role, " ", paint("green", "rotated")],
    ["before       ", groupFingerprint(key.before)],
    ["now          ", groupFingerprint(key.fingerprint)],
    ["to be told   ", key.unaware.join(" ") || "-"],
  );
}

function stand({ acceptance }: KeyView): Painted {
  return paint(STYLES[acceptance], acceptance);
}
