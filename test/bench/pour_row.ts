/**
 * Rows that keep many messages under way and count how fast they end. The CPU that each cost is the
 * figure that others' work on the machine changes least.
 *
 * @module
 */
import type { Usage } from "./commands.ts";
import type { Load } from "./load.ts";
import { cpuMicros, type Figure, type Row, type Stage } from "./row.ts";

/** Messages of one size. */
export interface Size {
  readonly label: string;
  readonly bytes: number;
  /** messages of a run: some seconds' worth */
  readonly count: number;
}

/** The sizes of body that are measured. */
export const SIZES = {
  small: { label: "100B", bytes: 100, count: 16_000 },
  packet: { label: "1KiB", bytes: 1024, count: 8_000 },
  middle: { label: "64KiB", bytes: 64 * 1024, count: 320 },
  large: { label: "1MiB", bytes: 1024 * 1024, count: 32 },
} as const satisfies Record<string, Size>;

/** Messages under way at the same time. */
const WIDTH = 64;
/** The part of a run that goes before the first, to warm up. */
const WARM_UP = 0.25;

/** What pours, and the processes that work meanwhile, by what they are. */
export interface Pourer {
  pour(load: Load): Promise<number>;
  readonly workers: Readonly<Record<string, { usage(): Promise<Usage> }>>;
}

/** What such a row is made of. */
export interface PourSpec {
  readonly name: string;
  /** the end that counts, such as "acknowledged" */
  readonly ended: string;
  readonly about: string;
  readonly size: Size;
  /** the names of the workers */
  readonly workers: readonly string[];
  readonly messagesAim?: number;
  readonly megabytesAim?: number;
  open(stage: Stage): Promise<Pourer>;
}

/** A row that pours messages of one size. */
export function pourRow(spec: PourSpec): Row {
  const { size, ended } = spec;
  const figures: Figure[] = [
    {
      key: "perSecond",
      unit: `${ended}/s`,
      aim: spec.messagesAim,
      floor: size.bytes <= SIZES.small.bytes ? "floor-crypto.perSecond" : undefined,
    },
    { key: "megabytesPerSecond", unit: "MB/s of body", aim: spec.megabytesAim },
    ...spec.workers.map((worker) => ({
      key: cpuKey(worker),
      unit: `µs CPU each, ${worker}`,
      lessIsBetter: true,
    })),
  ];
  return {
    name: `${spec.name}-${size.label}`,
    about: `${spec.about}: ${size.label}, ${WIDTH} in flight, until ${ended}`,
    figures,
    async open(stage) {
      const { pour, workers } = await spec.open(stage);
      const load = { count: stage.count(size.count), width: WIDTH, bytes: size.bytes };
      await pour({ ...load, count: Math.ceil(load.count * WARM_UP) });
      const looks = () => Promise.all(spec.workers.map((worker) => workers[worker].usage()));
      return async () => {
        const before = await looks();
        const perSecond = load.count / await pour(load);
        const after = await looks();
        const cpu = spec.workers.map((worker, i) =>
          [cpuKey(worker), cpuMicros(before[i], after[i]) / load.count] as const
        );
        return {
          perSecond,
          megabytesPerSecond: perSecond * size.bytes / 1e6,
          ...Object.fromEntries(cpu),
        };
      };
    },
  };
}

function cpuKey(worker: string): string {
  return `${worker.replaceAll(" ", "")}CpuMicros`;
}
