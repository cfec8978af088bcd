/**
 * Completion for bash 4 and later.
 *
 * @module
 */
import { GLOBAL_OPTIONS, type OptionModel, type VerbModel } from "./model.ts";
import { kindWord, quoted, valueCases } from "./quote.ts";

const HEAD = `# bash completion for raet; made by: raet completion bash
# A path as it was typed, without its quotes; nothing in it is run.
_raet_path() {
  local path=$1 home=\${HOME-}
  [[ $path == \\~/* ]] && path=$home/\${path:2}
  path=\${path//[\\'\\"]/}
  printf '%s' "\${path//\\\\/}"
}
_raet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} word verb="" option="" kind="" found="" place=0 last=-1 i
  local line=$COMP_LINE after
  local -a words=() home=() kinds=()
  local options="GLOBALS" values="GLOBAL_VALUES"
  COMPREPLY=()
  # bash cuts words at = @ and : and has the part behind completed, with its @; what no blank parts is one word
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    after=\${line#"\${line%%[![:space:]]*}"}
    [[ $i == 0 || $after != "$line" ]] && ((last += 1))
    words[last]+=$word
    line=\${after#"$word"}
  done
  [[ -z \${cur//["$COMP_WORDBREAKS"]/} ]] && cur=""
  [[ \${words[last]} == *"@$cur" ]] && cur=@$cur
  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    if [[ -n $option ]]; then
      [[ $option == --home ]] && home=(--home "$(_raet_path "$word")")
      option=""
    elif [[ $word == --home=* ]]; then
      home=(--home "$(_raet_path "\${word#*=}")")
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
  word=\${words[last]}
  [[ -z $option && $word == --*=* && " $values " == *" \${word%%=*} "* ]] && option=\${word%%=*}
  if [[ -n $option ]]; then
    case "$verb $option" in
`;

const TAIL = `    esac
  elif [[ -z $verb ]]; then
    kind="=VERBS"
  else
    kind=\${kinds[place]:-}
  fi
  if [[ -z $option && $word == -* ]]; then
    kind="=\${options// /,}"
  fi
  case $kind in
    "") ;;
    =*) found=\${kind#=}; found=\${found//,/$'\\n'} ;;
    rest) mapfile -t COMPREPLY < <(compgen -c -- "$cur"); return ;;
    file)
      if [[ $cur == @* || $cur == [\\"\\'\\\\]@* ]]; then
        mapfile -t COMPREPLY < <(compgen -P @ -f -- "\${cur#*@}")
        for i in "\${!COMPREPLY[@]}"; do
          [[ -d \${COMPREPLY[i]#@} ]] && COMPREPLY[i]+=/
          # readline quotes what it takes for files, the @ too: it is told only where that has to be
          printf -v word %q "\${COMPREPLY[i]}"
          [[ $word == "\${COMPREPLY[i]}" ]] || compopt -o filenames 2> /dev/null
        done
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames 2> /dev/null
      fi
      ;;
    *) found=$("\${COMP_WORDS[0]}" "\${home[@]}" __complete "$kind" 2> /dev/null) ;;
  esac
  while IFS= read -r word; do
    [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$word")
  done <<< "$found"
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
  const tail = TAIL.replace("VERBS", verbs.map(({ name }) => name).join(","));
  return head + cases.join("") + MIDDLE + valueCases(verbs) + tail;
}

function names(options: readonly OptionModel[]): string {
  return options.map(({ long }) => long).join(" ");
}
