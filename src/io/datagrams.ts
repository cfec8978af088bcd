/**
 * The runtime's own UDP socket, as a port: a bare socket that tells what comes and what became of
 * each datagram that it was given. The back ends stand beside it; `udp.ts` is what the road uses.
 *
 * @module
 */

/** Whom a bare socket tells. None of these throws, and each may be called without its object. */
export interface DatagramEvents {
  /** A datagram came; the bytes are whose they are handed to. */
  onDatagram(bytes: Uint8Array, host: string, port: number): void;
  /** What came was handed over. */
  onBatch(): void;
  /** Receiving failed; it goes on. */
  onReceiveFailed(error: unknown): void;
  /** A datagram came that there is no room for. */
  onReceiveDropped(): void;
  /** A datagram was sent. */
  onSent(): void;
  /** A datagram could not be sent. */
  onSendFailed(error: unknown): void;
}

/** A bound bare socket. */
export interface DatagramPort {
  readonly host: string;
  readonly port: number;
  /** Sends a datagram to an IP address. Exactly one of `onSent` and `onSendFailed` follows, maybe before this returns. */
  send(bytes: Uint8Array, host: string, port: number): void;
  /** Ends it. What was given to `send` and is not sent yet may be lost, and told of later or never. */
  close(): Promise<void>;
}

/**
 * Binds a bare socket to an IP address.
 *
 * @throws {Error} what the system answers; its `code` is the system's name for it
 */
export type DatagramBinder = (
  host: string,
  port: number,
  events: DatagramEvents,
) => DatagramPort | Promise<DatagramPort>;
