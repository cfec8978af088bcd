/**
 * What a word of a command line can become, for the console's Tab and for the shells: what stands in
 * the table of verbs, and what the manor knows.
 *
 * @module
 */
import type { Option } from "@commander-js/extra-typings";
import type { Yard } from "../client/yard.ts";
import { choicesOf } from "./setting_options.ts";
import type { Completion } from "./verb.ts";

/** What candidates are asked of. */
export type Asked = Pick<Yard, "control">;

/** What the value of an option can be, where that can be told. */
export function valueOf(option: Option): Completion | null {
  const choices = choicesOf(option);
  if (choices.length > 0) return choices;
  const [, value] = /<(\w+)/.exec(option.flags) ?? [];
  return VALUES[value] ?? VALUES[option.long ?? ""] ?? null;
}

/** By what an option calls its value, or by its name. */
const VALUES: Readonly<Record<string, Completion>> = {
  file: "file",
  path: "file",
  dir: "file",
  "--estate": "estate",
  "--from": "estate",
  "--not-from": "estate",
};

/** All that a word can become. One that ends with a slash goes on; files are left to the caller. */
export async function candidatesOf(completion: Completion, yard: Asked): Promise<string[]> {
  switch (completion) {
    case "route":
      return await routes(yard);
    case "estate":
      return (await yard.control("estates", {})).rows.map(({ name }) => name);
    case "yard":
      return (await yard.control("yards", {})).rows.map(({ name }) => name);
    case "share":
      return await shares(yard);
    case "key": {
      const { rows } = await yard.control("keys", {});
      return rows.filter(({ acceptance }) => acceptance !== "own").map(({ role }) => role);
    }
    case "verb":
    case "file":
    case "rest":
      return [];
    default:
      return [...completion];
  }
}

/** Estates with their slashes, then what this host has. */
async function routes(yard: Asked): Promise<string[]> {
  const [estates, yards, ownShares] = await Promise.all([
    yard.control("estates", {}),
    yard.control("yards", {}),
    shares(yard),
  ]);
  return [
    ...estates.rows.filter(({ name }) => name !== "").map(({ name }) => `${name}//`),
    ...ownShares.map((name) => `//${name}`),
    ...yards.rows.map(({ name }) => `/${name}/`),
  ];
}

async function shares(yard: Asked): Promise<string[]> {
  const { rows } = await yard.control("shares", {});
  return rows.map(({ name }) => name).filter((name) => !name.startsWith("."));
}
