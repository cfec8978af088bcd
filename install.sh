#!/bin/sh
# Installs raet: the executable for this machine, man pages and completions.
#
#     sh install.sh [--from FOLDER|URL] [--prefix FOLDER]
#     sh install.sh --uninstall [--prefix FOLDER]
#
# --from    where the files of the release lie (default: beside this script)
# --prefix  where they go (default: /usr/local for root, else ~/.local)
#
# Every file is checked against SHA256SUMS before anything is put in place. Homes of estates, with their
# keys, are never touched.
set -eu

main() {
  from='' prefix='' uninstall=''
  while [ $# -gt 0 ]; do
    case $1 in
    --from)
      from=$(value "$@")
      shift
      ;;
    --prefix)
      prefix=$(value "$@")
      shift
      ;;
    --uninstall) uninstall=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown argument \"$1\": expected --from, --prefix or --uninstall" ;;
    esac
    shift
  done
  [ -n "$prefix" ] || prefix=$(default_prefix)
  case $prefix in
  /*) ;;
  *) die "prefix \"$prefix\" is not the absolute path of a folder" ;;
  esac
  if [ -n "$uninstall" ]; then uninstall; else install; fi
}

install() {
  [ -n "$from" ] || from=$(dirname -- "$0")
  target=$(target_of)
  summer=$(summer_of)
  umask 022
  work=$(mktemp -d) || die "no temporary folder can be made: expected one in ${TMPDIR:-/tmp}"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM

  get SHA256SUMS
  for name in "raet-$target" raet-share.tar.gz; do
    get "$name"
    check "$name"
  done
  mkdir "$work/tree" && mkdir "$work/tree/bin"
  mv "$work/raet-$target" "$work/tree/bin/raet"
  chmod 755 "$work/tree/bin/raet"
  gzip -dc "$work/raet-share.tar.gz" | tar -xf - -C "$work/tree"
  # A program that can't run here is not put in the place of one that can.
  version=$(RAET_CACHE=$work/cache "$work/tree/bin/raet" --version) ||
    die "the program does not run on this machine: expected $target with $(needs)"

  place || die "\"$prefix\" can't be written to: expected another --prefix, or root"
  printf '%s is installed as %s\n' "$version" "$prefix/bin/raet"
  case :${PATH-}: in
  *:"$prefix/bin":*) ;;
  *) printf 'That folder is not in PATH: export PATH="%s/bin:$PATH"\n' "$prefix" ;;
  esac
}

# Puts each file in place at once, takes away what only an older release had, and lists what is there.
place() {
  list=$prefix/share/raet/installed
  mkdir -p "$prefix/share/raet" || return 1
  (cd "$work/tree" && find . -type f) | sed 's/^\.\///' | sort >"$work/installed"
  while IFS= read -r file; do
    mkdir -p "$(dirname "$prefix/$file")" && cp -p "$work/tree/$file" "$prefix/$file.new.$$" &&
      mv -f "$prefix/$file.new.$$" "$prefix/$file" || {
      rm -f "$prefix/$file.new.$$"
      return 1
    }
  done <"$work/installed"
  if [ -f "$list" ]; then
    grep -vxFf "$work/installed" "$list" >"$work/gone" || :
    take_away "$work/gone"
  fi
  cp "$work/installed" "$list"
}

uninstall() {
  list=$prefix/share/raet/installed
  [ -f "$list" ] || die "raet is not installed in \"$prefix\": expected $list"
  take_away "$list"
  rm -f "$list"
  rmdir "$prefix/share/raet" 2>/dev/null || :
  printf 'raet is no more in %s; homes of estates stay\n' "$prefix"
}

# Removes the files that are named in one.
take_away() {
  while IFS= read -r file; do
    case /$file/ in
    */../*) die "\"$list\" names \"$file\": expected files below the prefix" ;;
    esac
    rm -f "$prefix/$file"
  done <"$1"
}

# Fetches a file of the release.
get() {
  case $from in
  http://* | https://*)
    if command -v curl >/dev/null; then
      curl -fsSL -o "$work/$1" "$from/$1"
    elif command -v wget >/dev/null; then
      wget -q -O "$work/$1" "$from/$1"
    else
      die "there is neither curl nor wget: expected one of them, or --from with a folder"
    fi || die "\"$from/$1\" can't be fetched: expected the files of a release there"
    ;;
  *)
    [ -f "$from/$1" ] || die "\"$from/$1\" is not there: expected the files of a release"
    cp "$from/$1" "$work/$1"
    ;;
  esac
}

check() {
  stated=$(sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p" "$work/SHA256SUMS")
  [ -n "$stated" ] || die "SHA256SUMS does not name \"$1\": expected the file of the same release"
  found=$($summer <"$work/$1" | cut -c 1-64)
  [ "$stated" = "$found" ] || die "\"$1\" has the sum $found: expected $stated; nothing was installed"
}

# What reads a file and says its sum first.
summer_of() {
  if command -v sha256sum >/dev/null; then
    printf sha256sum
  elif command -v shasum >/dev/null; then
    printf 'shasum -a 256'
  elif command -v openssl >/dev/null; then
    printf 'openssl dgst -sha256 -r'
  else
    die "there is no sha256sum, shasum or openssl: expected one, to check what is installed"
  fi
}

target_of() {
  system=$(uname -s) machine=$(uname -m)
  case $machine in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) die "there is no raet for \"$machine\": expected x86_64 or arm64" ;;
  esac
  case $system in
  Linux) printf '%s-linux' "$machine" ;;
  Darwin) printf '%s-darwin' "$machine" ;;
  *) die "there is no raet for \"$system\": expected Linux or macOS" ;;
  esac
}

needs() {
  case $target in
  *-linux) printf 'glibc (musl, as on Alpine, does not do)' ;;
  *) printf 'a recent macOS' ;;
  esac
}

default_prefix() {
  if [ "$(id -u)" = 0 ]; then
    printf /usr/local
  else
    [ -n "${HOME-}" ] || die "HOME is not set: expected it, or --prefix"
    printf '%s/.local' "$HOME"
  fi
}

value() {
  [ $# -gt 1 ] && [ -n "$2" ] || die "$1 has no value: expected one behind it"
  printf '%s' "$2"
}

usage() {
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p;}' "$0"
}

die() {
  printf 'install: %s\n' "$1" >&2
  exit 1
}

main "$@"
