#!/usr/bin/env bash
# Builds everything once and runs all tests. Every minute it says what it waits for, and at the end what took longest. The last line of
# output is 'N passed, N failed, N skipped'.
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
systems=""
finish() {
    [ -z "$systems" ] || wait "$systems" || true
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && exit "${1:-0}"
    exit 1
}

stop() {
    echo "$1" >&2
    failed=$((failed + 1))
    finish
}

# Runs a command, and says every minute that it still does.
patiently() {
    local what="$1" start="$SECONDS" status=0 voice
    shift
    while sleep 60 > /dev/null 2>&1; do
        echo "... $what, for $(((SECONDS - start) / 60)) min" >&2
    done &
    voice="$!"
    "$@" || status=$?
    kill "$voice"
    wait "$voice" 2> /dev/null || true
    return "$status"
}

eng/install-test-tools.sh

# What deployments are tested on is downloaded while other things are built and tested.
if [ "$(id -u)" -eq 0 ] && command -v mmdebstrap > /dev/null; then
    eng/base-systems.sh > /dev/null &
    systems="$!"
fi

echo "Building ..." >&2
patiently "restoring packages" dotnet restore IronProxy.Deploy.sln --locked-mode --verbosity quiet || stop "The packages could not be restored."
patiently "building" dotnet build IronProxy.Deploy.sln --configuration Release --no-restore --verbosity quiet --nologo || stop "The build failed."
rm -rf "$results" "$IRON_BIN"
mkdir -p "$results"
patiently "publishing" eng/publish.sh "$IRON_BIN" || stop "The programs could not be published."

# A value of <UnitTestResult> or <Counters>, from the attributes of the line on standard input.
attribute() {
    sed -n "s/.* $1=\"\([^\"]*\)\".*/\1/p"
}

# The tests with an outcome, as lines of name and message. Lines of a message are parted by a vertical tab; there are not more than 20.
tests_with_outcome() {
    awk -v wanted="outcome=\"$1\"" '
        function said() { if (name != "") { print name "\t" text }; name = ""; text = ""; inside = 0 }
        /<UnitTestResult / {
            said()
            if (index($0, wanted)) {
                match($0, / testName="[^"]*"/)
                name = substr($0, RSTART + 11, RLENGTH - 12)
            }
        }
        name != "" && /<Message>/ { inside = 1; lines = 0; sub(/.*<Message>/, "") }
        inside {
            ends = sub(/<\/Message>.*/, "")
            if (lines++ < 20) { text = text (lines > 1 ? "\v" : "") substr($0, 1, 500) }
            if (ends) { inside = 0 }
        }
        END { said() }' "$2" \
        | sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e "s/&#39;/'/g" -e 's/&#x[AD];//g' -e 's/&amp;/\&/g'
}

broken=()
times=()
while IFS= read -r project; do
    name="$(basename "$project" .csproj)"
    trx="$results/$name.trx"
    status=0
    if [ -n "$systems" ] && [ "$name" = IronProxy.EndToEnd.Tests ]; then
        # If it fails, the tests that need it say so.
        patiently "making the file systems that deployments are tested on" wait "$systems" || true
    fi

    start="$SECONDS"
    patiently "$name" dotnet test "$project" --no-build --configuration Release --nologo \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" \
        --blame-hang --blame-hang-timeout 40min --blame-hang-dump-type none || status=$?
    times+=("$((SECONDS - start)) s  $name")
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
        echo "FAILED  $test: ${reason//$'\v'/$'\n        '}"
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

echo "What took longest:"
printf '  %s\n' "${times[@]}"
sed -n 's/.*<UnitTestResult .* testName="\([^"]*\)".* duration="\([^"]*\)".*/  \2  \1/p' "$results"/*.trx | LC_ALL=C sort -r | sed -e '11,$d' -e 's/&quot;/"/g'

for score in artifacts/*-score.txt; do
    [ -f "$score" ] && cat "$score"
done
finish "$status"
