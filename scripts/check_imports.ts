/**
 * Fails on an import that goes against the directions between the rooms, on a circle, and on words
 * that have no place in a room: the runtime's own API outside `src/io`, clocks, chance, timers and
 * promises in the pure rooms. Prints one line for each breach.
 *
 * Run by `deno task check`; also a library for its own tests.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import process from "node:process";
import { type Token, tokenize } from "./source_tokens.ts";

const PURE = ["base", "wire", "keep", "road", "lane", "route", "trace"];
const STACKS = ["base", "crypto", "wire", "keep", "road", "lane", "route"];

/** Which rooms each room may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  crypto: ["base"],
  wire: ["base", "crypto"],
  keep: ["base", "crypto", "wire"],
  road: ["base", "crypto", "wire", "keep"],
  lane: ["base", "crypto", "wire"],
  route: STACKS,
  trace: ["base", "wire", "route"],
  io: PURE, // for the ports that they declare
  client: [...STACKS, "io"],
  manor: [...STACKS, "io"],
  cli: [...STACKS, "io", "client", "manor", "trace", "repl"], // repl: the verb that starts the console
  repl: ["base", "route", "client", "cli"], // cli: how output looks; never a manor directly
  main: ["base", "cli"],
  mod: [...STACKS, "io", "client", "manor"],
};

const CIPHERS =
  /^(?:node:)?crypto$|^(?:tweetnacl|libsodium|sodium|@noble|@stablelib|crypto-js|noble-)/;

/** Words, or word.word, that pure rooms must not hold, and why. */
const IMPURE: Record<string, string> = {
  "Date.now": "time is an argument",
  "new Date": "time is an argument",
  performance: "time is an argument",
  "Math.random": "chance comes through a port",
  getRandomValues: "chance comes through a port",
  randomUUID: "chance comes through a port",
  setTimeout: "timers belong to whoever drives a stack",
  setInterval: "timers belong to whoever drives a stack",
  setImmediate: "timers belong to whoever drives a stack",
  queueMicrotask: "timers belong to whoever drives a stack",
  await: "a stack is driven from outside",
  async: "a stack is driven from outside",
  Promise: "a stack is driven from outside",
  globalThis: "it leads around this check",
  console: "a pure room prints nothing",
};

interface Import {
  readonly specifier: string | null;
  readonly line: number;
}

/** Checks the tree under `root`; each breach is one line that begins with `file:line:`. */
export function checkImports(root: string): string[] {
  const breaches: string[] = [];
  const edges = new Map<string, string[]>();
  for (const file of sourceFiles(root)) {
    const room = roomOf(file);
    const tokens = tokenize(readFileSync(join(root, file), "utf8"));
    const say = (line: number, text: string) => breaches.push(`${file}:${line}: ${text}`);
    if (!room || !MAY_IMPORT[room]) {
      say(1, "lies in no room: expected one of the rooms under src, repl or mod.ts");
      continue;
    }
    const targets: string[] = [];
    for (const { specifier, line } of importsOf(tokens)) {
      const target = specifier?.startsWith(".") ? normalize(join(dirname(file), specifier)) : null;
      if (target?.endsWith(".ts")) targets.push(target);
      const fault = importFault(room, specifier, target);
      if (fault) say(line, fault);
    }
    edges.set(file, targets);
    checkWords(room, tokens, say);
  }
  return [...breaches, ...circles(edges)];
}

/** What is wrong with one import, or null. */
function importFault(room: string, specifier: string | null, target: string | null): string | null {
  if (specifier === null) {
    return room === "io" ? null : "imports what is only known at run time: expected a plain text";
  }
  if (target === null) {
    if (/^(?:npm|jsr|https?|file|data):|^\//.test(specifier)) {
      return `imports "${specifier}": expected a bare specifier out of package.json`;
    }
    if (CIPHERS.test(specifier) && room !== "crypto") {
      return `imports "${specifier}": cipher libraries belong to src/crypto`;
    }
    if (PURE.includes(room) && /^(?:node|bun):/.test(specifier)) {
      return `imports "${specifier}": a pure room does no input or output`;
    }
    return specifier.startsWith("bun:") && room !== "io"
      ? `imports "${specifier}": the runtime's own API belongs to src/io`
      : null;
  }
  const other = roomOf(target);
  if (!other) {
    return /\.(?:ts|js|mjs)$/.test(target) || target.startsWith("..")
      ? `imports ${target}, which lies in no room`
      : null;
  }
  return other === room || MAY_IMPORT[room].includes(other)
    ? null
    : `imports ${target}: ${room} must not import ${other}`;
}

/** Every `import`, `export … from` and `import()`; a null specifier is one that is computed. */
function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = [];
  tokens.forEach(({ kind, text, line }, i) => {
    const [previous, next, afterNext] = [tokens[i - 1], tokens[i + 1], tokens[i + 2]];
    if (kind !== "word" || !next || previous?.text === ".") return;
    if (text === "from" && next.kind === "text" && isClauseEnd(previous)) {
      found.push({ specifier: next.text, line });
    } else if (text === "import" && next.kind === "text") {
      found.push({ specifier: next.text, line });
    } else if (text === "import" && next.text === "(" && next.kind === "mark") {
      const plain = afterNext?.kind === "text" && /^[),]$/.test(tokens[i + 3]?.text ?? "");
      found.push({ specifier: plain ? afterNext.text : null, line });
    }
  });
  return found;
}

/** What stands before `from` in an import or export: a name, `*` or `}`. */
function isClauseEnd(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === "word" || token.text === "*" || token.text === "}");
}

function checkWords(
  room: string,
  tokens: readonly Token[],
  say: (line: number, text: string) => void,
): void {
  const pure = PURE.includes(room);
  tokens.forEach(({ kind, text, line }, i) => {
    if (kind !== "word") return;
    const [previous, next, afterNext] = [tokens[i - 1], tokens[i + 1], tokens[i + 2]];
    if ((text === "Deno" || text === "Bun") && room !== "io") {
      say(line, `names ${text}: only src/io may`);
    }
    if (room === "mod" && text === "export" && next?.text === "*") {
      say(line, "exports everything of a module: expected public names one by one");
    }
    if (!pure) return;
    const isMember = previous?.kind === "mark" && previous.text === ".";
    const pair = next?.text === "." ? `${text}.${afterNext?.text}` : `${text} ${next?.text}`;
    const key = Object.hasOwn(IMPURE, pair) ? pair : text;
    if (Object.hasOwn(IMPURE, key) && !(isMember && /^(?:async|await|console)$/.test(key))) {
      say(line, `holds ${key}: ${IMPURE[key]}`);
    }
  });
}

/** One line for each circle of imports between files. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const lines: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      lines.push(`${file}:1: a circle of imports: ${[...path.slice(start), file].join(" > ")}`);
    }
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of edges.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) visit(file);
  return lines;
}

/** `src/road/x.ts` is of room `road`; mod.ts and src/main.ts are rooms of their own. */
function roomOf(file: string): string | null {
  if (file === "mod.ts") return "mod";
  if (file === "src/main.ts") return "main";
  const [top, second, ...rest] = file.split("/");
  if (top === "repl") return "repl";
  return top === "src" && rest.length > 0 ? second : null;
}

function sourceFiles(root: string): string[] {
  const files: string[] = [];
  const walk = (path: string) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() && /\.(?:ts|tsx|js|mjs)$/.test(path)) files.push(relative(root, path));
    if (!stat?.isDirectory() || path.endsWith("node_modules")) return;
    for (const name of readdirSync(path).sort()) walk(join(path, name));
  };
  for (const top of ["src", "repl", "mod.ts"]) walk(join(root, top));
  return files;
}

if (import.meta.main) {
  const breaches = checkImports(process.cwd());
  for (const breach of breaches) console.error(breach);
  if (breaches.length > 0) process.exitCode = 1;
}
