#!/usr/bin/env bash
# Mutation testing: changes the code a little, one place at a time, and expects a unit test to fail. A mutant that survives is a
# missing case or dead code. It takes most of an hour on two cores, so CI does not run it. The protocols are held against their own
# tests alone (stryker-config.json there): a test of the whole proxy that notices a change says too little about where it is.
#
#   eng/mutation.sh                           # schema/IronProxy.Plan and the runtime's protocols
#   eng/mutation.sh plan                      # one of them
#   eng/mutation.sh plan Requests/HeaderName.cs Matching/HostMatch.cs   # some files of it
#
# CONCURRENCY=1 leaves the other cores alone. The reports are in artifacts/mutation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=5.1.0
tool="$PWD/artifacts/tools/stryker-$version"
[ -x "$tool/dotnet-stryker" ] || dotnet tool install dotnet-stryker --version "$version" --tool-path "$tool"

# mutate NAME TESTS PROJECT LOWEST-SCORE FILE...
mutate() {
    local name="$1" tests="$2" project="$3" lowest="$4"
    shift 4
    local arguments=()
    for file in "$@"; do
        arguments+=(--mutate "**/$file")
    done

    (cd "tests/$tests" && "$tool/dotnet-stryker" --project "$project" "${arguments[@]}" --configuration Release \
        --concurrency "${CONCURRENCY:-$(nproc)}" --break-at "$lowest" --threshold-low "$lowest" --threshold-high 100 \
        --reporter cleartext --reporter json --reporter html --output "$OLDPWD/artifacts/mutation/$name")
}

plan() {
    [ "$#" -gt 0 ] || set -- 'Matching/*.cs' 'Requests/*.cs' 'Decisions/*.cs'
    mutate plan IronProxy.Plan.Tests IronProxy.Plan.csproj 95 "$@"
}

protocols() {
    [ "$#" -gt 0 ] || set -- 'Protocols/**/*.cs'
    mutate protocols IronProxy.Runtime.Tests IronProxy.Runtime.csproj 85 "$@"
}

case "${1:-all}" in
    all)
        status=0
        plan || status=1
        protocols || status=1
        exit "$status"
        ;;
    plan | protocols) "$@" ;;
    *)
        echo "usage: eng/mutation.sh [plan|protocols [FILE...]]" >&2
        exit 2
        ;;
esac
