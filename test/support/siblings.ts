/**
 * Two estates of one role, and the main that they are joined with.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AutoMode } from "../../src/keep/judge.ts";
import { areReady } from "./road_pair.ts";
import { type SimEstate, SimRoad } from "./sim_road.ts";

/** A main `alpha`, `one` and `two` of role "web", and whether all is well between them. */
export interface Siblings {
  readonly world: SimRoad;
  readonly alpha: SimEstate;
  readonly one: SimEstate;
  readonly two: SimEstate;
  areWell(): boolean;
}

/** Joins them. @param auto the main's mode; where keys wait for its operator they are accepted */
export function siblings(auto: AutoMode = "once"): Siblings {
  const world = new SimRoad(1);
  const alpha = world.add("alpha", { main: true, auto, mutable: true });
  const [one, two] = [world.add("one", { role: "web" }), world.add("two", { role: "web" })];
  two.takeKeysOf(one);
  one.join(alpha);
  two.join(alpha);
  world.run(100);
  if (auto === "never") alpha.up.keys.accept("web", world.now);
  const areWell = () =>
    [one, two].every((estate) => areReady(alpha, estate) && estate.remote("alpha")!.alive === true);
  assert.ok(world.runUntil(areWell, 20_000));
  return { world, alpha, one, two, areWell };
}
