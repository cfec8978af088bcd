/**
 * A small HTTP server for those who look at a process from the same host: it answers GET and HEAD with
 * a text, reads no bodies, and holds few connections for a short time. It answers to an address or to
 * `localhost` only: a page in a browser of this host reaches it by a name of its own that leads here.
 *
 * @module
 */
import type { Server, ServerResponse } from "node:http";
import { type AddressInfo, isIP, type Socket } from "node:net";
import { type Address, formatAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import {
  HTTP_ANSWERS_UNREAD_MAX,
  HTTP_CONNECTIONS_MAX,
  HTTP_REQUEST_MS_MAX,
} from "../base/limits.ts";
import { codeOf } from "./private.ts";

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  /** its media type */
  readonly type: string;
  readonly body: string;
}

/** A server that runs. */
export interface HttpServer {
  /** where it is bound; the port is the one that was given, or found for 0 */
  readonly address: Address;
  close(): Promise<void>;
}

const PLAIN = "text/plain; charset=utf-8";

/**
 * Serves at an address.
 *
 * @param answer the answer for a path, without its query; null if there is nothing
 * @throws {RaetError} `bad_config` if it can't be bound
 */
export async function serveHttp(
  address: Address,
  answer: (path: string) => HttpAnswer | null,
): Promise<HttpServer> {
  const { createServer } = await import("node:http");
  const patience = new Patience();
  const unread = new Unread();
  const server = createServer((request, response) => {
    if (!unread.takes(request.socket, response)) return void request.socket.destroy();
    patience.begin(request.socket);
    const { method = "", url = "/", headers } = request;
    const { status, type, body } = isOurHost(headers.host)
      ? answerTo(method, url, answer)
      : { status: 421, type: PLAIN, body: "expected an address, or localhost, as the host\n" };
    const bytes = new TextEncoder().encode(body);
    response.writeHead(status, {
      "content-type": type,
      "content-length": bytes.length,
      "cache-control": "no-store",
      ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  server.maxConnections = HTTP_CONNECTIONS_MAX;
  server.keepAliveTimeout = HTTP_REQUEST_MS_MAX;
  server.on("connection", (socket) => patience.begin(socket));
  server.on("clientError", (_error, socket) => socket.destroy());
  await listen(server, address);
  server.on("error", () => {}); // one connection that fails is its client's business
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: { host, port },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Ends connections that have asked nothing for too long, or not read the answer. The server's own
 * timeouts see no request that stays unfinished, on neither runtime.
 */
class Patience {
  readonly #timers = new WeakMap<Socket, ReturnType<typeof setTimeout>>();

  /** From now on there is time for one request more. */
  begin(socket: Socket): void {
    const before = this.#timers.get(socket);
    if (before === undefined) socket.once("close", () => clearTimeout(this.#timers.get(socket)));
    clearTimeout(before);
    this.#timers.set(socket, setTimeout(() => socket.destroy(), HTTP_REQUEST_MS_MAX));
  }
}

/**
 * Bounds what a connection leaves unread: neither runtime stops asking for answers to requests that come
 * one after the other though none is read, and each would be held in memory.
 */
class Unread {
  readonly #answers = new WeakMap<Socket, number>();

  /** Whether there is room for one more answer. */
  takes(socket: Socket, response: ServerResponse): boolean {
    const answers = this.#answers.get(socket) ?? 0;
    if (answers >= HTTP_ANSWERS_UNREAD_MAX) return false;
    this.#answers.set(socket, answers + 1);
    response.once("finish", () => this.#answers.set(socket, this.#answers.get(socket)! - 1));
    return true;
  }
}

/** Whether a request names its host by an address or as this one; a classic one names none. */
function isOurHost(host = ""): boolean {
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "" || name.toLowerCase() === "localhost" || isIP(name) !== 0;
}

function answerTo(
  method: string,
  url: string,
  answer: (path: string) => HttpAnswer | null,
): HttpAnswer {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, type: PLAIN, body: "expected GET or HEAD\n" };
  }
  const path = url.split("?")[0];
  return answer(path) ?? { status: 404, type: PLAIN, body: "expected /metrics or /healthz\n" };
}

function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const why = codeOf(cause) === "EADDRINUSE"
        ? "the port is taken: expected a free one"
        : codeOf(cause) === "EACCES"
        ? "it is not permitted: expected a port above 1023"
        : cause.message;
      const shown = formatAddress(address);
      reject(
        new RaetError("bad_config", `metrics can't be served at "${shown}" as ${why}`, { cause }),
      );
    });
    server.listen({ host: address.host, port: address.port }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
