/**
 * Globs over names, as shells have them: `*` for any run of characters, `?` for one, `[a-c]` for one of
 * these, `[!a-c]` for one of no others.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Triple } from "../route/triple.ts";

/** Tells whether a name is fit for it. */
export type Matcher = (name: string) => boolean;

/** Whether a text holds what makes it a glob. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** What a glob fits. A bracket that is never closed stands for itself. */
export function globMatcher(glob: string): Matcher {
  const pattern = glob.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\\]^[]/g, "\\$&")}]`;
      if (part === "*") return ".*";
      return part === "?" ? "." : part.replace(/[.+^${}()|[\]\\/]/, "\\$&");
    },
  );
  let whole: RegExp;
  try {
    whole = new RegExp(`^${pattern}$`, "su");
  } catch {
    throw new RaetError("usage", `"${glob}" is not a glob: expected such as web* or web[1-3]`);
  }
  return (name) => whole.test(name);
}

/**
 * What a glob over routes fits: an estate, or estate/yard/share where an empty part is any.
 *
 * @throws {RaetError} `usage` if it is of another form
 */
export function routeMatcher(glob: string): (route: Triple) => boolean {
  const parts = glob.split("/");
  if (parts.length !== 1 && parts.length !== 3) {
    throw new RaetError(
      "usage",
      `"${glob}" is no glob over routes: expected an estate such as web*, or estate/yard/share`,
    );
  }
  const any: Matcher = () => true;
  const [estate, yard = any, share = any] = parts.map((part) =>
    part === "" ? any : globMatcher(part)
  );
  return (route) => estate(route.estate) && yard(route.yard) && share(route.share);
}
