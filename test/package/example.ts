/**
 * A program of somebody who installed the package: two estates in one process, a message between
 * them, and, where there is a lane, one from outside of them. Prints what became of it, a line of JSON.
 */
import { attach, type Manor, type ManorEvent, openManor, RaetError } from "@raet/raet";
import { join } from "node:path";
import process from "node:process";

const folder = process.argv[2];
const listen = { host: "127.0.0.1", port: 0 };

const alpha = await open("alpha", { main: true, auto: "once" });
const beta = await open("beta", { join: [alpha.manor.address] });
await beta.joined;

const worker = await attach({ manor: beta.manor });
const jobs = await worker.listen("jobs");
const sender = await attach({ manor: alpha.manor });
const delivery = sender.send("beta//jobs", { hello: "there", bytes: new Uint8Array([1, 2]) });
let body: unknown;
for await (const message of jobs) {
  body = message.body;
  break;
}
const { status } = await delivery.outcome;
console.log(JSON.stringify({ status, body, lane: await overLane() }));
await sender.close();
await worker.close();
await alpha.manor.close(0);
await beta.manor.close(0);

/** Sends by the lane's socket, as another process would. */
async function overLane(): Promise<string> {
  try {
    const yard = await attach({ home: join(folder, "alpha") });
    const inbox = await yard.listen("inbox");
    const { outcome } = yard.send("alpha//inbox", 1);
    for await (const _message of inbox) break;
    const { status } = await outcome;
    await yard.close();
    return status;
  } catch (error) {
    return error instanceof RaetError ? `${error.code}: ${error.message}` : String(error);
  }
}

type Options = Omit<Parameters<typeof openManor>[0], "home" | "onEvent" | "listen">;

async function open(
  name: string,
  options: Options,
): Promise<{ manor: Manor; joined: Promise<void> }> {
  let isJoined = () => {};
  const joined = new Promise<void>((resolve) => isJoined = resolve);
  const onEvent = ({ event }: ManorEvent) => {
    if (event === "allowed") isJoined();
  };
  const home = join(folder, name);
  return { manor: await openManor({ ...options, name, home, listen, onEvent }), joined };
}
