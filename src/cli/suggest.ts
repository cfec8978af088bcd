/**
 * What a failed route was perhaps meant to be.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Yard } from "../client/yard.ts";
import type { Triple } from "../route/triple.ts";

/** The failure of what was sent there, with a suggestion if a name that is known is near. */
export async function withSuggestion(
  error: RaetError,
  to: Triple,
  yard: Pick<Yard, "control" | "manor">,
): Promise<RaetError> {
  const here = to.estate === "" || to.estate === yard.manor.estate;
  const near = await suggestion(error, to, here, yard).catch(() => "");
  return near === "" || error.message.includes("did you mean")
    ? error
    : new RaetError(error.code, `${error.message}${near}`);
}

async function suggestion(
  { code }: RaetError,
  to: Triple,
  here: boolean,
  yard: Pick<Yard, "control" | "manor">,
): Promise<string> {
  if (code === "no_estate" && !here) {
    const { rows } = await yard.control("estates", {});
    return didYouMean(to.estate, [...rows.map(({ name }) => name), yard.manor.estate]);
  }
  if (code === "no_yard" && here) {
    const { rows } = await yard.control("yards", {});
    return didYouMean(to.yard, rows.map(({ name }) => name));
  }
  if (code === "no_share" && here && to.yard === "") {
    const { rows } = await yard.control("shares", {});
    return didYouMean(to.share, rows.map(({ name }) => name));
  }
  return "";
}
