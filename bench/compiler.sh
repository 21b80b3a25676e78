#!/bin/bash
# Time and memory of `ironc` as a whole process: start, read, check, answer.
#
#   bench/compiler.sh DIR     DIR holds ironc, as eng/publish.sh leaves it
#
# Measures validate of a typical file of 100 lines, validate of 100,000 rules with methods and paths, compile of 100,000
# domains, diff of two policies of 10,000 rules of every kind, of which one is reordered and has 100 rules changed, and deploy of
# each sample to each of its targets.
# Prints for each the lowest time of all rounds, the highest memory (VmHWM), and what is allowed. ROUNDS=3 unless set.
# Exit code 0 when everything is within its limit, 1 when something is above or failed, 2 for wrong usage.
set -euo pipefail

readonly ROUNDS=${ROUNDS:-3}

if [ $# -ne 1 ]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

ironc=$1/ironc
if [ ! -x "$ironc" ]; then
    echo "compiler.sh: there is no $ironc" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

head_of_policy() {
    printf 'tls: {ca_cert: ca.crt, ca_key: ca.key}\ntransforms:\n  - name: allowlist\n    config:\n      %s:\n' "$1"
}

domains() {
    head_of_policy domains
    seq 100000 | awk '{ printf "        - host%d.team%d.example.com\n", $1, $1 % 977 }'
}

rules() {
    head_of_policy rules
    seq 100000 | awk '{ printf "        - host: api%d.team%d.example.com\n          methods: [GET, POST]\n          paths: [\"/v1/items%d/*\", /health]\n", $1, $1 % 977, $1 % 13 }'
}

# One hundred lines, as people write them: an allowlist with rules, secrets, and what else a policy has.
typical() {
    printf 'dns: {listen: ":5353", proxy_ip: 127.0.0.1}\nproxy:\n  http_listen: ":8080"\n  https_listen: ":8443"\n'
    head_of_policy domains
    seq 30 | awk '{ printf "        - service%d.example.com\n", $1 }'
    printf '      rules:\n'
    seq 10 | awk '{ printf "        - host: api%d.example.org\n          methods: [GET, POST]\n          paths: [\"/v%d/*\"]\n", $1, $1 }'
    printf '  - name: secrets\n    config:\n      secrets:\n'
    seq 7 | awk '{ printf "        - source: {type: env, var: TOKEN_%d}\n          replace:\n            proxy_value: placeholder-%d\n          rules:\n            - host: api%d.example.org\n", $1, $1, $1 }'
}

# Seven in ten rules are names with methods and paths, the others suffixes, globs and networks.
policy() {
    head_of_policy rules
    seq 10000 | awk -v new="$1" '
        {
            method = (new && $1 % 100 == 0) ? "POST" : "GET"
            if ($1 % 10 < 7) printf "        - {host: api%d.team%d.example.com, methods: [%s], paths: [\"/v%d/*\", \"/users/*/repos\"]}\n", $1, $1 % 97, method, $1 % 5
            else if ($1 % 10 < 9) printf "        - {host: \"*.s%d.example.org\"}\n", $1
            else if ($1 % 20 < 10) printf "        - {host: \"db-*.zone%d.example.net\", methods: [GET]}\n", $1
            else printf "        - {cidr: 10.%d.%d.0/24}\n", int($1 / 256), $1 % 256
        }' | if [ "$1" = 1 ]; then tac; else cat; fi
}

status=0

# Runs a command ROUNDS times. Arguments: what it is, most seconds, most megabytes, the command.
measure() {
    local what=$1 max_seconds=$2 max_megabytes=$3 lowest='' peak=0 pid started seconds kilobytes
    shift 3
    for _ in $(seq "$ROUNDS"); do
        started=$(date +%s%N)
        "$@" > "$work/out.txt" 2> "$work/err.txt" &
        pid=$!
        # The mark only rises, so the last reading before the end is the one that counts.
        while kilobytes=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2> /dev/null) && [ -n "$kilobytes" ]; do
            if [ "$kilobytes" -gt "$peak" ]; then peak=$kilobytes; fi
            sleep 0.02
        done
        if ! wait "$pid"; then
            echo "compiler.sh: '$*' failed:" >&2
            head -5 "$work/err.txt" >&2
            exit 1
        fi
        seconds=$(awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "%.2f", ns / 1e9 }')
        lowest=$(printf '%s\n%s\n' "$seconds" "${lowest:-$seconds}" | sort -n | head -1)
    done
    printf '%-46s %6s s (at most %s) %5d MB (at most %s)\n' "$what" "$lowest" "$max_seconds" $((peak / 1024)) "$max_megabytes"
    awk -v s="$lowest" -v max="$max_seconds" -v m=$((peak / 1024)) -v most="$max_megabytes" 'BEGIN { exit !(s <= max && m <= most) }' || status=1
}

domains > "$work/domains.yaml"
rules > "$work/rules.yaml"
policy 0 > "$work/old.yaml"
policy 1 > "$work/new.yaml"

typical > "$work/typical.yaml"

measure "validate a typical file of $(wc -l < "$work/typical.yaml") lines" 0.4 200 "$ironc" validate "$work/typical.yaml"
measure 'validate 100,000 rules with methods and paths' 3 500 "$ironc" validate "$work/rules.yaml"
measure 'compile 100,000 domains' 2 500 "$ironc" compile "$work/domains.yaml"
measure 'diff two policies of 10,000 rules' 5 500 "$ironc" diff "$work/old.yaml" "$work/new.yaml"

samples="$(dirname "$0")/../samples"
for deployment in "$samples"/*/deployments/*/; do
    target=$(basename "$deployment")
    sample=$(dirname "$(dirname "$deployment")")
    options=()
    if [ -e "${deployment%/}.options" ]; then options=(--options "${deployment%/}.options"); fi
    measure "deploy $(basename "$sample") to $target" 1 300 "$ironc" deploy --target "$target" "$sample/proxy.yaml" -o "$work/$(basename "$sample")-$target" "${options[@]}"
done
exit "$status"
