#!/usr/bin/env bash
# Builds images with podman, and runs engines that have them. The rules of the machine that this runs on are left alone.
#
#   world.sh build IMAGES BASE                  an archive of the project's image, which is built on that of a small Debian
#   world.sh podman DIR IMAGES BASE             DIR/podman, a podman with a store of its own in DIR
#   world.sh docker DIR IMAGES BASE NAMESPACE   dockerd in a network namespace that the tests have made, with its state in DIR
#   world.sh down DIR                           ends what was started, and removes DIR
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
while [ ! -e "$root/IronProxy.Deploy.sln" ]; do root="$(dirname "$root")"; done

podman_in() {
    export CONTAINERS_CONF="$1/containers.conf"
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
    printf '#!/bin/sh\nexec podman --root %s/podman-root --runroot %s/podman-run --tmpdir %s/podman-tmp "$@"\n' "$1" "$1" "$1" > "$1/podman"
    chmod +x "$1/podman"
}

build() {
    local images="$1" base="$2" dir
    mkdir -p "$images"
    rm -rf "$images/build" "$images/iron-proxy.tar"
    dir="$(mktemp -d)"
    podman_in "$dir"
    "$dir/podman" import "$base" docker.io/library/debian:trixie-slim > /dev/null
    ENGINE="$dir/podman" IMAGE=localhost/iron-proxy:test BUILD_ARGS="--network host" "$root/eng/build-image.sh" "$images/build"
    "$dir/podman" save --output "$images/iron-proxy.tar" localhost/iron-proxy:test
    down "$dir"
}

podman_with() {
    podman_in "$1"
    "$1/podman" import "$3" docker.io/library/debian:trixie-slim > /dev/null
    "$1/podman" load --input "$2/iron-proxy.tar"
}

docker_in() {
    local dir="$1" images="$2" base="$3" host="$4"
    nsenter --net="/run/netns/$host" dockerd --data-root "$dir/docker" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" \
        --host "unix://$dir/docker.sock" --default-ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" > "$dir/dockerd.log" 2>&1 < /dev/null &
    echo "$!" > "$dir/pids"
    export DOCKER_HOST="unix://$dir/docker.sock"
    for _ in $(seq 600); do
        docker version > /dev/null 2>&1 && break
        sleep 0.5
    done
    docker import "$base" localhost/workload:test > /dev/null
    docker load --input "$images/iron-proxy.tar"
}

down() {
    local dir="$1"
    if [ -e "$dir/pids" ]; then
        while read -r pid; do
            kill "$pid" 2> /dev/null || true
            for _ in $(seq 600); do
                kill -0 "$pid" 2> /dev/null || break
                sleep 0.1
            done
        done < "$dir/pids"
    fi
    [ ! -x "$dir/podman" ] || CONTAINERS_CONF="$dir/containers.conf" "$dir/podman" system reset --force > /dev/null 2>&1 || true
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
        umount --lazy "$mount"
    done
    # A podman that conmon has started to clean up may still write.
    for _ in $(seq 600); do
        rm -rf "$dir" 2> /dev/null && return
        sleep 0.1
    done
    rm -rf "$dir"
}

case "$1" in
    build) build "$2" "$3" ;;
    podman) podman_with "$2" "$3" "$4" ;;
    docker) docker_in "$2" "$3" "$4" "$5" ;;
    down) down "$2" ;;
esac
