/**
 * What it costs that a manor remembers transactions, with nobody watching: the same load with and
 * without, in turn and in the same processes, since two runs on a busy machine can't be compared.
 *
 * @module
 */
import { openManors } from "./manor_rows.ts";
import { SIZES } from "./pour_row.ts";
import { cpuMicros, type Row } from "./row.ts";

const SINK = "sink";
/** Pairs of a run; in every other one the order is turned, so that what drifts falls on both alike. */
const ROUNDS = 10;
const WIDTH = 64;

interface Poured {
  readonly seconds: number;
  /** of a core, both manors */
  readonly micros: number;
}

/** Messages with and without a trace. */
export const TRACE_ROW: Row = {
  name: "trace",
  about: "two manors, yards in their processes: 100 B, with and without a trace in turn",
  figures: [
    { key: "tracedPerSecond", unit: "delivered/s with a trace" },
    { key: "untracedPerSecond", unit: "delivered/s without" },
    { key: "ratePercent", unit: "% of the rate without", aim: 97 },
    { key: "cpuPercent", unit: "% of the CPU without", aim: 103, lessIsBetter: true },
  ],
  async open(stage) {
    const { near, far } = await openManors(stage);
    await far.call("sink", { share: SINK });
    const load = { count: stage.count(4_000, 20), width: WIDTH, bytes: SIZES.small.bytes };
    const cpu = async () => await Promise.all([near.usage(), far.usage()]);
    const pour = async (on: boolean): Promise<Poured> => {
      await Promise.all([near, far].map((manor) => manor.call("trace", { on })));
      const before = await cpu();
      const seconds = await near.call("pour", { to: `far//${SINK}`, load });
      const after = await cpu();
      return { seconds, micros: sum(after.map((look, i) => cpuMicros(before[i], look))) };
    };
    for (const on of [true, false]) await pour(on);
    return async () => {
      const pairs: { traced: Poured; untraced: Poured }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const first = await pour(round % 2 === 0);
        const second = await pour(round % 2 !== 0);
        const [traced, untraced] = round % 2 === 0 ? [first, second] : [second, first];
        pairs.push({ traced, untraced });
      }
      const medianOf = (figure: (pair: typeof pairs[number]) => number) =>
        median(pairs.map(figure));
      return {
        tracedPerSecond: medianOf(({ traced }) => load.count / traced.seconds),
        untracedPerSecond: medianOf(({ untraced }) => load.count / untraced.seconds),
        ratePercent: medianOf(({ traced, untraced }) => 100 * untraced.seconds / traced.seconds),
        cpuPercent: medianOf(({ traced, untraced }) => 100 * traced.micros / untraced.micros),
      };
    };
  },
};

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
