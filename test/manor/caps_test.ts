/**
 * What nobody can grow past a line of limits.ts, of those who watch, rule and look at a manor.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import {
  EVENTS_PER_TICK_MAX,
  HTTP_ANSWERS_UNREAD_MAX,
  HTTP_CONNECTIONS_MAX,
  HTTP_REQUEST_MS_MAX,
  POLICY_RULES_MAX,
} from "../../src/base/limits.ts";
import { serveHttp } from "../../src/io/http.ts";
import { Watchers } from "../../src/manor/watchers.ts";
import { Policy, type PolicyRule } from "../../src/route/policy.ts";

describe("a process that watches", () => {
  it("gets so many events in a tick, hears how many it missed, and gets the next ones", () => {
    const got: unknown[] = [];
    const watchers = new Watchers((_yard, _share, event) => got.push(event) > 0);
    watchers.set("w", ["drops"]);
    const publish = (count: number) => {
      for (let n = 0; n < count; n++) {
        watchers.publish({
          topic: "drops",
          at: 0,
          event: "dropped",
          reason: "x",
          from: "y",
          detail: "",
        });
      }
    };
    publish(EVENTS_PER_TICK_MAX + 30);
    assert.equal(got.splice(0).length, EVENTS_PER_TICK_MAX);
    assert.ok(watchers.behind);
    watchers.tick(5);
    assert.deepEqual(got.splice(0), [{ topic: "drops", at: 5, event: "left_out", count: 30 }]);
    publish(3);
    assert.equal(got.length, 3);
  });
});

describe("the rules of a manor", () => {
  it("are so many at most, which is said, and as many are taken", () => {
    const rule: PolicyRule = { action: "deny", directions: ["in"], type: ["x"] };
    const rules = (count: number) => Array.from({ length: count }, () => rule);
    assert.equal(new Policy(rules(POLICY_RULES_MAX)).rules.length, POLICY_RULES_MAX);
    assert.throws(() => new Policy(rules(POLICY_RULES_MAX + 1)), {
      code: "usage",
      message: /^1001 rules are too many: expected at most 1000$/,
    });
  });
});

describe("the metrics", () => {
  const listen = () =>
    serveHttp({ host: "127.0.0.1", port: 0 }, () => ({ status: 200, type: "t", body: "ok" }));
  /** Whether a connection is answered; it stays open if it is. */
  async function isAnswered(port: number, sockets: Socket[]): Promise<boolean> {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // To be turned away is to see the end of it, or a reset.
    const said = [once(socket, "data"), once(socket, "close")].map((one) => one.catch(() => []));
    const [bytes] = await Promise.race(said);
    return bytes instanceof Uint8Array;
  }

  it("have so many connections at once and no more, and take the next once one ends", async () => {
    const server = await listen();
    const sockets: Socket[] = [];
    try {
      for (let n = 0; n < HTTP_CONNECTIONS_MAX; n++) {
        assert.ok(await isAnswered(server.address.port, sockets), `connection ${n + 1}`);
      }
      assert.equal(await isAnswered(server.address.port, sockets), false);
      sockets[3].destroy();
      while (!await isAnswered(server.address.port, sockets));
    } finally {
      for (const socket of sockets) socket.destroy();
      await server.close();
    }
  });

  it("answer to no name that leads here from elsewhere", async () => {
    const server = await listen();
    const { port } = server.address;
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, headers: { host }, agent: false };
        get(options, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).once("error", reject);
      });
    try {
      for (const host of [`127.0.0.1:${port}`, "localhost", "LOCALHOST:1", "[::1]:9", "10.0.0.7"]) {
        assert.equal(await ask(host), 200, host);
      }
      for (
        const host of ["evil.example", `localhost.evil.example:${port}`, "127.0.0.1.evil.example"]
      ) {
        assert.equal(await ask(host), 421, host);
      }
    } finally {
      await server.close();
    }
  });

  it("end a connection that asks on and on and reads no answer", async () => {
    const body = "x".repeat(16 * 1024 * 1024); // more than the system takes from us
    let asked = 0;
    const server = await serveHttp({ host: "127.0.0.1", port: 0 }, () => {
      asked++;
      return { status: 200, type: "t", body };
    });
    const socket = connect(server.address.port, "127.0.0.1");
    try {
      socket.on("error", () => {});
      socket.pause();
      const ended = once(socket, "close").catch(() => []);
      const ask = () => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20));
      while (asked === 0) ask(), await new Promise((resolve) => setTimeout(resolve, 10));
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(asked, HTTP_ANSWERS_UNREAD_MAX);
      socket.resume();
      await ended;
    } finally {
      socket.destroy();
      await server.close();
    }
  });

  it("answer one request after the other on one connection", async () => {
    const server = await listen();
    const socket = connect(server.address.port, "127.0.0.1");
    try {
      for (let n = 0; n < 10 * HTTP_ANSWERS_UNREAD_MAX; n++) {
        socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        for (let said = ""; !said.endsWith("ok");) {
          said += String((await once(socket, "data"))[0]);
        }
      }
    } finally {
      socket.destroy();
      await server.close();
    }
  });

  it("end a connection that takes too long to ask", async () => {
    const server = await listen();
    const socket = connect(server.address.port, "127.0.0.1");
    try {
      socket.on("error", () => {});
      socket.write("GET / HTTP/1.1\r\nHost: l");
      const begun = performance.now();
      await once(socket, "close");
      assert.ok(performance.now() - begun > HTTP_REQUEST_MS_MAX / 2);
    } finally {
      socket.destroy();
      await server.close();
    }
  });
});
