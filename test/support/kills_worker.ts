/**
 * A process that claims share jobs, for tests that kill it: it writes down each message that it is
 * handed before it says that it is done with it.
 *
 *     deno run -A kills_worker.ts HOME LOG
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { attach } from "../../src/client/attach.ts";
import type { Yard } from "../../src/client/yard.ts";

const [home, log] = process.argv.slice(2);

const yard = await attached();
for await (const message of await yard.listen("jobs")) {
  const { n } = message.body as { n: number };
  appendFileSync(
    log,
    `${message.id} ${n} ${message.redelivered ? "again" : "new"} ${process.pid}\n`,
  );
}

/** Its manor may be about to be started again. */
async function attached(): Promise<Yard> {
  for (;;) {
    try {
      return await attach({ home, program: "kills_worker" });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
