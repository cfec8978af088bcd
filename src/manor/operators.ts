/**
 * Operators who are not the manor's own user, over a socket that is open to a group: each connection is a
 * yard inside this process, whose name begins with `op-`, and may do what the group is granted.
 *
 * Who is an operator is known by the socket that it came by, never by what it says: the first frame
 * only chooses a name, and a name that could be another yard's is refused.
 *
 * @module
 */
import type { Socket } from "node:net";
import { Drop } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import {
  OPERATOR_FRAME_BYTES_MAX,
  OPERATOR_HELLO_MS_MAX,
  OPERATOR_QUEUE_BYTES_MAX,
  OPERATORS_MAX,
} from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import { endWithFrame, FrameStream } from "../io/frames.ts";
import { blockedFolder, groupId } from "../io/groups.ts";
import type { Home } from "../io/home.ts";
import type { Link } from "../io/link.ts";
import { type OperatorServer, serveOperators } from "../io/operator_socket.ts";
import { peerUser } from "../io/peer_user.ts";
import type { ControlVerb } from "../route/control.ts";
import { changes, type Grant, grants, READ_ONLY } from "../route/grants.ts";
import { MANOR_YARD, OPERATOR_PREFIX } from "../route/triple.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { BodyKind } from "../wire/kinds.ts";
import type { Logbook } from "./logbook.ts";
import type { PipeReader } from "./pipes.ts";

/** What is not asked for each time: it holds from one call on, or bears no verb. */
const LASTING = ["send", "claim", "watch"] as const satisfies readonly Grant[];
/** One of these. */
export type Lasting = typeof LASTING[number];

/** What operators work on. */
export interface OperatorParts {
  /** A yard inside this process. @throws {RaetError} usage, if the name is taken or can't be one */
  link(yard: string, reader: PipeReader): Link;
  /** Whether a yard may do what goes on by itself: where it may not any more, it ends. */
  allow(yard: string, grant: Lasting, may: boolean): void;
  readonly logbook: Pick<Logbook, "operator" | "warning">;
  onError(error: unknown): void;
}

/** The operators of one manor. */
export class Operators {
  readonly #parts: OperatorParts;
  /** who is there, by the name of its yard; what the log calls it */
  readonly #here = new Map<string, string>();
  readonly #streams = new Set<FrameStream>();
  #granted: readonly Grant[] = READ_ONLY;
  #server: OperatorServer | null = null;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** Opens the socket to a group. @throws {RaetError} `bad_config` */
  async open(home: Home, group: string): Promise<void> {
    const gid = groupId(group);
    this.#server = await serveOperators(
      home,
      gid,
      (socket) => this.#meet(socket),
      (socket) => this.#turnAway(socket),
    );
    const blocked = blockedFolder(this.#server.path, gid);
    if (blocked === null) return;
    const why = `members of group ${group} can't pass through "${blocked}" to this home`;
    this.#parts.logbook.warning("operators", why, `chmod o+x "${blocked}", or a home elsewhere`);
  }

  /** What operators may do from now on; to read where nothing is told. */
  grant(granted: readonly Grant[] | undefined): void {
    this.#granted = granted ?? READ_ONLY;
    for (const yard of this.#here.keys()) this.#enforce(yard);
  }

  /**
   * Checks whether a yard may call a verb: the own user's may call all.
   *
   * @throws {RaetError} `denied`
   */
  check(yard: string, verb: ControlVerb): void {
    const who = this.#here.get(yard);
    if (who === undefined) return;
    const may = grants(this.#granted, verb);
    if (changes(verb) || !may) this.#parts.logbook.operator(who, may ? "called" : "denied", verb);
    if (may) return;
    throw new RaetError(
      "denied",
      `operators may not call "${verb}" of this manor: expected ${
        this.#granted.length === 0 ? "nothing" : `one of ${this.#granted.join(", ")}`
      }`,
    );
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#server?.close();
    await Promise.all([...this.#streams].map((stream) => stream.close()));
  }

  #enforce(yard: string): void {
    for (const grant of LASTING) this.#parts.allow(yard, grant, this.#granted.includes(grant));
  }

  #meet(socket: Socket): void {
    const user = peerUser(socket);
    let link: Link | null = null;
    const stream = new FrameStream(socket, OPERATOR_FRAME_BYTES_MAX, {
      onFrame: (frame) => {
        try {
          if (link) this.#pass(frame, link);
          else link = this.#welcome(frame, stream, user);
        } catch (error) {
          if (error instanceof RaetError) this.#refuse(stream, error);
          else this.#parts.onError(error);
        }
      },
      onStall: () => {
        if (stream.unread >= OPERATOR_QUEUE_BYTES_MAX) stream.destroy();
      },
      onEnd: () => {
        clearTimeout(timer);
        this.#streams.delete(stream);
        if (link) this.#leave(link);
      },
    }, { unreadMax: OPERATOR_QUEUE_BYTES_MAX });
    this.#streams.add(stream);
    const timer = setTimeout(() => {
      if (!link) void stream.close();
    }, OPERATOR_HELLO_MS_MAX);
  }

  /** One too many hears why, and holds no place while it does. */
  #turnAway(socket: Socket): void {
    const message = `${OPERATORS_MAX} operators are connected: expected at most as many`;
    const todo = "end some, or look who opens so many connections";
    this.#parts.logbook.warning("operators", "more connect than may at once", todo);
    endWithFrame(socket, packBody(BodyKind.msgpack, { error: { code: "queue_full", message } }));
  }

  /** The first frame chooses a name. @throws {RaetError} */
  #welcome(frame: Uint8Array, stream: FrameStream, user: number | null): Link {
    const hello = unpackBody(BodyKind.msgpack, frame);
    const yard = hello instanceof Drop ? null : hello.yard;
    if (typeof yard !== "string" || !yard.startsWith(OPERATOR_PREFIX)) {
      const shown = typeof yard === "string" ? `"${yard.slice(0, 100)}"` : "what it says";
      throw new RaetError(
        "usage",
        `${shown} can't be an operator's yard: expected a name that begins with ` +
          `"${OPERATOR_PREFIX}"`,
      );
    }
    const link = this.#parts.link(yard, {
      get unread() {
        return stream.unread;
      },
      take: (packed, ended) => stream.send(packed, ended),
    });
    const who = user === null ? yard : `${yard} (user ${user})`;
    this.#here.set(yard, who);
    this.#enforce(yard);
    this.#parts.logbook.operator(who, "came");
    this.#tell(stream, { yard });
    return link;
  }

  #pass(frame: Uint8Array, link: Link): void {
    const body = unpackBody(BodyKind.msgpack, frame);
    if (body instanceof Drop) throw new RaetError("bad_body", `a frame is no body: ${body.detail}`);
    link.transmit(body, MANOR_YARD);
  }

  #leave(link: Link): void {
    const { yard } = link;
    this.#parts.logbook.operator(this.#here.get(yard) ?? yard, "left");
    void link.close();
    this.#here.delete(yard);
    this.#parts.allow(yard, "send", true);
  }

  /** Says why, and ends the connection. */
  #refuse(stream: FrameStream, { code, message }: RaetError): void {
    this.#tell(stream, { error: { code, message } });
    void stream.close();
  }

  #tell(stream: FrameStream, body: Body): void {
    stream.send(packBody(BodyKind.msgpack, body));
  }
}
