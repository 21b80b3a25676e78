#!/usr/bin/env bash
# Fuzzes the parsers by coverage, from the committed corpus on, and prints how many inputs were tried, how many pairs of branches
# they passed and how many were worth keeping. Ends with 1 when an input shows a fault; it is in artifacts/fuzzing then. How it works is in
# tests/IronProxy.Fuzzing/README.md.
#
#   eng/fuzz.sh                               # each parser, for 60 seconds
#   eng/fuzz.sh --seconds 600 connect chunks  # two of them, for ten minutes each
#   eng/fuzz.sh --update                      # and writes tests/fuzz-corpus anew, minimised
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

dotnet build tests/IronProxy.Fuzzing --configuration Release --verbosity quiet --nologo >&2
dotnet tests/IronProxy.Fuzzing/bin/Release/net10.0/IronProxy.Fuzzing.dll run --corpus tests/fuzz-corpus --findings artifacts/fuzzing "$@"
