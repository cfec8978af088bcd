/**
 * What can be fuzzed: something that reads bytes from outside.
 *
 * @module
 */
import type { Body, Value } from "../../src/base/value.ts";

/** What became of an input. */
export interface Verdict {
  /**
   * In a word or two: the reason of a drop, the code of an error, or what was read. Inputs with a new
   * one are kept in the corpus, so it holds nothing of the input itself.
   */
  readonly outcome: string;
  /**
   * How much was made of it: values, bytes or datagrams, whatever grows with the work and is the same on
   * every machine.
   */
  readonly work: number;
}

/** A reader of bytes from outside. */
export interface Target {
  readonly name: string;
  /** the part of all cases that it gets, as a weight: quick ones get many */
  readonly weight: number;
  readonly bytesMax: number;
  /** the most work that a byte may cause, and that an empty input may */
  readonly workPerByte: number;
  readonly workAtLeast: number;
  /** Inputs to begin with: what really comes. */
  seeds(): readonly Uint8Array[];
  /** Texts that mean something to the reader. */
  readonly words?: readonly string[];
  /** Reads an input. What it throws is a finding. */
  run(input: Uint8Array): Verdict | Promise<Verdict>;
}

/** How many values there are in a value, each list and map counted, too. */
export function sizeOf(value: Value | Body): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + sizeOf(one), 1);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + sizeOf(one), 1);
}

/** A detail without what comes out of the input: numbers, quoted texts, what is suggested. */
export function form(detail: string): string {
  return detail.replace(/"[^]*"/g, '"…"').replace(/-?\d[\d.,]*/g, "n").replace(/;[^]*/, "")
    .slice(0, 80);
}
