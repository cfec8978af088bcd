/**
 * All rows of the bench, in the order of the table.
 *
 * @module
 */
import { EXECUTABLE_ROWS } from "./executable_rows.ts";
import { FLOOD_ROWS } from "./flood_rows.ts";
import { FLOOR_ROWS } from "./floor_rows.ts";
import { LANE_ROWS } from "./lane_rows.ts";
import { MANOR_ROWS } from "./manor_rows.ts";
import { ROAD_ROWS } from "./road_rows.ts";
import { type Figures, type Row, type Scale, Stage } from "./row.ts";
import { TRACE_ROW } from "./trace_row.ts";

/** All rows. The machine's own come first: others are given as parts of them. */
export const ROWS: readonly Row[] = [
  ...FLOOR_ROWS,
  ...LANE_ROWS,
  ...ROAD_ROWS,
  ...MANOR_ROWS,
  TRACE_ROW,
  ...EXECUTABLE_ROWS,
  ...FLOOD_ROWS,
  ...EXECUTABLE_ROWS,
];

/** Runs a row so many times, in the same processes. */
export async function runRow(row: Row, runs: number, scale: Scale): Promise<Figures[]> {
  await using stage = new Stage(scale);
  const run = await row.open(stage);
  const measured: Figures[] = [];
  for (let i = 0; i < runs; i++) measured.push(await run());
  return measured;
}

/**
 * The rows whose names begin so, and those that give their floors.
 *
 * @param only beginnings of names; none for all rows
 * @throws {Error} if a name fits none
 */
export function chooseRows(only: readonly string[]): Row[] {
  if (only.length === 0) return [...ROWS];
  for (const name of only) {
    if (ROWS.some((row) => row.name.startsWith(name))) continue;
    const names = ROWS.map((row) => row.name).join(", ");
    throw new Error(`no row begins with "${name}": expected one of ${names}`);
  }
  const wanted = ROWS.filter((row) => only.some((name) => row.name.startsWith(name)));
  const floors = wanted.flatMap((row) => row.figures.map(({ floor }) => floor?.split(".")[0]));
  return ROWS.filter((row) => wanted.includes(row) || floors.includes(row.name));
}
