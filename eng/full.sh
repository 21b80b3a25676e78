#!/usr/bin/env bash
# Runs in full what CI runs in short or not at all: CI itself, fuzzing for ten minutes a parser, the compiler's fuzzing, the soak of
# half an hour and the other endurance runs, the attacks, and mutation testing. It takes some six hours on two cores. Each part says how it
# ended; the output of each is in artifacts/full.
#
#   eng/full.sh               # everything
#   eng/full.sh fuzz soak     # some parts of it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

parts=(ci fuzz compiler-fuzz soak reload connections attacks mutation)
out="$PWD/artifacts/full"
bin="$out/bin"

run() {
    case "$1" in
        ci) .ci/run ;;
        fuzz) eng/fuzz.sh --seconds 600 ;;
        compiler-fuzz) FUZZ_SECONDS=600 dotnet test tests/IronProxy.Compiler.Tests --configuration Release --nologo --filter 'FullyQualifiedName~.Fuzzing.' ;;
        soak) bench/endurance/run.py "$bin" soak --seconds 1800 ;;
        reload) bench/endurance/run.py "$bin" reload --seconds 60 ;;
        connections) bench/endurance/run.py "$bin" tunnels websockets names ;;
        attacks) bench/attacks/run.py "$bin" ;;
        mutation) eng/mutation.sh ;;
        *)
            echo "usage: eng/full.sh [${parts[*]}]" >&2
            exit 2
            ;;
    esac
}

# A part runs in a process of its own: within a condition, a shell would go on behind a command that fails.
if [ "${1:-}" = --part ]; then
    run "$2"
    exit
fi

[ "$#" -gt 0 ] || set -- "${parts[@]}"
for part in "$@"; do
    [[ " ${parts[*]} " == *" $part "* ]] || run usage
done

mkdir -p "$out"
eng/publish.sh "$bin" > "$out/publish.txt" 2>&1
status=0
for part in "$@"; do
    start="$SECONDS"
    outcome=passed
    eng/full.sh --part "$part" > "$out/$part.txt" 2>&1 || { outcome=FAILED; status=1; }
    printf '%-14s %s, %d min, artifacts/full/%s.txt\n' "$part" "$outcome" $(((SECONDS - start) / 60)) "$part"
done
exit "$status"
