#!/bin/bash
# CPU time that iron-proxy spends on a forwarded request, against nginx proxy_pass, measured in turns in one run.
#
#   bench/forwarding.sh DIR            DIR holds ironc and iron-proxy, as eng/publish.sh leaves them
#   bench/forwarding.sh DIR BEFORE     the same, and another build in turns with it: what a change costs
#   bench/forwarding.sh --nginx-only   measures nginx alone, to see whether the machine is quiet
#
# Prints microseconds of CPU (user and system, all processes of a proxy) per request for each and the ratios.
# Exit code 0 when the ratio is at most 3.0, 1 when it is above or something failed, 2 for wrong usage.
set -euo pipefail

readonly MAX_RATIO=3.0
readonly ROUNDS=${ROUNDS:-5}
readonly REQUESTS=${REQUESTS:-40000}
# Until the JIT compiler is done with the hot paths: what is measured is a proxy that runs, not one that starts.
readonly WARM_UP=${WARM_UP:-150000}
readonly CONNECTIONS=32
here=$(cd "$(dirname "$0")" && pwd)
readonly here

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

fail() {
    echo "forwarding.sh: $1" >&2
    exit 1
}

PATH=$PATH:/usr/sbin
for tool in nginx wrk curl openssl; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install $tool"
done

nginx_only=false
if [ "$1" = --nginx-only ]; then
    nginx_only=true
else
    for build in "$@"; do
        for binary in ironc iron-proxy; do
            [ -x "$build/$binary" ] || fail "$build/$binary is missing: run 'eng/publish.sh $build' first"
        done
    done
fi

dir=$(mktemp -d)
pids=()
clean_up() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap clean_up EXIT

# Ports that were free a moment ago; a listener that cannot bind one ends the run.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "no free port"
}

fill_in() {
    sed -e "s|@DIR@|$dir|g" -e "s|@UPSTREAM_PORT@|$upstream_port|g" -e "s|@NGINX_PORT@|$nginx_port|g" \
        -e "s|@IRON_PORT@|${listen_port:-}|g" -e "s|@BODY@|$body|g" "$here/forwarding/$1" >"$dir/$1"
}

wait_for() {
    local url=$1 host=$2
    for _ in $(seq 100); do
        if [ "$(curl -s -o /dev/null -w '%{http_code} %{size_download}' -H "Host: $host" "$url")" = "200 1024" ]; then
            return
        fi
        sleep 0.1
    done
    fail "$url does not answer with 200 and 1024 bytes: $(tail -n 3 "$dir"/*.err 2>/dev/null)"
}

# utime and stime, with those of children that ended, of a process and its descendants, in clock ticks.
cpu_ticks() {
    local total=0 queue=("$1") pid stat fields
    while [ ${#queue[@]} -gt 0 ]; do
        pid=${queue[0]}
        queue=("${queue[@]:1}")
        stat=$(cat "/proc/$pid/stat") || fail "process $pid is gone"
        # The name, in parentheses, may hold blanks: what follows the last parenthesis does not.
        read -ra fields <<<"${stat##*) }"
        total=$((total + fields[11] + fields[12] + fields[13] + fields[14]))
        for child in /proc/"$pid"/task/*/children; do
            # shellcheck disable=SC2207 # numbers, parted by blanks
            queue+=($(cat "$child" 2>/dev/null || true))
        done
    done
    echo "$total"
}

# Sends requests and prints how many were answered; any error ends the run.
send() {
    local port=$1 host=$2 count=$3 result
    # Without its last answer wrk stays for the whole duration and prints no result.
    result=$(wrk -t 1 -c "$CONNECTIONS" -d 120s -s "$here/forwarding/requests.lua" "http://127.0.0.1:$port" -- "$host" "$count" | grep '^RESULT') \
        || fail "port $port did not answer $count requests in two minutes"
    read -r _ answered errors <<<"$result"
    [ "$errors" -eq 0 ] || fail "$errors of $answered answers from port $port were not 200 with 1024 bytes"
    echo "$answered"
}

# One round: adds to the ticks and requests of a proxy.
measure() {
    local -n ticks=$1_ticks requests=$1_requests
    local before after answered
    before=$(cpu_ticks "$2")
    answered=$(send "$3" "$4" "$REQUESTS")
    after=$(cpu_ticks "$2")
    ticks=$((ticks + after - before))
    requests=$((requests + answered))
}

# Starts a build with a plan of its own compiler; sets NAME_pid and NAME_port.
start_iron() {
    local name=$1 bin
    local -n port=$1_port pid=$1_pid
    bin=$(cd "$2" && pwd)
    port=$(free_port)
    listen_port=$port fill_in proxy.yaml
    "$bin/ironc" compile "$dir/proxy.yaml" -o "$dir/$name.plan.json" || fail "proxy.yaml does not compile"
    "$bin/iron-proxy" -plan "$dir/$name.plan.json" 2>"$dir/$name.err" &
    pid=$!
    pids+=("$pid")
    wait_for "http://127.0.0.1:$port/" "$host"
    send "$port" "$host" "$WARM_UP" >/dev/null
}

iron_pid="" iron_port="" before_pid="" before_port=""
upstream_port=$(free_port)
nginx_port=$(free_port)
body=$(head -c 1024 /dev/zero | tr '\0' x)
mkdir "$dir/upstream-temp" "$dir/proxy-temp"
fill_in upstream.conf
fill_in proxy.conf
host="127.0.0.1:$upstream_port"

nginx -e stderr -c "$dir/upstream.conf" 2>"$dir/upstream.err" &
pids+=($!)
wait_for "http://127.0.0.1:$upstream_port/" "$host"

nginx -e stderr -c "$dir/proxy.conf" 2>"$dir/nginx.err" &
nginx_pid=$!
pids+=("$nginx_pid")
wait_for "http://127.0.0.1:$nginx_port/" "$host"
send "$nginx_port" "$host" "$WARM_UP" >/dev/null

if ! $nginx_only; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=bench CA" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
        -keyout "$dir/ca.key" -out "$dir/ca.crt" 2>/dev/null
    start_iron iron "$1"
    [ $# -eq 1 ] || start_iron before "$2"
fi

nginx_ticks=0 nginx_requests=0 iron_ticks=0 iron_requests=0 before_ticks=0 before_requests=0
for _ in $(seq "$ROUNDS"); do
    measure nginx "$nginx_pid" "$nginx_port" "$host"
    $nginx_only || measure iron "$iron_pid" "$iron_port" "$host"
    [ $# -eq 1 ] || measure before "$before_pid" "$before_port" "$host"
done

hertz=$(getconf CLK_TCK)
micros() {
    awk -v t="$1" -v n="$2" -v hz="$hertz" 'BEGIN { printf "%.1f", t / hz * 1e6 / n }'
}

nginx_micros=$(micros "$nginx_ticks" "$nginx_requests")
echo "nginx proxy_pass: $nginx_micros µs of CPU a request, $nginx_requests requests of 1 KiB"
$nginx_only && exit 0

# Prints what a build cost; a request without its audit line ends the run.
report() {
    local label=$1 name=$2 cost=$3 requests=$4 audited
    audited=$(grep -c '"msg":"request"' "$dir/$name.err" || true)
    [ "$audited" -ge "$requests" ] || fail "$requests requests left only $audited audit lines"
    printf '%-17s %s µs of CPU a request, %s requests of 1 KiB, an audit line each\n' "$label" "$cost" "$requests"
}

iron_micros=$(micros "$iron_ticks" "$iron_requests")
report "iron-proxy:" iron "$iron_micros" "$iron_requests"
if [ $# -eq 2 ]; then
    before_micros=$(micros "$before_ticks" "$before_requests")
    report "before:" before "$before_micros" "$before_requests"
    awk -v a="$iron_micros" -v b="$before_micros" -v n="$nginx_micros" 'BEGIN {
        printf "to before:        %.2f (before to nginx: %.2f)\n", a / b, b / n
    }'
fi

awk -v a="$iron_micros" -v b="$nginx_micros" -v max="$MAX_RATIO" 'BEGIN {
    ratio = a / b
    printf "ratio:            %.2f, at most %.1f: %s\n", ratio, max, ratio <= max ? "passed" : "FAILED"
    exit ratio <= max ? 0 : 1
}'
