#!/usr/bin/env bash
# Builds the image with podman and runs dockerd in a network namespace that the tests have made. The rules of the machine that this
# runs on are left alone.
#
#   world.sh up DIR NAMESPACE     builds and starts everything; DIR keeps all of its state
#   world.sh down DIR NAMESPACE   ends what it started
#
# Environment: BASE_CACHE is the file that keeps the base image between runs.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
while [ ! -e "$root/IronProxy.Deploy.sln" ]; do root="$(dirname "$root")"; done

mode="$1"
dir="$2"
host="$3"
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
    printf '#!/bin/sh\nexec podman --root %s --runroot %s --tmpdir %s "$@"\n' "$dir/podman-root" "$dir/podman-run" "$dir/podman-tmp" > "$engine"
    chmod +x "$engine"
}

up() {
    podman_here
    base_image
    ENGINE="$engine" IMAGE=localhost/iron-proxy:test BUILD_ARGS="--network host" "$root/eng/build-image.sh" "$dir/build"
    nsenter --net="/run/netns/$host" dockerd --data-root "$dir/docker" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" \
        --host "unix://$dir/docker.sock" --default-ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" > "$dir/dockerd.log" 2>&1 < /dev/null &
    echo "$!" > "$dir/pids"
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
        done < "$dir/pids"
    fi
    [ ! -x "$engine" ] || "$engine" system reset --force > /dev/null 2>&1 || true
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
        umount --lazy "$mount"
    done
    rm -rf "$dir"
}

"$mode"
