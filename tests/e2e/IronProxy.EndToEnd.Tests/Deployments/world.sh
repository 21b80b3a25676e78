#!/usr/bin/env bash
# A machine for deployments, in network namespaces of its own: 'host' with dockerd, and beyond it 'outside' with a server. The
# rules of the machine that this runs on are left alone, and nothing leaves it.
#
#   world.sh up DIR NAME      builds the images and starts everything; DIR keeps all of its state
#   world.sh down DIR NAME    ends what it started
#
# Environment: BASE_CACHE is the file that keeps the base image between runs.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here"
while [ ! -e "$root/IronProxy.Deploy.sln" ]; do root="$(dirname "$root")"; done

mode="$1"
dir="$2"
host="$3-host"
outside="$3-out"
export CONTAINERS_CONF="$dir/containers.conf"
engine="$dir/podman"

base_image() {
    if [ ! -s "$BASE_CACHE" ]; then
        mkdir -p "$(dirname "$BASE_CACHE")"
        mmdebstrap --quiet --variant=minbase --include=ca-certificates,openssl,curl,bind9-dnsutils,iputils-ping trixie "$dir/base.tar"
        mv "$dir/base.tar" "$BASE_CACHE"
    fi
    "$engine" import "$BASE_CACHE" docker.io/library/debian:trixie-slim > /dev/null
}

podman_here() {
    cat > "$CONTAINERS_CONF" << EOF
[containers]
default_ulimits=["nofile=$(ulimit -Hn):$(ulimit -Hn)","nproc=4096:4096"]
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
[network]
network_backend="netavark"
EOF
    printf '#!/bin/sh\nexec podman --root %s --runroot %s "$@"\n' "$dir/podman-root" "$dir/podman-run" > "$engine"
    chmod +x "$engine"
}

networks() {
    ip netns add "$host"
    ip netns add "$outside"
    ip -n "$host" link add eth0 type veth peer name eth0 netns "$outside"
    ip -n "$host" address add 203.0.113.1/24 dev eth0
    ip -n "$outside" address add 203.0.113.10/24 dev eth0
    for namespace in "$host" "$outside"; do
        ip -n "$namespace" link set lo up
        ip -n "$namespace" link set eth0 up
    done
    ip -n "$host" route add default via 203.0.113.10
}

# Runs a command in a namespace until 'down'.
background() {
    local namespace="$1" log="$2"
    shift 2
    nsenter --net="/run/netns/$namespace" "$@" > "$dir/$log.log" 2>&1 < /dev/null &
    echo "$!" >> "$dir/pids"
}

up() {
    podman_here
    base_image
    ENGINE="$engine" IMAGE=localhost/iron-proxy:test BUILD_ARGS="--network host" "$root/eng/build-image.sh" "$dir/build"
    networks
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=httpbin.org \
        -addext subjectAltName=DNS:httpbin.org -keyout "$dir/outside.key" -out "$dir/outside.crt" 2> /dev/null
    background "$outside" outside python3 "$here/outside.py" 203.0.113.10 "$dir/outside.crt" "$dir/outside.key"
    background "$host" service python3 "$here/outside.py" 0.0.0.0 8022
    background "$host" dockerd dockerd --data-root "$dir/docker" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" \
        --host "unix://$dir/docker.sock" --default-ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)"
    export DOCKER_HOST="unix://$dir/docker.sock"
    for _ in $(seq 60); do
        docker version > /dev/null 2>&1 && break
        sleep 0.5
    done
    docker import "$BASE_CACHE" localhost/workload:test > /dev/null
    "$engine" save localhost/iron-proxy:test | docker load
}

down() {
    if [ -e "$dir/pids" ]; then
        while read -r pid; do
            kill "$pid" 2> /dev/null || true
            for _ in $(seq 100); do
                kill -0 "$pid" 2> /dev/null || break
                sleep 0.1
            done
        done < <(tac "$dir/pids")
    fi
    for namespace in "$host" "$outside"; do
        ip netns delete "$namespace" 2> /dev/null || true
    done
    [ ! -x "$engine" ] || "$engine" system reset --force > /dev/null 2>&1 || true
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
        umount --lazy "$mount"
    done
    rm -rf "$dir"
}

"$mode"
