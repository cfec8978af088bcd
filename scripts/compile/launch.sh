#!/bin/sh
# Starts raet on the runtime that lies beside this file. The variables are for that runtime alone: raet
# takes them away again, and puts back what was there, before it does anything (src/io/process.ts).
raet_here=${0%/*}
raet_is='' raet_outer=''
for raet_name in DENO_DIR DENO_NO_UPDATE_CHECK DENO_DISABLE_NODE_SHIM; do
  eval "raet_is=\${$raet_name+set} raet_outer=\${$raet_name-}"
  [ -z "$raet_is" ] || export "RAET_OUTER_$raet_name=$raet_outer"
done
DENO_DIR=$raet_here/compiled # it keeps compiled code there
DENO_NO_UPDATE_CHECK=1       # it would ask the net on a terminal
DENO_DISABLE_NODE_SHIM=1     # it would put a node of its own into PATH
export DENO_DIR DENO_NO_UPDATE_CHECK DENO_DISABLE_NODE_SHIM
exec "$raet_here/deno" run @FLAGS@ "$raet_here/raet.mjs" "$@"
