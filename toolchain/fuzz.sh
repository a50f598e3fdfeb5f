#!/usr/bin/env bash
# Runs the fuzz harnesses whose name has the given word (all without one), each from a fixed seed for a fixed number of
# runs over its committed seeds, and nothing that an earlier run left. A crash leaves its input in build/fuzz/crashes.
# How many edges a harness covered is held against tests/fuzz/coverage.txt: more than 3 % below is a failure (two runs
# of one harness differ by less than 1 %, since libFuzzer hashes addresses). With the harnesses come the comparisons with
# others: regular expressions with RE2, expressions with two JavaScript engines.
#
#     toolchain/fuzz.sh [NAME]          PERLY_FUZZ_RUNS=1000000 for more; PERLY_FUZZ_WRITE=1 writes the figures
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/lib.sh

runs="${PERLY_FUZZ_RUNS:-20000}"
figures=tests/fuzz/coverage.txt
word="${1:-}"
failed=0

# judge NAME EDGES: against the committed figure.
judge() {
    local wanted
    wanted="$(sed -n "s/^$1 //p" "$figures")"
    if [ -n "${PERLY_FUZZ_WRITE:-}" ]; then
        { grep -v "^$1 " "$figures" || true; echo "$1 $2"; } | LC_ALL=C sort >build/fuzz/coverage.txt
        cp build/fuzz/coverage.txt "$figures"
    elif [ "$2" -lt $((${wanted:-999999} * 97 / 100)) ]; then
        failed=1
        echo "$1: coverage fell: $2 edges, ${wanted:-no figure} in $figures"
    fi
}

run_harness() {
    local name="$1" seeds="tests/fuzz/seeds/${1%_fuzz}" corpus="build/fuzz/corpus/$1" edges
    rm -rf "$corpus"
    mkdir -p "$corpus"
    if ! "build/fuzz/tests/fuzz/$name" -seed=1 -runs="$runs" -max_len=4096 -artifact_prefix="build/fuzz/crashes/$name-" \
        "$corpus" "$seeds" >"build/fuzz/$name.log" 2>&1; then
        failed=1
        echo "$name: failed" && tail -n 30 "build/fuzz/$name.log"
        return
    fi
    edges="$(grep -o 'cov: [0-9]*' "build/fuzz/$name.log" | tail -n 1 | tr -dc 0-9)"
    echo "$name: $runs runs, $edges edges"
    judge "$name" "$edges"
}

compare_regex() {
    build_preset native
    g++ -std=c++17 -O2 -Icore -Icore/include -o build/fuzz/regex_differential tests/fuzz/regex_differential.cc \
        build/native/core/libperly_core.a -lre2
    build/fuzz/regex_differential 250000 || failed=1
    build/fuzz/regex_differential unicode || failed=1
}

compare_cel() {
    build_preset native
    "$(node24)" tests/cel/differential.mjs 50000 || failed=1
}

build_preset fuzz
mkdir -p build/fuzz/crashes
for source in tests/fuzz/*_fuzz.c; do
    name="$(basename "$source" .c)"
    case "$name" in *"$word"*) run_harness "$name" ;; esac
done
case regex_differential in *"$word"*) compare_regex ;; esac
case cel_differential in *"$word"*) compare_cel ;; esac
exit $failed
