#!/usr/bin/env bash
# Builds everything once and runs all tests. The last line of output is 'N passed, N failed, N skipped'.
#
# STRICT_SKIPS=1, as CI sets it, makes a skipped test that eng/allowed-skips.txt does not list a failure of the run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results="$PWD/artifacts/test-results"
export IRON_BIN="$PWD/artifacts/bin"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
PATH="$PATH:/usr/sbin:/sbin"

passed=0
failed=0
skipped=0
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && exit "${1:-0}"
    exit 1
}

stop() {
    echo "$1" >&2
    failed=$((failed + 1))
    finish
}

eng/install-test-tools.sh

echo "Building ..." >&2
dotnet restore IronProxy.Deploy.sln --locked-mode --verbosity quiet || stop "The packages could not be restored."
dotnet build IronProxy.Deploy.sln --configuration Release --no-restore --verbosity quiet --nologo || stop "The build failed."
rm -rf "$results" "$IRON_BIN"
mkdir -p "$results"
eng/publish.sh "$IRON_BIN" || stop "The programs could not be published."

# A value of <UnitTestResult> or <Counters>, from the attributes of the line on standard input.
attribute() {
    sed -n "s/.* $1=\"\([^\"]*\)\".*/\1/p"
}

# The tests with an outcome, as lines of name and first line of their message.
tests_with_outcome() {
    awk -v wanted="outcome=\"$1\"" '
        /<UnitTestResult / {
            name = ""
            if (index($0, wanted)) {
                match($0, / testName="[^"]*"/)
                name = substr($0, RSTART + 11, RLENGTH - 12)
                if ($0 ~ /\/>[[:space:]]*$/) { print name "\t"; name = "" }
            }
        }
        name != "" && /<Message>/ {
            text = $0
            sub(/.*<Message>/, "", text)
            sub(/<\/Message>.*/, "", text)
            print name "\t" text
            name = ""
        }
        name != "" && /<\/UnitTestResult>/ { print name "\t"; name = "" }' "$2" \
        | sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e "s/&#39;/'/g" -e 's/&#x[AD];//g' -e 's/&amp;/\&/g'
}

broken=()
while IFS= read -r project; do
    name="$(basename "$project" .csproj)"
    trx="$results/$name.trx"
    status=0
    dotnet test "$project" --no-build --configuration Release --nologo \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" \
        --blame-hang --blame-hang-timeout 10min --blame-hang-dump-type none || status=$?
    if ! counters="$(grep -s '<Counters ' "$trx")"; then
        broken+=("$name: no results")
        failed=$((failed + 1))
        continue
    fi

    total="$(attribute total <<< "$counters")"
    executed="$(attribute executed <<< "$counters")"
    succeeded="$(attribute passed <<< "$counters")"
    passed=$((passed + succeeded))
    skipped=$((skipped + total - executed))
    failed=$((failed + executed - succeeded))
    if [ "$status" -ne 0 ] && [ "$executed" -eq "$succeeded" ]; then
        # All that ran passed, but the run did not end well: it crashed or hung.
        broken+=("$name: the test run ended with status $status")
        failed=$((failed + 1))
    fi
done < <(find tests -name '*.Tests.csproj' | LC_ALL=C sort)

status=0
echo
for trx in "$results"/*.trx; do
    [ -f "$trx" ] || continue
    while IFS=$'\t' read -r test reason; do
        echo "FAILED  $test: $reason"
    done < <(tests_with_outcome Failed "$trx")
    while IFS=$'\t' read -r test reason; do
        echo "skipped $test: ${reason:-no reason given}"
        if [ "${STRICT_SKIPS:-0}" = 1 ] && ! grep -qxF -- "${test%%(*}" eng/allowed-skips.txt; then
            echo "        and eng/allowed-skips.txt does not list it"
            status=1
        fi
    done < <(tests_with_outcome NotExecuted "$trx")
done
for line in "${broken[@]}"; do
    echo "FAILED  $line"
done

[ -f artifacts/bypass-score.txt ] && cat artifacts/bypass-score.txt
finish "$status"
