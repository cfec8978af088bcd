/**
 * All that is fuzzed.
 *
 * @module
 */
import type { Target } from "./target.ts";
import { KEEP_TARGETS } from "./targets/keep.ts";
import { SESSION_TARGETS } from "./targets/session.ts";
import { STACK_TARGETS } from "./targets/stacks.ts";
import { TEXT_TARGETS } from "./targets/text.ts";
import { WIRE_TARGETS } from "./targets/wire.ts";

/** All targets. */
export const TARGETS: readonly Target[] = [
  ...WIRE_TARGETS,
  ...STACK_TARGETS,
  ...KEEP_TARGETS,
  ...TEXT_TARGETS,
  ...SESSION_TARGETS,
];
