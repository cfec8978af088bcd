/**
 * How the rules of a policy are read from raet.yaml; docs/policy.md has the form. What is wrong with one
 * is told with the line and column of the very key or value.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { globMatcher } from "../base/glob.ts";
import { didYouMean } from "../base/nearest.ts";
import { PEER_NAME_CHARS_MAX } from "../base/limits.ts";
import {
  DESTINATION_PARTS,
  type Direction,
  DIRECTIONS,
  faultOfRule,
  Policy,
  type PolicyRule,
  type RuleEnd,
  SOURCE_PARTS,
} from "../route/policy.ts";
import { type Path, PlacedError } from "./placed_error.ts";
import type { SettingForm } from "./setting_forms.ts";

const ACTIONS = ["allow", "deny"] as const;
const RULE_KEYS = ["name", ...ACTIONS, "from", "to", "type"] as const;
const NAME_CHARS_MAX = 100;

/** A list of rules, ready for use. */
export function policyForm(): SettingForm<Policy> {
  return {
    fromYaml(value) {
      if (!Array.isArray(value)) {
        throw new RaetError("usage", `${shown(value)} is no list of rules: expected lines "- …"`);
      }
      return new Policy(value.map((rule, index) => readRule(rule, [index])));
    },
  };
}

function readRule(value: unknown, path: Path): PolicyRule {
  const map = mapOf(value, path, "a rule", RULE_KEYS);
  const actions = ACTIONS.filter((action) => Object.hasOwn(map, action));
  if (actions.length !== 1) {
    const has = actions.length === 0 ? "neither allow nor deny" : "both allow and deny";
    throw new PlacedError(path, `a rule has ${has}: expected one of them, such as "deny: in"`);
  }
  const [action] = actions;
  const rule: PolicyRule = {
    ...("name" in map ? { name: readName(map.name, [...path, "name"]) } : {}),
    action,
    directions: readDirections(map[action], [...path, action]),
    ...("from" in map ? { from: readEnd(map.from, [...path, "from"], SOURCE_PARTS) } : {}),
    ...("to" in map ? { to: readEnd(map.to, [...path, "to"], DESTINATION_PARTS) } : {}),
    ...("type" in map ? { type: readGlobs(map.type, [...path, "type"]) } : {}),
  };
  const fault = faultOfRule(rule);
  if (fault) throw new PlacedError([...path, ...fault.key], fault.why);
  return rule;
}

function readName(value: unknown, path: Path): string {
  const isName = typeof value === "string" && value.length > 0 && value.length <= NAME_CHARS_MAX &&
    !/\p{C}/u.test(value);
  if (isName) return value;
  throw new PlacedError(
    path,
    `${
      shown(value)
    } can't be the name of a rule: expected a text of up to ${NAME_CHARS_MAX} characters`,
  );
}

function readDirections(value: unknown, path: Path): Direction[] {
  if (value === "any") return [...DIRECTIONS];
  const listed = Array.isArray(value) ? value : [value];
  const isIn = (one: unknown): one is Direction => DIRECTIONS.some((known) => known === one);
  if (listed.length > 0 && listed.every(isIn)) return [...new Set(listed)];
  const expected = `${DIRECTIONS.join(", ")}, any, or a list of them`;
  throw new PlacedError(path, `${shown(value)} is no direction: expected ${expected}`);
}

function readEnd<Part extends string>(
  value: unknown,
  path: Path,
  parts: readonly Part[],
): RuleEnd<Part> {
  const map = mapOf(value, path, `"${path.at(-1)}"`, parts);
  const end: { [P in Part]?: readonly string[] } = {};
  for (const part of parts) {
    if (part in map) end[part] = readGlobs(map[part], [...path, part]);
  }
  return end;
}

function readGlobs(value: unknown, path: Path): string[] {
  const globs: unknown[] = Array.isArray(value) ? value : [value];
  if (globs.length === 0) throw new PlacedError(path, "an empty list fits nothing: expected globs");
  return globs.map((glob, index) => {
    const at = Array.isArray(value) ? [...path, index] : path;
    if (typeof glob !== "string" || glob.length > PEER_NAME_CHARS_MAX) {
      throw new PlacedError(at, `${shown(glob)} is no glob: expected a name such as web1 or web*`);
    }
    try {
      globMatcher(glob);
    } catch (error) {
      if (error instanceof RaetError) throw new PlacedError(at, error.message);
      throw error;
    }
    return glob;
  });
}

function mapOf(
  value: unknown,
  path: Path,
  what: string,
  keys: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PlacedError(path, `${shown(value)} can't be ${what}: expected ${keys.join(", ")}`);
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const known = `${didYouMean(key, keys)}; expected one of ${keys.join(", ")}`;
    throw new PlacedError([...path, key], `unknown key "${key}" in ${what}${known}`, true);
  }
  return value as Record<string, unknown>;
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value) ?? "nothing";
}
