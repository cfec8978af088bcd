/**
 * `top`: the estates and what goes to and from them, on the whole screen.
 *
 * @module
 */
import type { Yard } from "../../client/yard.ts";
import type { EstateRates, TopLook, TopModel, TopOrder } from "../draw/top_view.ts";
import type { Session } from "../session.ts";
import type { FullScreen } from "../terminal/full_screen.ts";
import type { Key } from "../terminal/keys.ts";
import { positiveInteger, secondsToMs, type Verb } from "../verb.ts";

interface TopOptions {
  /** milliseconds */
  readonly interval: number;
  readonly count?: number;
}

const INTERVAL_MS_DEFAULT = 250;
/** A manor with very many estates takes its time: it is asked for a fifth of the time at the most. */
const PAUSE_PER_WORK = 4;

/** Shows estates as they are now. */
export const topVerb: Verb = {
  name: "top",
  summary: "the estates and their traffic on the whole screen",
  places: ["command", "console"],
  examples: [
    ["top", "until q"],
    ["top --interval 0.1", "ten times a second"],
    ["top --json --count 2", "two samples, a second apart, for a script"],
  ],
  notes: [
    "STATE is alive or silent once messages may flow, else how far it got. MSG/S counts messages both",
    "ways; RESENT the packets that had to go again since the manor started; QUEUED the messages that",
    "wait or are on the way. q leaves, s sorts by the next column, the space bar freezes, arrows scroll.",
  ],
  json: [
    "at (Unix ms), estate, dropped (drops a second), estates: as estates --json and messagesPerSecond,",
    "bytesSentPerSecond, bytesReceivedPerSecond, resentPerSecond",
  ],
  define(command, session) {
    command
      .option(
        "--interval <seconds>",
        "how often it is drawn (default: 0.25; with --json 1)",
        secondsToMs,
      )
      .option("--count <n>", "end after that many", positiveInteger)
      .action(({ interval, count }) =>
        session.output.json
          ? print(session, { interval: interval ?? 1_000, count })
          : show(session, { interval: interval ?? INTERVAL_MS_DEFAULT, count })
      );
  },
};

async function show(session: Session, options: TopOptions): Promise<void> {
  const [yard, { drawTop, TopModel, topRows }, { isAscii }] = await Promise.all([
    session.attach(),
    import("../draw/top_view.ts"),
    import("../draw/sequence.ts"),
  ]);
  const model = new TopModel();
  await sample(yard, model); // before the screen is taken: a failure is said where it can be read
  const view = new View(isAscii(session.env), topRows);
  using screen = await openScreen(session, view);
  const draw = () => screen.draw(drawTop(model, yard.manor, Date.now(), view.look(screen.size)));
  view.changed = draw;
  draw();
  let left = options.count ?? Infinity;
  while (!view.isOver && !session.signal.aborted && --left > 0) {
    const began = performance.now();
    if (!view.frozen && !screen.isBehind) {
      const sampling = sample(yard, model).then(() => "", noticeOf);
      const notice = await view.unlessOver(sampling, session.signal);
      if (notice === null) break; // a manor that stands still keeps nobody here
      view.notice = notice;
      view.count = model.size;
      draw();
    }
    const work = performance.now() - began;
    await view.sleep(Math.max(options.interval - work, work * PAUSE_PER_WORK), session.signal);
  }
}

async function print(session: Session, { interval, count }: TopOptions): Promise<void> {
  const yard = await session.attach();
  const { TopModel } = await import("../draw/top_view.ts");
  const view = new View(false, () => 0);
  const model = new TopModel();
  await sample(yard, model);
  for (let left = count ?? Infinity; left > 0 && !session.signal.aborted; left--) {
    await view.sleep(interval, session.signal);
    await sample(yard, model);
    session.output.record({
      at: Date.now(),
      estate: yard.manor.estate,
      dropped: model.total.perSecond[4] ?? 0,
      estates: model.rows("name").map(recordOf),
    });
  }
}

async function sample(yard: Yard, model: TopModel): Promise<void> {
  const [{ rows }, stats] = await Promise.all([
    yard.control("estates", {}),
    yard.control("stats", {}),
  ]);
  model.add(performance.now(), rows, stats);
}

async function openScreen(session: Session, view: View): Promise<FullScreen> {
  const { RaetError } = await import("../../base/errors.ts");
  if (!session.fullScreen) throw new RaetError("usage", "there is no terminal to draw on");
  return await session.fullScreen(view);
}

/** What the keys have changed. */
class View {
  isOver = false;
  frozen = false;
  notice = "";
  changed: () => void = () => {};
  /** how many estates there are */
  count = 0;
  readonly #ascii: boolean;
  #order: TopOrder = "messages";
  #skip = 0;
  #page = 10;
  #wake: () => void = () => {};

  readonly #rowsOf: (rows: number) => number;

  /** @param rowsOf how many estates a terminal of that many rows shows */
  constructor(ascii: boolean, rowsOf: (rows: number) => number) {
    this.#ascii = ascii;
    this.#rowsOf = rowsOf;
  }

  look({ columns, rows }: { columns: number; rows: number }): TopLook {
    this.#page = this.#rowsOf(rows);
    return {
      columns,
      rows,
      order: this.#order,
      skip: this.#skip,
      frozen: this.frozen,
      ascii: this.#ascii,
      notice: this.notice,
    };
  }

  key(key: Key): void {
    if (key.text === "q" || key.name === "escape" || key.ctrl && "cd".includes(key.name)) {
      return this.ended();
    }
    if (key.text === "s") this.#order = ORDERS[(ORDERS.indexOf(this.#order) + 1) % ORDERS.length];
    else if (key.text === " ") this.frozen = !this.frozen;
    else if (!this.#scroll(key.name)) return;
    this.changed();
  }

  #scroll(name: string): boolean {
    const places: Record<string, number> = {
      up: this.#skip - 1,
      down: this.#skip + 1,
      pageup: this.#skip - this.#page,
      pagedown: this.#skip + this.#page,
      home: 0,
      end: Infinity,
    };
    if (!(name in places)) return false;
    this.#skip = Math.max(0, Math.min(places[name], this.count - this.#page));
    return true;
  }

  resized(): void {
    this.changed();
  }

  ended(): void {
    this.isOver = true;
    this.#wake();
  }

  /** Waits, at the most until a key or a signal ends it all. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await this.unlessOver(new Promise((resolve) => timer = setTimeout(resolve, ms)), signal);
    clearTimeout(timer);
  }

  /** What some work gives; null if a key or a signal ends it all before. */
  async unlessOver<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
    if (this.isOver || signal.aborted) return null;
    const over = Promise.withResolvers<null>();
    this.#wake = () => over.resolve(null);
    signal.addEventListener("abort", this.#wake, { once: true });
    try {
      return await Promise.race([work, over.promise]);
    } finally {
      signal.removeEventListener("abort", this.#wake);
    }
  }
}

const ORDERS: readonly TopOrder[] = ["messages", "bytes", "queued", "rtt", "resent", "name"];
function recordOf({ estate, messages, bytesSent, bytesReceived, resent }: EstateRates): object {
  return {
    ...estate,
    messagesPerSecond: messages,
    bytesSentPerSecond: bytesSent,
    bytesReceivedPerSecond: bytesReceived,
    resentPerSecond: resent,
  };
}

function noticeOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
