/**
 * Completion for fish 3 and later.
 *
 * @module
 */
import type { Completion } from "../verb.ts";
import { GLOBAL_OPTIONS, type OptionModel, type VerbModel } from "./model.ts";

const HEAD = `# fish completion for raet; made by: raet completion fish
# Whether the word being typed is that verb's argument of that number, from 0; or the verb: no verb's, -1.
function __raet_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l place -1
    set -l verb ""
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
        else if contains -- $word $argv[3..-1]
            set skip 1
        else if string match -q -- '-*' $word
            continue
        else if test -z "$verb"
            set verb $word
            set place 0
        else
            set place (math $place + 1)
        end
    end
    test "$verb" = "$argv[1]" -a "$place" = "$argv[2]" -a $skip = 0
end
# What the manor knows.
function __raet_words
    set -l words (commandline -opc)
    set -l home
    for i in (seq (count $words))
        if test "$words[$i]" = --home -a $i -lt (count $words)
            set home $words[(math $i + 1)]
        else if string match -q -- '--home=*' $words[$i]
            set home (string replace -- --home= '' $words[$i])
        end
    end
    set -q home[1] && set home --home (string replace -r '^~/' "$HOME/" -- $home)
    $words[1] $home __complete $argv[1] 2>/dev/null
end
complete -c raet -f
`;

/** The script. */
export function fishScript(verbs: readonly VerbModel[]): string {
  const lines = GLOBAL_OPTIONS.map((option) => optionLine(option, ""));
  const atVerb = fish(`__raet_at "" -1 ${takersOf(GLOBAL_OPTIONS)}`);
  for (const { name, summary, options, kinds } of verbs) {
    lines.push(`complete -c raet -n ${atVerb} -a ${fish(name)} -d ${fish(summary)}`);
    const seen = ` -n ${fish(`__fish_seen_subcommand_from ${name}`)}`;
    for (const option of options) lines.push(optionLine(option, seen));
    const takers = takersOf([...GLOBAL_OPTIONS, ...options]);
    kinds.forEach((kind, place) => {
      const at = `__raet_at ${name} ${place} ${takers}`;
      lines.push(`complete -c raet -n ${fish(at)} ${words(kind)}`);
    });
  }
  return `${HEAD}${lines.join("\n")}\n`;
}

function takersOf(options: readonly OptionModel[]): string {
  return options.filter(({ takesValue }) => takesValue).map(({ long }) => long).join(" ");
}

function optionLine(option: OptionModel, condition: string): string {
  const { long, description, takesValue, value } = option;
  const taken = value === "file" ? " -r" : takesValue ? " -x" : "";
  const offered = value === null ? "" : ` ${words(value)}`;
  return `complete -c raet${condition} -l ${long.slice(2)}${taken}${offered} -d ${
    fish(description)
  }`;
}

function words(kind: Completion): string {
  if (typeof kind !== "string") return `-a ${fish(kind.join(" "))}`;
  if (kind === "file" || kind === "rest") return "-F";
  return `-a ${fish(`(__raet_words ${kind})`)}`;
}

/** A text within single quotes, for fish. */
function fish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
