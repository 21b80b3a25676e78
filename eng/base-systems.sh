#!/usr/bin/env bash
# Makes the file systems that deployments are tested on, and prints the folder that they are in:
#
#   base.tar      a small Debian, in the place of Debian's image for containers
#   machine.tar   the same with systemd and what hosts have
#
# They are made once for all clones of a machine: by a hash of what they are made of, below IRON_TEST_CACHE, which is iron-proxy-tests in
# XDG_CACHE_HOME or ~/.cache without it. What is damaged is made again; what nobody has used for a week is removed.
set -euo pipefail

release=trixie
base=(ca-certificates openssl curl bind9-dnsutils iputils-ping)
machine=(systemd systemd-sysv systemd-resolved dbus nftables iptables iptables-persistent iproute2 python3 procps sudo)

make_base() {
    mmdebstrap --quiet --variant=minbase --include="${base[*]}" "$release" "$1"
}

# Hosts resolve names without a daemon, unless a test enables it.
make_machine() {
    # The hooks get the root as an argument.
    # shellcheck disable=SC2016
    mmdebstrap --quiet --variant=custom \
        --setup-hook="mmtarfilter '--path-exclude=/dev/*' < '$1' | tar -C \"\$1\" -x" \
        --customize-hook="chroot \"\$1\" apt-get install --yes --quiet --no-install-recommends ${machine[*]}" \
        --customize-hook='systemctl --root="$1" disable systemd-resolved.service' \
        --customize-hook='rm -f "$1/etc/resolv.conf" && touch "$1/etc/resolv.conf"' \
        '' "$2"
}

# What they are made of: the functions without their comments.
key="$({ echo "$release ${base[*]} / ${machine[*]}"; uname -m; declare -f make_base make_machine; } | sha256sum)"
key="${key:0:16}"
cache="${IRON_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/iron-proxy-tests}"

is_whole() {
    (cd "$1" 2> /dev/null && sha256sum --check --status SHA256SUMS 2> /dev/null)
}

mkdir -p "$cache"
exec 9> "$cache/lock"
if ! flock --nonblock 9; then
    echo "Waiting for the file systems that another run makes ..." >&2
    flock 9
fi

if ! is_whole "$cache/$key"; then
    echo "Making the file systems that deployments are tested on, in $cache/$key. It takes some minutes, once ..." >&2
    rm -rf "${cache:?}/$key" "$cache"/new.*
    new="$(mktemp -d "$cache/new.XXXXXX")"
    trap 'rm -rf "$new"' EXIT
    # Only this script holds the lock, not what it leaves behind when it is killed.
    if ! { make_base "$new/base.tar" && make_machine "$new/base.tar" "$new/machine.tar"; } > "$new/log" 2>&1 9>&-; then
        tail -n 30 "$new/log" >&2
        exit 1
    fi
    rm "$new/log"
    (cd "$new" && sha256sum base.tar machine.tar > SHA256SUMS)
    mv "$new" "$cache/$key"
fi

touch "$cache/$key"
find "$cache" -mindepth 1 -maxdepth 1 -type d -mtime +7 -exec rm -rf {} +
echo "$cache/$key"
