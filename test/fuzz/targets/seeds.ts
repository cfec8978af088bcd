/**
 * Inputs to begin with: what was recorded from the reference.
 *
 * @module
 */
import { utf8 } from "../../../src/base/bytes.ts";
import { bytes, readRoad, readVectors, ROAD_RECORDINGS } from "../../support/recordings.ts";

/** So many of one recording: the long ones repeat themselves. */
const PER_RECORDING = 12;

/** Datagrams of all recorded roads, and malformed ones. */
export function roadDatagrams(): Uint8Array[] {
  const recorded = ROAD_RECORDINGS.flatMap((name) =>
    readRoad(name).datagrams.slice(0, PER_RECORDING).map(({ hex }) => bytes(hex))
  );
  const { cases } = readVectors<{ cases: { hex: string }[] }>("malformed_packets");
  const heads = readVectors<{ cases: { hex?: string }[] }>("header_cases").cases;
  return [
    ...recorded,
    ...cases.map(({ hex }) => bytes(hex)),
    ...heads.flatMap(({ hex }) => hex === undefined ? [] : [bytes(hex)]),
  ];
}

/** Pages of recorded lanes, and malformed ones. */
export function lanePages(): Uint8Array[] {
  const { runs } = readVectors<{ runs: { pages: { hex: string }[] }[] }>("lane_single");
  const { cases } = readVectors<{ cases: { hex: string | string[] }[] }>("malformed_pages");
  return [
    ...runs.flatMap(({ pages }) => pages.map(({ hex }) => bytes(hex))),
    ...cases.flatMap(({ hex }) => [hex].flat().map(bytes)),
  ];
}

/** Texts as bytes. */
export function texts(...list: string[]): Uint8Array[] {
  return list.map((text) => utf8(text));
}
