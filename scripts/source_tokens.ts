/**
 * Cuts TypeScript into words, texts and marks and leaves comments out, so that a check for a word
 * can't be misled by a comment, a text or a regular expression that holds it. Not a parser: it
 * knows just enough to tell where comments, texts, templates and regular expressions end.
 *
 * @module
 */

/** A piece of source. The `text` of a string or template part is its content without quotes. */
export interface Token {
  readonly kind: "word" | "text" | "regex" | "mark";
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#0-9][\p{ID_Continue}$\u200c\u200d]*/uy;
const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*|#![^\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/y;
const TEXT = /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/y;
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** Template text up to its end or to the next expression in it. */
const TEMPLATE_PART = /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(`|\$\{|$)/y;
/** After these words an expression begins, so a slash begins a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new else do instanceof await yield".split(" "),
);

/** All tokens of a source, in order. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each open template, how many braces are open in its current expression. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const take = (kind: Token["kind"] | null, length: number, text?: string) => {
    const piece = source.slice(at, at + length);
    if (kind) tokens.push({ kind, text: text ?? piece, line });
    line += piece.split("\n").length - 1;
    at += length;
  };
  const takeTemplatePart = () => {
    const [part, end] = match(TEMPLATE_PART)!;
    take("text", part.length, part.slice(0, part.length - end.length));
    if (end === "${") templates.push(0);
  };

  while (at < source.length) {
    const skipped = match(SPACE) ?? match(BLOCK_COMMENT) ?? match(LINE_COMMENT);
    if (skipped) {
      take(null, skipped[0].length);
      continue;
    }
    const char = source[at];
    if (char === "`") {
      take(null, 1);
      takeTemplatePart();
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      take(null, 1);
      takeTemplatePart();
    } else if (char === '"' || char === "'") {
      const [text] = match(TEXT)!;
      take("text", text.length, text.slice(1, text.endsWith(char) ? -1 : undefined));
    } else if (char === "/" && mayBeginRegex(tokens.at(-1)) && match(REGEX)) {
      take("regex", match(REGEX)![0].length);
    } else {
      const word = match(WORD);
      if (!word && templates.length > 0) {
        if (char === "{") templates[templates.length - 1]++;
        if (char === "}") templates[templates.length - 1]--;
      }
      take(word ? "word" : "mark", word ? word[0].length : 1);
    }
  }
  return tokens;
}

function mayBeginRegex(previous: Token | undefined): boolean {
  if (!previous) return true;
  if (previous.kind === "word") return BEFORE_EXPRESSION.has(previous.text);
  return previous.kind === "mark" && !")]}".includes(previous.text);
}
