#!/usr/bin/env bash
# Runs the fuzz harnesses whose name has the given word (all without one), each from a fixed seed for a fixed
# number of runs over its committed seeds. A crash leaves its input in build/fuzz/crashes.
#
#     toolchain/fuzz.sh [NAME]          PERLY_FUZZ_RUNS=1000000 for more
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/lib.sh

runs="${PERLY_FUZZ_RUNS:-100000}"
build_preset fuzz
mkdir -p build/fuzz/crashes
failed=0
for source in tests/fuzz/*"${1:-}"*_fuzz.c; do
    name="$(basename "$source" .c)"
    corpus="build/fuzz/corpus/$name"
    mkdir -p "$corpus"
    seeds="tests/fuzz/seeds/${name%_fuzz}"
    [ -d "$seeds" ] || seeds="tests/fuzz/seeds/$name"
    if "build/fuzz/tests/fuzz/$name" -seed=1 -runs="$runs" -artifact_prefix="build/fuzz/crashes/$name-" \
        "$corpus" "$seeds" >"build/fuzz/$name.log" 2>&1; then
        echo "$name: $runs runs, $(grep -o 'cov: [0-9]*' "build/fuzz/$name.log" | tail -n 1)"
    else
        failed=1
        echo "$name: failed" && tail -n 30 "build/fuzz/$name.log"
    fi
done
exit $failed
