/**
 * A road stack by itself over a real socket, as the manor has one, without lane and router.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import type { Body } from "../../src/base/value.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { KEY_BYTES } from "../../src/crypto/port.ts";
import { systemRandom } from "../../src/io/random.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { Keep } from "../../src/keep/keep.ts";
import { RoadDriver } from "../../src/manor/road_driver.ts";
import type { RoadEvent } from "../../src/road/events.ts";
import { RoadStack } from "../../src/road/stack.ts";
import { MemoryStore } from "../support/memory_store.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

type OnSend = (datagram: Uint8Array) => void;

/** An estate that has nothing but its road. */
export class Road {
  readonly stack: RoadStack;
  readonly driver: RoadDriver;
  readonly address: Address;
  onEvent: (event: RoadEvent) => void = () => {};

  private constructor(stack: RoadStack, socket: UdpSocket, onSend: OnSend) {
    this.stack = stack;
    this.address = socket.address;
    const send = (bytes: Uint8Array, to: Address) => {
      onSend(bytes);
      return socket.send(bytes, to);
    };
    this.driver = new RoadDriver(stack, { send }, () => performance.now(), {
      onEvent: (event) => this.onEvent(event),
      onBatch: () => {},
      onError: (error) => {
        throw error;
      },
    });
  }

  /**
   * Binds its socket. It speaks the classic protocol and nothing else, as it does to the reference.
   *
   * @param onSend told of each datagram that it sends
   */
  static async open(name: string, main: boolean, onSend: OnSend = () => {}): Promise<Road> {
    const socket = await UdpSocket.open(LOOPBACK, {
      onDatagram: (datagram, from) => road.driver.receive(datagram, from),
      onBatch: () => road.driver.pump(),
      onError: (error) => console.error(error),
    });
    const local = {
      name,
      role: name,
      uid: 1,
      address: socket.address,
      main,
      kind: 0,
      mutable: true,
      auto: "always" as const,
      signSeed: systemRandom(KEY_BYTES),
      boxSecret: systemRandom(KEY_BYTES),
      fqdn: "localhost",
    };
    const keep = new Keep(new MemoryStore(), name);
    const crypto = await loadCrypto();
    const now = performance.now();
    const stack = new RoadStack({
      local,
      keep,
      crypto,
      random: systemRandom,
      now,
      capabilities: null,
    });
    const road = new Road(stack, socket, onSend);
    return road;
  }

  /** Joins a main; resolves with its name when messages may flow. */
  join(main: Address): Promise<string> {
    return new Promise((resolve) => {
      this.onEvent = (event) => {
        if (event.type === "ready") resolve(event.estate);
      };
      this.stack.join(main, performance.now());
      this.driver.pump();
    });
  }

  /** Sends a message; its outcome comes as an event. */
  transmit(body: Body, estate: string): number {
    return this.stack.transmit(body, estate, performance.now());
  }
}
