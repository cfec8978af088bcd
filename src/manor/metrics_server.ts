/**
 * The optional endpoint for those who watch over this host: `/metrics` for Prometheus and `/healthz`
 * for whoever starts and stops processes. On a loopback address only (setting_forms.ts).
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { type HttpServer, serveHttp } from "../io/http.ts";
import { METRICS_TYPE, prometheusText, type Snapshot } from "./metrics.ts";

/** The manor, as the endpoint sees it. */
export interface Observed {
  snapshot(): Omit<Snapshot, "version">;
  /** what is wrong, or null */
  fault(): string | null;
}

const PLAIN = "text/plain; charset=utf-8";

/** Serves metrics and health. @throws {RaetError} `bad_config` if the address can't be had */
export function serveMetrics(
  address: Address,
  manor: Observed,
  version: string,
): Promise<HttpServer> {
  return serveHttp(address, (path) => {
    if (path === "/metrics") {
      const body = prometheusText({ ...manor.snapshot(), version });
      return { status: 200, type: METRICS_TYPE, body };
    }
    if (path !== "/healthz") return null;
    const fault = manor.fault();
    return fault === null
      ? { status: 200, type: PLAIN, body: "ok\n" }
      : { status: 503, type: PLAIN, body: `${fault}\n` };
  });
}
