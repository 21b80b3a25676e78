#!/usr/bin/env bash
# Builds the image with podman or docker.
#
#   ./build.sh [PROGRAMS]    PROGRAMS is a folder with a self-contained publish of ironc and iron-proxy. It is copied to app/;
#                            without it app/ is used as it is
#   ./build.sh --dry-run     only says what it would do
#   ./build.sh --remove      removes the image
#
# Environment:
#   ENGINE       podman or docker; without it the first of the two that is installed
#   IMAGE        name and tag, instead of localhost/iron-proxy:0.1.0
#   BUILD_ARGS   further arguments of the engine's build, separated by blanks
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
    echo "build.sh: $1" >&2
    exit 1
}

mode=build
programs=""
case "${1:-}" in
    --dry-run) mode=dry-run ;;
    --remove) mode=remove ;;
    -*)
        echo "usage: ./build.sh [PROGRAMS | --dry-run | --remove]" >&2
        exit 2
        ;;
    *) programs="${1:-}" ;;
esac

engine="${ENGINE:-}"
if [ -z "$engine" ]; then
    engine="$(command -v podman || command -v docker)" || fail "neither podman nor docker is installed"
fi
default_image=localhost/iron-proxy:0.1.0
image="${IMAGE:-$default_image}"

if [ "$mode" = remove ]; then
    exec "$engine" image rm "$image"
fi

# Without this podman leaves the health check out.
read -r -a arguments <<< "${BUILD_ARGS:-}"
case "$("$engine" --version)" in
    podman*) arguments=(--format docker "${arguments[@]}") ;;
esac

if [ "$mode" = dry-run ]; then
    echo "would run: $engine build ${arguments[*]} --tag $image ."
    exit 0
fi

if [ -n "$programs" ]; then
    for program in ironc iron-proxy; do
        [ -x "$programs/$program" ] || fail "$programs has no $program"
    done
    rm -rf app
    cp -R "$programs" app
fi
if [ ! -x app/iron-proxy ] || [ ! -x app/ironc ]; then
    fail "app/ has no ironc and iron-proxy: run 'eng/publish.sh DIR --self-contained' in the project and './build.sh DIR' here"
fi
[ -e app/libcoreclr.so ] || fail "the programs in app/ need a .NET that the image has not: publish them with --self-contained"

"$engine" build "${arguments[@]}" --tag "$image" .
echo "$image"
