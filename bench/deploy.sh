#!/bin/bash
# Time of `ironc deploy` with two builds of it, in turn: what a change makes of it, on a machine that is never quite quiet.
#
#   bench/deploy.sh BEFORE AFTER     folders with an ironc each, as eng/publish.sh leaves it
#
# Deploys each sample to each of its targets, ROUNDS times with each build in turn (10 unless set), after one round that is not
# counted. Prints for each the median and the lowest of the time that passed and of the time of the processors (which other
# work disturbs less), and compares what was written byte for byte.
# Exit code 0 when both write the same, 1 when they do not or one failed, 2 for wrong usage. It judges no time.
set -euo pipefail

readonly ROUNDS=${ROUNDS:-10}

if [ $# -ne 2 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

before=$1/ironc
after=$2/ironc
for ironc in "$before" "$after"; do
    if [ ! -x "$ironc" ]; then
        echo "deploy.sh: there is no $ironc" >&2
        exit 1
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# One run: "WALL CPU" in milliseconds. Arguments: the program, where it writes, the rest of the command.
once() {
    local ironc=$1 output=$2 TIMEFORMAT='%R %U %S'
    shift 2
    rm -rf "$output"
    if ! { time "$ironc" deploy "$@" -o "$output" > "$work/said.txt" 2>&1; } 2> "$work/time.txt"; then
        echo "deploy.sh: '$ironc deploy $*' failed:" >&2
        head -5 "$work/said.txt" >&2
        exit 1
    fi
    awk '{ printf "%d %d\n", $1 * 1000, ($2 + $3) * 1000 }' "$work/time.txt"
}

# The median of a column and its lowest. Arguments: file, column.
figures() {
    sort -n -k "$2,$2" "$1" | awk -v column="$2" '{ times[NR] = $column } END { printf "%d (%d)", (times[int((NR + 1) / 2)] + times[int((NR + 2) / 2)]) / 2, times[1] }'
}

printf '%-28s %14s %14s %14s %14s\n' "median (lowest), ms" before after 'CPU before' 'CPU after'
samples="$(dirname "$0")/../samples"
for deployment in "$samples"/*/deployments/*/; do
    target=$(basename "$deployment")
    sample=$(dirname "$(dirname "$deployment")")
    command=(--target "$target" "$sample/proxy.yaml")
    if [ -e "${deployment%/}.options" ]; then command+=(--options "${deployment%/}.options"); fi
    once "$before" "$work/before" "${command[@]}" > "$work/warm.txt"
    once "$after" "$work/after" "${command[@]}" > "$work/warm.txt"
    : > "$work/before.txt"
    : > "$work/after.txt"
    for _ in $(seq "$ROUNDS"); do
        once "$before" "$work/before" "${command[@]}" >> "$work/before.txt"
        once "$after" "$work/after" "${command[@]}" >> "$work/after.txt"
    done
    what="$(basename "$sample") to $target"
    printf '%-28s %14s %14s %14s %14s\n' "$what" "$(figures "$work/before.txt" 1)" "$(figures "$work/after.txt" 1)" "$(figures "$work/before.txt" 2)" "$(figures "$work/after.txt" 2)"
    if ! diff -r "$work/before" "$work/after" > "$work/difference.txt"; then
        echo "deploy.sh: $what: what was written differs:" >&2
        head -20 "$work/difference.txt" >&2
        status=1
    fi
done
exit "$status"
