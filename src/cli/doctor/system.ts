/**
 * Checks of the system around the estate: its clock, its buffers for UDP, its resolver.
 *
 * @module
 */
import fs from "node:fs";
import { isIpAddress, parseAddress } from "../../base/address.ts";
import { readKernelFile } from "../../io/kernel_file.ts";
import { familyFrom, resolveHost } from "../../io/udp.ts";
import { formatBytes, formatMs } from "../text.ts";
import { filesBelow } from "./files.ts";
import { type Check, fault, firstOf, ok, type Said, warning } from "./finding.ts";

/** The date on which this program was written: no clock is right that says less. */
const DATE_MIN = Date.UTC(2025, 0, 1);
const STEP_MS_WARNING = 1000;
const FUTURE_MS_MAX = 60_000;
/** What Linux gives a socket by itself; it holds about 90 packets. */
const RECEIVE_BYTES_USUAL = 212_992;
const RESOLVE_MS_MAX = 5_000;

/** The date: not impossible, not set while the manor ran, not behind what was written before. */
export const clockCheck: Check = {
  name: "clock",
  isPrivate: true,
  examine({ home, manor }) {
    const now = Date.now();
    const late = filesBelow(home.keep).filter((path) =>
      fs.lstatSync(path).mtimeMs > now + FUTURE_MS_MAX
    );
    return judgeClock(now, manor?.health.clockStepMs ?? 0, late);
  },
};

/** What a date means. @param stepMs by how much it was set while the manor ran @param late files of later */
export function judgeClock(now: number, stepMs: number, late: readonly string[]): Said {
  const shown = new Date(now).toISOString();
  if (now < DATE_MIN) return fault(`it says ${shown}`, "set it, by NTP for instance");
  if (Math.abs(stepMs) >= STEP_MS_WARNING) {
    const what = `it was set ${stepMs > 0 ? "ahead" : "back"} by ${formatMs(Math.abs(stepMs))} ` +
      "while the manor ran";
    return warning(what, "traces and logs jump there; let NTP slew it");
  }
  if (late.length > 0) {
    const what = `it says ${shown}, but ${firstOf(late)} was written later`;
    return warning(what, "set it, by NTP for instance: it went back, or was wrong before");
  }
  return ok(`${shown}; that of peers is not known, as packets bear no time`);
}

/** Whether the kernel keeps enough datagrams while the manor is busy, and whether it lost some. */
export const buffersCheck: Check = {
  name: "buffers",
  examine({ manor }) {
    const standard = readNumber("/proc/sys/net/core/rmem_default");
    const most = readNumber("/proc/sys/net/core/rmem_max");
    if (standard === null || most === null) return ok("this system does not tell");
    const lost = manor ? lostAt(parseAddress(manor.yard.manor.address).port) : 0;
    return judgeBuffers(standard, most, lost);
  },
};

/**
 * What the kernel's sizes mean. raet asks for no size of its own, as the runtimes have no way to: a socket
 * has what the system gives to all.
 *
 * @param lost datagrams that it threw away at the road's port
 */
export function judgeBuffers(standard: number, most: number, lost: number): Said {
  const todo = `sysctl -w net.core.rmem_default=${
    Math.max(4 * RECEIVE_BYTES_USUAL, 2 * standard)
  }, and restart`;
  if (lost > 0) return warning(`the kernel threw away ${lost} datagrams of the road`, todo);
  if (standard < RECEIVE_BYTES_USUAL) {
    return warning(`a socket gets only ${formatBytes(standard)} for what comes in`, todo);
  }
  return ok(
    `${formatBytes(standard)} for what comes in (net.core.rmem_default; up to ${
      formatBytes(most)
    } could be had), nothing lost`,
  );
}

/** Whether the names of mains have addresses. */
export const resolverCheck: Check = {
  name: "resolver",
  async examine({ settings }) {
    const hosts = (settings?.join ?? []).map(({ host }) => host).filter((host) =>
      !isIpAddress(host)
    );
    if (hosts.length === 0) return ok("no name has to be resolved");
    const from = settings?.listen?.host ?? "";
    const addresses = await Promise.all(hosts.map((host) => resolveInTime(host, from)));
    const unknown = hosts.filter((_, index) => addresses[index] === null);
    if (unknown.length === 0) {
      return ok(hosts.map((host, index) => `${host} is ${addresses[index]}`).join(", "));
    }
    return fault(
      `${firstOf(unknown)} has no address`,
      "look at the name in join, at /etc/resolv.conf and at /etc/hosts",
    );
  },
};

/** In the order in which they are told. */
export const SYSTEM_CHECKS: readonly Check[] = [clockCheck, buffersCheck, resolverCheck];

/** Datagrams that the kernel dropped as a socket's queue was full, by its port. */
export function lostAt(port: number, tables: readonly string[] = UDP_TABLES): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let lost = 0;
  for (const table of tables) {
    for (const line of readText(table).split("\n").slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(local)) lost += Number(columns.at(-1)) || 0;
    }
  }
  return lost;
}

const UDP_TABLES = ["/proc/net/udp", "/proc/net/udp6"];

async function resolveInTime(host: string, from: string): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), RESOLVE_MS_MAX);
  });
  const address = await Promise.race([resolveHost(host, familyFrom(from)), late]);
  clearTimeout(timer);
  return address;
}

function readNumber(path: string): number | null {
  const text = readText(path).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

function readText(path: string): string {
  return readKernelFile(path) ?? "";
}
