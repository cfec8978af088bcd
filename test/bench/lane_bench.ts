/**
 * Rates of a yard's socket between two processes:
 *
 *     deno run -A test/bench/lane_bench.ts
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import process from "node:process";
import { UnixDatagramSocket } from "../../src/io/unix_datagram.ts";

const [role, directory = "", bytesText = "300"] = Deno.args;
const COUNT = 200_000;
const PINGS = 2_000;
const bytes = Number(bytesText);
if (role === "peer") await peer();
else await measure();

/** Counts pages, answers one-byte pages, and tells how many pages came when asked. */
async function peer(): Promise<void> {
  let pages = 0;
  let first = 0;
  const socket = await UnixDatagramSocket.open(`${directory}/bench.peer.uxd`, {
    onDatagram(datagram, from) {
      if (datagram.length === 1) return void socket.send(from, datagram);
      if (datagram.length === 2) return void socket.close();
      if (++pages === 1) first = performance.now();
      if (pages === COUNT / (bytes > 1000 ? 10 : 1)) {
        const seconds = (performance.now() - first) / 1000;
        socket.send(from, new TextEncoder().encode(JSON.stringify({ pages, seconds })));
        pages = 0;
      }
    },
    onWritable: () => {},
    onError: (error) => console.error(error),
  });
  console.log("ready");
}

async function measure(): Promise<void> {
  for (const size of [300, 60_000]) {
    const home = fs.mkdtempSync(`${os.tmpdir()}/lane-`);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL(import.meta.url).pathname, "peer", home, `${size}`],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await one(home, size);
    await reader.cancel();
    await child.status;
    fs.rmSync(home, { recursive: true });
  }
}

async function one(home: string, size: number): Promise<void> {
  const to = `${home}/bench.peer.uxd`;
  let answered: (text: string) => void = () => {};
  let writable: () => void = () => {};
  const socket = await UnixDatagramSocket.open(`${home}/bench.own.uxd`, {
    onDatagram: (datagram) => answered(new TextDecoder().decode(datagram)),
    onWritable: () => writable(),
    onError: (error) => console.error(error),
  });
  const answer = () => new Promise<string>((resolve) => answered = resolve);
  const room = () => new Promise<void>((resolve) => (writable = resolve, socket.watch(to)));

  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const begun = performance.now();
    const back = answer();
    socket.send(to, new Uint8Array(1));
    await back;
    times.push(performance.now() - begun);
    if (i % 2) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const warm = times.filter((_, i) => i % 2).sort((a, b) => a - b);
  const cold = times.filter((_, i) => !(i % 2)).sort((a, b) => a - b);

  const page = new Uint8Array(size);
  const count = COUNT / (size > 1000 ? 10 : 1);
  const cpu = process.cpuUsage();
  const done = answer();
  let waits = 0;
  for (let i = 0; i < count;) {
    if (socket.send(to, page) === "sent") i++;
    else (waits++, await room());
  }
  const { pages, seconds } = JSON.parse(await done);
  const used = process.cpuUsage(cpu);

  const idle = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const rest = process.cpuUsage(idle);
  console.log(JSON.stringify({
    bytes: size,
    pages,
    perSecond: Math.round(pages / seconds),
    megabytesPerSecond: Math.round(pages * size / seconds / 1e6),
    waits,
    sendCpu: +((used.user + used.system) / 1e6 / seconds).toFixed(2),
    pingWarmMicros: Math.round(warm[warm.length >> 1] * 1000),
    pingColdMicros: Math.round(cold[cold.length >> 1] * 1000),
    idleCpu: +((rest.user + rest.system) / 3e6).toFixed(4),
  }));
  socket.send(to, new Uint8Array(2));
  await socket.close();
}
