/** The gate's share of trials of two routers. `deno task routers` does more of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "../../src/base/value.ts";
import type { DurableChange } from "../../src/route/durable/store.ts";
import type { Side } from "../support/router_pair.ts";
import { runTrial, type Trial } from "./trial/trial.ts";
import { Finding } from "./trial/witness.ts";

const SEEDS_AT_ONCE = 50;

describe("two routers, whatever happens between and beside them,", () => {
  for (let from = 1; from <= 200; from += SEEDS_AT_ONCE) {
    const to = from + SEEDS_AT_ONCE - 1;
    it(`hold what they promise in seeds ${from} to ${to}`, () => {
      for (let seed = from; seed <= to; seed++) {
        const found = findingOf(seed);
        assert.equal(found, "", `deno task routers --seeds ${seed} --steps: ${found}`);
      }
    });
  }
});

describe("a trial of two routers finds", () => {
  it("a disk that loses what it said that it has", () => {
    assert.match(
      firstFinding(({ pair }) =>
        writing(pair.alpha, (change) => change.is === "add" ? [] : [change])
      ),
      /was told to be stored, and its manor does not know it/,
    );
  });

  it("an outcome that is not true", () => {
    const plant = ({ pair: { alpha } }: Trial) => {
      const takeTold = alpha.takeTold.bind(alpha);
      alpha.takeTold = () => takeTold().map((line) => line.replace("outcome_unknown", "expired"));
    };
    assert.match(firstFinding(plant), /expired/);
  });

  it("a manor that forgets what has ended", () => {
    const forget = (change: DurableChange): DurableChange[] =>
      change.is === "end" ? [change, { ...change, is: "forget" }] : [change];
    assert.match(firstFinding(({ pair }) => writing(pair.beta, forget)), /comes again|has it/);
  });

  it("a manor that lets messages overtake each other", () => {
    const plant = ({ pair: { beta } }: Trial) =>
      hearing(beta, ({ raet, ...body }) => {
        const { after: _, ...fields } = raet as Body;
        return { ...body, raet: fields };
      });
    assert.match(firstFinding(plant), /is handed over after \d/);
  });

  it("a message whose sender is not told how it ended", () => {
    const plant = ({ pair: { alpha } }: Trial) => {
      const takeTold = alpha.takeTold.bind(alpha);
      alpha.takeTold = () => takeTold().filter((line) => !/^7 (?!stored)/.test(line));
    };
    assert.match(firstFinding(plant), /7 have no outcome/);
  });
});

/** What the first of some seeds finds that finds anything. */
function firstFinding(prepare: (trial: Trial) => void): string {
  for (let seed = 1; seed <= 50; seed++) {
    const found = findingOf(seed, prepare);
    if (found !== "") return found;
  }
  return "";
}

function findingOf(seed: number, prepare?: (trial: Trial) => void): string {
  try {
    runTrial(seed, { prepare });
    return "";
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    return error.message;
  }
}

/** Its disk makes other changes than it says. */
function writing({ store }: Side, change: (is: DurableChange) => DurableChange[]): void {
  const apply = store.apply.bind(store);
  store.apply = (changes) => apply(changes.flatMap(change));
}

/** Its router, in each run, hears something else than what came over the road. */
function hearing(side: Side, change: (body: Body) => Body): void {
  const start = side.start.bind(side);
  const wrap = () => {
    const { router } = side;
    const fromRoad = router.fromRoad.bind(router);
    router.fromRoad = (estate, body, now) => fromRoad(estate, change(body), now);
  };
  side.start = () => {
    start();
    wrap();
  };
  wrap();
}
