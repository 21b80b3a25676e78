#!/usr/bin/env bash
# Publishes both programs into one folder: DIR/ironc and DIR/iron-proxy.
#
#   eng/publish.sh DIR                   for machines that have .NET 10 (with ASP.NET Core)
#   eng/publish.sh DIR --self-contained  for machines that have not
set -euo pipefail

usage() {
    echo "usage: eng/publish.sh DIR [--self-contained]" >&2
    exit 2
}

dir=""
self_contained=false
for argument in "$@"; do
    case "$argument" in
        --self-contained) self_contained=true ;;
        -*) usage ;;
        *) [ -z "$dir" ] || usage; dir="$argument" ;;
    esac
done
[ -n "$dir" ] || usage
mkdir -p "$dir"
dir="$(cd "$dir" && pwd)"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v dotnet > /dev/null; then
    echo "eng/publish.sh: the .NET SDK is not installed (global.json says which version)" >&2
    exit 1
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for project in compiler/IronProxy.Cli runtime/IronProxy.Gateway; do
    # ReadyToRun: ironc runs for a moment only, so most of its time would go to the JIT compiler.
    if ! dotnet publish "$project" --configuration Release --runtime linux-x64 --self-contained "$self_contained" \
        --output "$dir" --nologo --verbosity quiet \
        -p:RestoreLockedMode=true -p:PublishReadyToRun=true \
        -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false > "$log" 2>&1; then
        cat "$log" >&2
        echo "eng/publish.sh: $project could not be published" >&2
        exit 1
    fi
done
