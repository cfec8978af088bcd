/**
 * What a build is told and what it makes.
 *
 * @module
 */
import type { Build } from "../../src/io/build.ts";

/** A way of building an executable. */
export type How = Exclude<Build["how"], "source">;
/** All ways of building. */
export const HOWS: readonly How[] = ["deno", "sfx", "bun"];

/** A machine that an executable is for. */
export type Target = keyof typeof TARGETS;
/** The machines, and what each is called by those whose runtime we take. */
export const TARGETS = {
  "x86_64-linux": {
    triple: "x86_64-unknown-linux-gnu",
    deno: "@deno/linux-x64-glibc",
    bun: "@oven/bun-linux-x64",
    bunTarget: "bun-linux-x64",
  },
  "aarch64-linux": {
    triple: "aarch64-unknown-linux-gnu",
    deno: "@deno/linux-arm64-glibc",
    bun: "@oven/bun-linux-aarch64",
    bunTarget: "bun-linux-arm64",
  },
  "x86_64-darwin": {
    triple: "x86_64-apple-darwin",
    deno: "@deno/darwin-x64",
    bun: "@oven/bun-darwin-x64",
    bunTarget: "bun-darwin-x64",
  },
  "aarch64-darwin": {
    triple: "aarch64-apple-darwin",
    deno: "@deno/darwin-arm64",
    bun: "@oven/bun-darwin-aarch64",
    bunTarget: "bun-darwin-arm64",
  },
} as const;

/** The machine that this script runs on. */
export const OWN_TARGET: Target = `${Deno.build.arch}-${Deno.build.os}` as Target;

/** What to build. */
export interface Order {
  readonly target: Target;
  /** the file to make */
  readonly out: string;
}

/** An executable that was made. */
export interface Product {
  readonly how: How;
  readonly target: Target;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** of `--version`, the best of several starts; null for a file that can't run here */
  readonly startMs: number | null;
}

/** A build that can't be done, in one sentence for the person who asked for it. */
export class CompileError extends Error {}
