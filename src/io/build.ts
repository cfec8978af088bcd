/**
 * How this program was built. A build stamps that into its file (`scripts/compile/stamp.ts`): the stamp
 * runs before any module of ours. A program that runs from its source has none, and asks nobody.
 *
 * @module
 */

/** What a build says of itself. */
export interface Build {
  /**
   * - `source`: it was not built; a runtime runs the source
   * - `deno`: by `deno compile`
   * - `sfx`: a file that unpacks the Deno runtime and this program beside it
   * - `bun`: by `bun build --compile`
   */
  readonly how: "source" | "deno" | "sfx" | "bun";
  /** the commit it was built from, with `-changed` behind if there was more; null if nobody knows */
  readonly commit: string | null;
}

/** How this program was built. */
export const BUILD: Build = (globalThis as { raetBuild?: Build }).raetBuild ??
  { how: "source", commit: null };
