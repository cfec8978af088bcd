/**
 * Whom a route means: one end, or each estate that a glob fits.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { globMatcher, isGlob } from "../../base/glob.ts";
import { nearest } from "../../base/nearest.ts";
import type { Yard } from "../../client/yard.ts";
import type { Triple } from "../../route/triple.ts";

/** The ends that a route means; `one` if it was no glob. */
export interface Targets {
  readonly one: boolean;
  readonly ends: readonly Triple[];
}

/**
 * Finds whom a route means. A name that is known is no glob, whatever it holds.
 *
 * @throws {RaetError} `no_estate` if a glob fits none that is known
 */
export async function findTargets(route: Triple, yard: Pick<Yard, "control">): Promise<Targets> {
  if (!isGlob(route.estate)) return { one: true, ends: [route] };
  const { rows } = await yard.control("estates", {});
  const names = rows.map(({ name }) => name).filter((name) => name !== "");
  if (names.includes(route.estate)) return { one: true, ends: [route] };
  const fits = names.filter(globMatcher(route.estate)).toSorted();
  if (fits.length > 0) return { one: false, ends: fits.map((estate) => ({ ...route, estate })) };
  const near = nearest(route.estate.replace(/[*?]/g, ""), names);
  throw new RaetError(
    "no_estate",
    `no estate that is known fits "${route.estate}"${near === null ? "" : `; there is ${near}`}`,
  );
}
