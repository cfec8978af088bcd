/**
 * What `deno task compile` and `deno task release` are told: how to build, for which targets, and where to.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { CompileError, type How, HOWS, type Target, TARGETS } from "./product.ts";

/** What was told; null and none where nothing was. */
export interface BuildArguments {
  readonly how: How | null;
  readonly targets: readonly Target[];
  readonly out: string | null;
}

/** Reads the arguments. @throws {CompileError} if one of them can't be */
export function readBuildArguments(args: readonly string[]): BuildArguments {
  const { how = null, target: targets, out = null } = parsed(args);
  for (const target of targets) {
    if (!Object.hasOwn(TARGETS, target)) {
      throw new CompileError(`target "${target}": expected ${Object.keys(TARGETS).join(", ")}`);
    }
  }
  if (how !== null && !(HOWS as readonly string[]).includes(how)) {
    throw new CompileError(`--how "${how}": expected ${HOWS.join(", ")}`);
  }
  return { how: how as How | null, targets: targets as Target[], out };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        how: { type: "string" },
        target: { type: "string", multiple: true, default: [] },
        out: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new CompileError((error as Error).message.replace(/\.$/, ""));
  }
}
