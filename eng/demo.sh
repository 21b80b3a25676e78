#!/usr/bin/env bash
# Builds both programs and runs the quickstart on this machine. Needs the .NET SDK; no root, no set-up.
# Options go to 'ironc demo'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

echo "Building ironc and iron-proxy into artifacts/demo ..." >&2
eng/publish.sh artifacts/demo
exec artifacts/demo/ironc demo "$@"
