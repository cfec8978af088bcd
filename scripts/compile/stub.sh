#!/bin/sh
# raet @VERSION@ for @TARGET@, in one file: this script, and behind it the Deno runtime, the program and
# what starts it, each packed by gzip, whose sum tells if it is damaged. It unpacks them once into a cache
# of the user's and runs them there:
#
#     RAET_CACHE                      if set, and nowhere else
#     XDG_CACHE_HOME/raet             or ~/.cache/raet
#     TMPDIR/raet-UID                 or /tmp/raet-UID, if there is no such cache or it can't be written
#
# Nothing is written outside of these. A cache that belongs to somebody else, or that others may write,
# is refused. It may be removed at any time. All names begin with raet_, for a name that is in the
# environment already would be changed in there.

raet_id=@ID@
raet_deno_at=@DENO_AT@
raet_deno_bytes=@DENO_BYTES@
raet_program_at=@PROGRAM_AT@
raet_program_bytes=@PROGRAM_BYTES@
raet_launch_at=@LAUNCH_AT@
raet_launch_bytes=@LAUNCH_BYTES@
raet_bytes=@BYTES@
raet_file=$0
case $raet_file in -*) raet_file=./$raet_file ;; esac
raet_newline='
'

raet_die() {
  printf 'raet: %s\n' "$1" >&2
  exit 78
}

# Ends unless a folder is ours, and nobody else can write to it nor to the second one inside, nor put
# another in its place.
raet_check() {
  [ -d "$1" ] || raet_die "cache \"$1\" is no folder: expected one of this user, as by RAET_CACHE"
  raet_check_place "$1"
  for raet_each in "$1" "$2"; do
    [ ! -e "$raet_each" ] || [ -O "$raet_each" ] || raet_die_of_owner "$raet_each"
  done
  raet_modes=$(ls -ld "$1/." "$2/." 2>/dev/null)
  [ -n "$raet_modes" ] || raet_die "cache \"$1\" can't be looked at: expected ls in /usr/bin or /bin"
  case $raet_newline$raet_modes in
  *"$raet_newline"d????w* | *"$raet_newline"d???????w*)
    raet_die "cache \"$1\" can be written by others: expected one that only its owner writes to, as by chmod -R go-w" ;;
  esac
}

# Ends if others could put another folder in the place of one, or have put a link there.
raet_check_place() {
  case $(ls -ld "${1%/*}/." 2>/dev/null) in
  d???????w[!tT]*)
    raet_die "cache \"$1\" lies in a folder that everybody can write to: expected another, as by RAET_CACHE" ;;
  d???????w*)
    # A folder of ours stays what it is there. One look has to tell both, or it could be another by the second.
    raet_seen=$(ls -ldn "$1" 2>/dev/null |
      { read -r raet_mode raet_links raet_owner raet_rest && echo "$raet_mode $raet_owner"; })
    case $raet_seen in
    d*" $(id -u)") ;;
    l*) raet_die "cache \"$1\" is a link: expected a folder, as by RAET_CACHE" ;;
    *) raet_die_of_owner "$1" ;;
    esac ;;
  esac
}

raet_die_of_owner() {
  raet_die "cache \"$1\" belongs to another user: expected one of the user who runs this, as by RAET_CACHE"
}

raet_is_unpacked() {
  [ -s "$1/deno" ] && [ -s "$1/raet.mjs" ] && [ -s "$1/launch" ] && [ -x "$1/launch" ] && [ -x "$1/deno" ]
}

# Unpacks into a folder of a cache. Who does it at the same time makes the same files; each comes to its
# place whole, and the one that is looked for comes last.
raet_unpack() {
  umask 077
  raet_count=0
  raet_new=$1/.new-$$-$raet_count
  until mkdir "$raet_new" 2>/dev/null; do
    raet_count=$((raet_count + 1))
    [ "$raet_count" -lt 9 ] || { mkdir "$raet_new"; return 1; }
    raet_new=$1/.new-$$-$raet_count
  done
  trap 'rm -rf "$raet_new"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  raet_part "$raet_deno_at" "$raet_deno_bytes" "$raet_new/deno" || return 1
  raet_part "$raet_program_at" "$raet_program_bytes" "$raet_new/raet.mjs" || return 1
  raet_part "$raet_launch_at" "$raet_launch_bytes" "$raet_new/launch" || return 1
  chmod 700 "$raet_new/deno" "$raet_new/launch" || return 1
  "$raet_new/deno" --version >/dev/null || { echo "what was unpacked can't be run there" >&2; return 1; }
  mkdir -p "$2" || return 1
  for raet_name in deno raet.mjs launch; do
    mv -f "$raet_new/$raet_name" "$2/$raet_name" || return 1
  done
}

# Unpacks a part; it fails if the part is not what was packed.
raet_part() {
  tail -c "+$1" "$raet_file" | head -c "$2" | gzip -dc >"$3"
}

# Removes what other versions unpacked and nobody has started for a month, and what was left half done.
raet_tidy() {
  for raet_each in "$1"/????????????????; do
    case ${raet_each##*/} in *[!0-9a-f]*) continue ;; esac
    if [ ! -f "$raet_each/launch" ] || [ "$raet_each" = "$2" ]; then continue; fi
    raet_old=$(find "$raet_each/started" -mtime +30 2>/dev/null)
    [ -z "$raet_old" ] || rm -rf "$raet_each"
  done
  for raet_each in "$1"/.new-*; do
    raet_old=$(find "$raet_each" -prune -mtime +0 2>/dev/null)
    [ -z "$raet_old" ] || rm -rf "$raet_each"
  done
}

# The caches, best first. Tools are those of the system, whatever PATH says.
raet_path=${PATH-}
PATH=/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin
raet_first=''
raet_last=''
case ${RAET_CACHE-} in
/?*) raet_first=${RAET_CACHE%/} ;;
'')
  case ${XDG_CACHE_HOME-} in
  /*) raet_first=${XDG_CACHE_HOME%/}/raet ;;
  *) case ${HOME-} in /*) [ ! -O "$HOME" ] || raet_first=${HOME%/}/.cache/raet ;; esac ;;
  esac
  case ${TMPDIR-} in /*) raet_last=${TMPDIR%/} ;; *) raet_last=/tmp ;; esac
  ;;
*) raet_die "RAET_CACHE is \"$RAET_CACHE\": expected the absolute path of a folder" ;;
esac
case $raet_first in
*"$raet_newline"*) raet_die "a cache has a line break in its name: expected another, as by RAET_CACHE" ;;
esac

raet_here=''
if [ -n "$raet_first" ] && raet_is_unpacked "$raet_first/$raet_id"; then
  raet_cache=$raet_first
  raet_here=$raet_cache/$raet_id
  raet_check "$raet_cache" "$raet_here"
elif [ -n "$raet_last" ]; then
  raet_last=$raet_last/raet-$(id -u)
  if raet_is_unpacked "$raet_last/$raet_id"; then
    raet_cache=$raet_last
    raet_here=$raet_cache/$raet_id
    raet_check "$raet_cache" "$raet_here"
  fi
fi

if [ -z "$raet_here" ]; then
  raet_all=$(wc -c <"$raet_file") || raet_die "\"$raet_file\" can't be read: expected a file that can be read as well as run"
  [ "$raet_all" -eq "$raet_bytes" ] ||
    raet_die "\"$raet_file\" is damaged: expected $raet_bytes bytes where there are $((raet_all)); get it again"
  raet_faults=''
  for raet_cache in "$raet_first" "$raet_last"; do
    [ -n "$raet_cache" ] || continue
    raet_here=$raet_cache/$raet_id
    if raet_fault=$(umask 077 && mkdir -p "$raet_cache" 2>&1); then
      raet_check "$raet_cache" "$raet_here"
      if raet_fault=$(raet_unpack "$raet_cache" "$raet_here" 2>&1); then break; fi
    fi
    # The first line of what a tool said; gzip begins with an empty one.
    while [ "${raet_fault#"$raet_newline"}" != "$raet_fault" ]; do raet_fault=${raet_fault#"$raet_newline"}; done
    raet_fault=${raet_fault%%"$raet_newline"*}
    raet_faults="$raet_faults${raet_faults:+; }into \"$raet_cache\": $raet_fault"
    raet_here=''
  done
  [ -n "$raet_here" ] ||
    raet_die "can't unpack itself $raet_faults; expected room for 110 MB in a folder where programs may run, as by RAET_CACHE"
  [ -z "$raet_faults" ] || printf 'raet: %s\n' "can't unpack itself $raet_faults; took \"$raet_cache\"" >&2
  raet_tidy "$raet_cache" "$raet_here" 2>/dev/null
fi

# When it was started last, for who tidies up.
{ true >"$raet_here/started"; } 2>/dev/null
PATH=$raet_path
exec "$raet_here/launch" "$@"
# What follows is no script.
