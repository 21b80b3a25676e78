#!/bin/bash
# Time of `ironc diff` on two policies of 10,000 rules, as a whole process: start, compile both, compare, print.
#
#   bench/diff.sh DIR     DIR holds ironc, as eng/publish.sh leaves it
#
# The new policy has the old one's rules in another order, 100 of them changed, and wildcards beside the names. Prints the
# seconds of each round and the lowest. Exit code 0 when the lowest is at most 5, 1 when it is above or something failed, 2
# for wrong usage.
set -euo pipefail

readonly MAX_SECONDS=5
readonly ROUNDS=${ROUNDS:-3}
readonly RULES=${RULES:-10000}

if [ $# -ne 1 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

ironc=$1/ironc
if [ ! -x "$ironc" ]; then
    echo "diff.sh: there is no $ironc" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Seven in ten rules are names with methods and paths, the others suffixes, globs and networks.
policy() {
    printf 'tls: {ca_cert: ca.crt, ca_key: ca.key}\ntransforms:\n  - name: allowlist\n    config:\n      rules:\n'
    seq "$RULES" | awk -v new="$1" '
        {
            method = (new && $1 % 100 == 0) ? "POST" : "GET"
            if ($1 % 10 < 7) printf "        - {host: api%d.team%d.example.com, methods: [%s], paths: [\"/v%d/*\", \"/users/*/repos\"]}\n", $1, $1 % 97, method, $1 % 5
            else if ($1 % 10 < 9) printf "        - {host: \"*.s%d.example.org\"}\n", $1
            else if ($1 % 20 < 10) printf "        - {host: \"db-*.zone%d.example.net\", methods: [GET]}\n", $1
            else printf "        - {cidr: 10.%d.%d.0/24}\n", int($1 / 256), $1 % 256
        }' | if [ "$1" = 1 ]; then tac; else cat; fi
}

policy 0 >"$work/old.yaml"
policy 1 >"$work/new.yaml"

lowest=
for round in $(seq "$ROUNDS"); do
    started=$(date +%s%N)
    "$ironc" diff "$work/old.yaml" "$work/new.yaml" >"$work/out.txt"
    seconds=$(awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "%.2f", ns / 1e9 }')
    echo "round $round: $seconds s, $(wc -l <"$work/out.txt") lines"
    lowest=$(printf '%s\n%s\n' "$seconds" "${lowest:-$seconds}" | sort -n | head -1)
done

echo "diff of two policies of $RULES rules: $lowest s (at most $MAX_SECONDS)"
awk -v s="$lowest" -v max="$MAX_SECONDS" 'BEGIN { exit !(s <= max) }'
