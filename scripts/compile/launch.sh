#!/bin/sh
# Starts raet on the runtime that lies beside this file. The two variables are for that runtime alone:
# raet takes them away again, and puts back what was there, before it does anything.
raet_here=${0%/*}
if [ -n "${DENO_DIR+set}" ]; then export RAET_OUTER_DENO_DIR="$DENO_DIR"; fi
if [ -n "${DENO_NO_UPDATE_CHECK+set}" ]; then
  export RAET_OUTER_DENO_NO_UPDATE_CHECK="$DENO_NO_UPDATE_CHECK"
fi
export DENO_DIR="$raet_here/compiled" DENO_NO_UPDATE_CHECK=1
exec "$raet_here/deno" run @FLAGS@ "$raet_here/raet.mjs" "$@"
