/**
 * Globs over routes.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { globMatcher, type Matcher } from "../base/glob.ts";
import type { Triple } from "../route/triple.ts";

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
