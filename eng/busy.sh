#!/usr/bin/env bash
# Runs a command beside loops that keep processors busy, and ends them with it.
#
#   eng/busy.sh .ci/run        beside two of them
#   LOOPS=8 eng/busy.sh ...    beside as many as it says
set -euo pipefail
[ "$#" -gt 0 ] || { echo "usage: [LOOPS=N] eng/busy.sh COMMAND..." >&2; exit 2; }

loops=()
trap 'kill "${loops[@]}" 2> /dev/null || true' EXIT

for _ in $(seq "${LOOPS:-2}"); do
    # It ends by itself as well, should this script be killed.
    timeout 4h bash -c 'while :; do :; done' > /dev/null 2>&1 < /dev/null &
    loops+=("$!")
done

status=0
"$@" || status=$?
exit "$status"
