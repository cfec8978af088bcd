/**
 * Completion for bash 4 and later.
 *
 * @module
 */
import { GLOBAL_OPTIONS, type OptionModel, type VerbModel } from "./model.ts";
import { kindWord, quoted } from "./quote.ts";

const HEAD = `# bash completion for raet; made by: raet completion bash
_raet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} word verb="" option="" kind="" words="" place=0 i
  local -a home=() kinds=()
  local options="GLOBALS" values="GLOBAL_VALUES"
  COMPREPLY=()
  # bash takes --option=value for three words
  [[ $cur == = ]] && cur=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $option && $word == = ]]; then
      continue
    elif [[ -n $option ]]; then
      [[ $option == --home ]] && home=(--home "$word")
      option=""
    elif [[ $word == -* ]]; then
      [[ " $values " == *" $word "* ]] && option=$word
    elif [[ -n $verb ]]; then
      ((place += 1))
    else
      verb=$word
      case $verb in
`;

const MIDDLE = `      esac
    fi
  done
  if [[ -n $option ]]; then
    kind=file
    case "$verb $option" in
`;

const TAIL = `    esac
  elif [[ -z $verb ]]; then
    kind="=VERBS"
  else
    kind=\${kinds[place]:-}
  fi
  if [[ -z $option && $cur == -* ]]; then
    kind="=\${options// /,}"
  fi
  case $kind in
    "") ;;
    =*) words=\${kind#=}; words=\${words//,/$'\\n'} ;;
    rest) COMPREPLY=($(compgen -c -- "$cur")); return ;;
    file)
      if [[ $cur == @* ]]; then
        COMPREPLY=($(compgen -P @ -f -- "\${cur#@}"))
      else
        COMPREPLY=($(compgen -f -- "$cur"))
      fi
      compopt -o filenames 2> /dev/null
      return
      ;;
    *) words=$("\${COMP_WORDS[0]}" "\${home[@]}" __complete "$kind" 2> /dev/null) ;;
  esac
  while IFS= read -r word; do
    [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$word")
  done <<< "$words"
  [[ \${#COMPREPLY[@]} -gt 0 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2> /dev/null
  return 0
}
complete -F _raet raet
`;

/** The script. */
export function bashScript(verbs: readonly VerbModel[]): string {
  const head = HEAD.replace("GLOBALS", names(GLOBAL_OPTIONS))
    .replace("GLOBAL_VALUES", names(GLOBAL_OPTIONS.filter(({ takesValue }) => takesValue)));
  const cases = verbs.map(({ name, options, kinds }) => {
    const all = options.length > 0 ? `; options+=${quoted(` ${names(options)}`)}` : "";
    const takers = options.filter(({ takesValue }) => takesValue);
    const values = takers.length > 0 ? `; values+=${quoted(` ${names(takers)}`)}` : "";
    return `        ${name}) kinds=(${
      kinds.map((kind) => quoted(kindWord(kind))).join(" ")
    })${all}${values} ;;\n`;
  });
  const choices = verbs.flatMap(({ name, options }) =>
    options.filter(({ choices }) => choices.length > 0).map((option) =>
      `      ${quoted(`${name} ${option.long}`)}) kind=${
        quoted(`=${option.choices.join(",")}`)
      } ;;\n`
    )
  );
  const tail = TAIL.replace("VERBS", verbs.map(({ name }) => name).join(","));
  return head + cases.join("") + MIDDLE + choices.join("") + tail;
}

function names(options: readonly OptionModel[]): string {
  return options.map(({ long }) => long).join(" ");
}
