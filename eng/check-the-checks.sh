#!/usr/bin/env bash
# Shows that every check of the proxy is guarded: switches off one at a time and expects a case of tests/e2e/bypass that
# names it to fail. The switches exist only in the build that this script makes for itself; what ships has none.
set -euo pipefail
cd "$(dirname "$0")/.."

out="$PWD/artifacts/check-switches"
table="$PWD/artifacts/check-the-checks.txt"
mkdir -p artifacts
rm -f "$table"

# A folder of its own also for intermediate files, so that no switched assembly can end up in another build.
dotnet build runtime/IronProxy.Gateway/IronProxy.Gateway.csproj --configuration Release --nologo -v quiet \
    --artifacts-path "$out" -p:DefineConstants=CHECK_SWITCHES -p:NoWarn=RS0030
dotnet build tests/e2e/IronProxy.EndToEnd.Tests/IronProxy.EndToEnd.Tests.csproj --configuration Release --nologo -v quiet

# With every check on, the switched build must pass the whole corpus; then each check has to be missed.
status=0
IRON_BIN="$out/bin/IronProxy.Gateway/release" IRON_CHECK_TABLE="$table" \
    dotnet test tests/e2e/IronProxy.EndToEnd.Tests/IronProxy.EndToEnd.Tests.csproj --configuration Release --no-build --nologo \
    --filter 'FullyQualifiedName~.Bypass.' || status=1

if [ -f "$table" ]; then
    cat "$table"
else
    echo "check-the-checks: the table was not written" >&2
    status=1
fi
exit "$status"
