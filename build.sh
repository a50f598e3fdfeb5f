#!/usr/bin/env bash
# The one entrance: ./build.sh VERB. Each verb does what it needs first, so that none needs another by hand.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source toolchain/lib.sh
source toolchain/bench.sh
source toolchain/package.sh

verb_help() {
    cat <<'TEXT'
./build.sh VERB

  test [FILTER]     build everything and run the tests; FILTER runs those whose name has the word
  demo [...]        the main job on an invented org: --accounts N, --seed N, --days N, --host node,
                    --store postgres, --data DIR
  native            the static library and the native programs, in build/native
  wasm              both modules by Emscripten and by wasi-libc, checked against wasm/ABI.md
  test-third-party  run Salesforce's own CLI (fetched from npm) against the local Salesforce
  deps              fetch what the other verbs need: Debian packages, npm packages, cJSON's source
  salesforce [...]  serve the local Salesforce until it is ended (--help tells its options)
  bench [...]       the figures beside their peers: --quick, --json FILE, --only WORD
  fuzz [NAME]       run the fuzz harnesses, each for a fixed number of runs; a fall of coverage fails
  lint [FILTER]     clang-tidy over the C files whose path has the word; some minutes for all
  vectors           the vectors by gcc and clang at -O0, -O3 and -O3 -march=native, and in a wasm module without
                    SIMD: the same bits
  package           what is released, in build/package: perly for this machine, the npm package, both tried
  clean             remove build/ and node_modules/
  help              this text

What a verb installs, it says. The second time nothing is fetched: the verbs then work offline.
TEXT
}

verb_deps() {
    need_apt build
    need_apt wasm
    need_apt test
    need_npm all
    need_cjson
}

verb_native() {
    need_apt build
    need_cjson
    build_preset native
}

verb_wasm() {
    need_apt build
    need_apt wasm
    need_npm run
    need_cjson
    build_preset emscripten
    build_preset wasi
    "$(node24)" toolchain/check_abi.mjs build/emscripten build/wasi
}

verb_test() {
    verb_deps
    build_preset asan
    verb_native
    verb_wasm
    run_tests "${1:-}"
}

verb_test-third-party() {
    need_npm run
    need_salesforce_cli
    "$(node24)" --test --test-reporter=spec tests/third-party/*.mjs
}

verb_demo() {
    need_npm run
    case " $* " in
        *" --store postgres "* | *" --store=postgres "*)
            need_apt postgres
            need_npm all # pg
            verb_wasm
            ;;
        *" --host node "* | *" --host=node "*) verb_wasm ;;
        *) verb_native ;;
    esac
    exec "$(node24)" tests/demo/demo.mjs "$@"
}

verb_salesforce() {
    need_npm run
    exec "$(node24)" tests/salesforce/main.mjs "$@"
}

verb_fuzz() {
    verb_deps
    toolchain/fuzz.sh "${1:-}"
}

verb_lint() {
    verb_deps
    verb_native
    mkdir -p build/logs
    run_lint "${1:-}"
}

verb_vectors() {
    verb_deps
    PERLY_VECTORS=all "$(node24)" --test tests/vectors/compilers.test.mjs
}

verb_clean() {
    rm -rf build node_modules
}

verb="${1:-help}"
[ $# -eq 0 ] || shift
case "$verb" in
    help | --help | -h) verb_help ;;
    deps | native | wasm | test | test-third-party | demo | bench | salesforce | fuzz | lint | vectors | package | clean) "verb_$verb" "$@" ;;
    *)
        echo "build.sh: no verb '$verb'. ./build.sh help lists them." >&2
        exit 4
        ;;
esac
