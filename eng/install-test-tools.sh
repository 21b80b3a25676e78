#!/usr/bin/env bash
# Installs the programs that tests compare against, where that is allowed: as root, on Debian and its relatives, and only
# what is missing. Elsewhere it says what is missing; tests that need it are then skipped and say so.
set -euo pipefail

# command:package
tools=(
    curl:curl
    openssl:openssl
    dig:bind9-dnsutils
    nginx:nginx
    wrk:wrk
    h2load:nghttp2-client
    shellcheck:shellcheck
    # A proxy of the kind that companies have, on the way to upstreams.
    tinyproxy:tinyproxy-bin
    # Deployments are built and run in network namespaces.
    podman:podman
    buildah:buildah
    runc:runc
    catatonit:catatonit
    mmdebstrap:mmdebstrap
    dockerd:docker.io
    docker-compose:docker-compose
    iptables:iptables
    nft:nftables
    ip:iproute2
    setpriv:util-linux
    python3:python3
    protoc:protobuf-compiler
    # Programs that deployments tell what to trust; Java's tests are compiled as they run.
    git:git
    gh:gh
    node:nodejs
    java:default-jdk-headless
    javac:default-jdk-headless
    # Programs of workloads.
    chromium:chromium
    certutil:libnss3-tools
    testssl:testssl.sh
    # A deployment of the target ecs is applied by it, against a stub. Another aws may be in the PATH: tests take this file.
    /usr/bin/aws:awscli
)
# What is in no PATH: file:package
helpers=(
    /usr/lib/podman/netavark:netavark
    /usr/lib/podman/aardvark-dns:aardvark-dns
    /usr/lib/python3/dist-packages/botocore:python3-botocore
    /usr/lib/python3/dist-packages/boto3:python3-boto3
    /usr/lib/python3/dist-packages/grpc:python3-grpcio
    /usr/lib/python3/dist-packages/google/protobuf:python3-protobuf
    /usr/lib/python3/dist-packages/requests:python3-requests
    /usr/lib/python3/dist-packages/google/auth:python3-google-auth
    # Judge of assertions that the proxy signs.
    /usr/lib/python3/dist-packages/jwt:python3-jwt
    /usr/lib/python3/dist-packages/cryptography:python3-cryptography
    # Prometheus' own reader of its format; a folder, which counts as executable.
    /usr/lib/python3/dist-packages/prometheus_client:python3-prometheus-client
)

# Packages of npm judge what 'ironc deploy' generates, speak MCP with each other, ask Azure for tokens, and speak JSON-RPC and GraphQL. They run none of their own scripts on the way.
for folder in judges mcp azure queries; do
    packages_of="$(dirname "${BASH_SOURCE[0]}")/../tests/e2e/$folder"
    if command -v npm > /dev/null && [ ! -d "$packages_of/node_modules" ]; then
        echo "Installing the packages of tests/e2e/$folder ..." >&2
        npm ci --prefix "$packages_of" --ignore-scripts --no-audit --no-fund --silent > /dev/null 2>&1 \
            || echo "They could not be installed. Tests that need them are skipped." >&2
    fi
done

# nginx and nft are in a folder that is not in every user's path.
PATH="$PATH:/usr/sbin:/sbin"

missing=()
packages=()
for tool in "${tools[@]}"; do
    if ! command -v "${tool%%:*}" > /dev/null; then
        missing+=("${tool%%:*}")
        packages+=("${tool##*:}")
    fi
done
for helper in "${helpers[@]}"; do
    if [ ! -e "${helper%%:*}" ]; then
        missing+=("${helper##*:}")
        packages+=("${helper##*:}")
    fi
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
    echo "Not installed here: ${missing[*]}. Tests that need them are skipped." >&2
    exit 0
fi

echo "Installing ${packages[*]} ..." >&2
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1 keeps packages from starting their services: a test starts what it needs itself.
if ! { apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "They could not be installed. Tests that need them are skipped." >&2
fi
