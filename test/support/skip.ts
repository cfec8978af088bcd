/**
 * Skipping a test that has begun to find out whether it can be. What is known before is the option `skip`.
 */
import type { TestContext } from "node:test";

/** Says why, as neither runtime does; Deno even counts such a test among those that passed. */
export function skipNow(test: Pick<TestContext, "name" | "skip">, reason: string): void {
  console.log(`skipped: ${test.name}: ${reason}`);
  test.skip(reason);
}
