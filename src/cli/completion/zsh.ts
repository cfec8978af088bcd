/**
 * Completion for zsh.
 *
 * @module
 */
import { GLOBAL_OPTIONS, type OptionModel, type VerbModel } from "./model.ts";
import { kindWord, quoted, valueCases } from "./quote.ts";

const HEAD = `#compdef raet
# zsh completion for raet; made by: raet completion zsh
_raet() {
  local word verb="" option="" kind="" place=1 i
  local -a home kinds options values verbs found open
  verbs=(
VERBS
  )
  options=(GLOBALS)
  values=(GLOBAL_VALUES)
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      [[ $option == --home ]] && home=(--home "\${(Q)word/#\\~\\//$HOME/}")
      option=""
    elif [[ $word == --home=* ]]; then
      home=(--home "\${(Q)\${word#*=}/#\\~\\//$HOME/}")
    elif [[ $word == -* ]]; then
      (( \${values[(Ie)$word]} )) && option=$word
    elif [[ -n $verb ]]; then
      (( place += 1 ))
    else
      verb=$word
      case $verb in
`;

const MIDDLE = `      esac
    fi
  done
  word=\${words[CURRENT]}
  if [[ -z $option && $word == --*=* ]] && (( \${values[(Ie)\${word%%=*}]} )); then
    option=\${word%%=*}
    compset -P "$option="
  fi
  if [[ -n $option ]]; then
    case "$verb $option" in
`;

const TAIL = `    esac
  elif [[ $word == -* ]]; then
    _describe option options
    return
  elif [[ -z $verb ]]; then
    _describe verb verbs
    return
  else
    kind=\${kinds[place]:-}
  fi
  case $kind in
    "") return 1 ;;
    "="*) compadd -- \${(s:,:)\${kind#=}} ;;
    rest) _command_names -e ;;
    file)
      if compset -P @; then _files; else _files; fi
      ;;
    *)
      found=(\${(f)"$("\${words[1]}" "\${home[@]}" __complete "$kind" 2> /dev/null)"})
      open=(\${(M)found:#*/})
      found=(\${found:#*/})
      compadd -S '' -- $open
      compadd -- $found
      ;;
  esac
}
if [[ $funcstack[1] == _raet ]]; then _raet "$@"; else compdef _raet raet; fi
`;

/** The script. */
export function zshScript(verbs: readonly VerbModel[]): string {
  const takers = (options: readonly OptionModel[]) =>
    options.filter(({ takesValue }) => takesValue).map(({ long }) => long).join(" ");
  const head = HEAD
    .replace("VERBS", () => verbs.map((v) => `    ${described(v.name, v.summary)}`).join("\n"))
    .replace("GLOBALS", () => optionWords(GLOBAL_OPTIONS))
    .replace("GLOBAL_VALUES", takers(GLOBAL_OPTIONS));
  const cases = verbs.map(({ name, options, kinds }) => {
    const kindWords = kinds.map((kind) => quoted(kindWord(kind))).join(" ");
    const all = options.length > 0 ? `; options+=(${optionWords(options)})` : "";
    const values = takers(options) ? `; values+=(${takers(options)})` : "";
    return `        ${name}) kinds=(${kindWords})${all}${values} ;;\n`;
  });
  return head + cases.join("") + MIDDLE + valueCases(verbs) + TAIL;
}

function optionWords(options: readonly OptionModel[]): string {
  return options.map(({ long, description }) => described(long, description)).join(" ");
}

/** A word with its description, as _describe has it. */
function described(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll("\\", "\\\\").replaceAll(":", "\\:")}`);
}
