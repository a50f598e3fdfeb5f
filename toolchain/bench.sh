# The verb bench. Sourced by build.sh, after lib.sh.

# The peers of the benchmarks, by their own lock file. A stamp keeps its hash.
need_bench_npm() {
    local stamp=tests/bench/node_modules/.perly want
    want="$(sha256sum tests/bench/package-lock.json)"
    [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
    has_proof npm || install_apt npm
    echo "installing from npm: the peers of tests/bench"
    # better-sqlite3 brings a binary for Node's stable interface; no package needs a script to be run.
    local node
    node="$(dirname "$(node24)")"
    if ! (cd tests/bench && PATH="$node:$PATH" npm ci --no-audit --no-fund --ignore-scripts) >build/bench-npm.log 2>&1; then
        tail -n 20 build/bench-npm.log >&2
        echo "build.sh: npm ci in tests/bench failed; the whole output is in build/bench-npm.log" >&2
        exit 1
    fi
    echo "$want" >"$stamp"
}

# bench_program NAME COMPILER ARGUMENTS...: build/bench/NAME, made again when the first source is newer.
bench_program() {
    local name="$1"
    shift
    local source
    for source in "$@"; do
        [[ "$source" == tests/bench/*.c ]] && break
    done
    [ "build/bench/$name" -nt "$source" ] && return 0
    "$@" -o "build/bench/$name"
}

bench_programs() {
    local sqlite=tests/bench/node_modules/better-sqlite3/deps/sqlite3
    local bare=(-O2 -DSQLITE_THREADSAFE=0 -DSQLITE_DEFAULT_MEMSTATUS=0 "-I$sqlite")
    mkdir -p build/bench
    bench_program gen clang -O2 tests/bench/peers/gen_accounts.c
    [ -e build/bench/sqlite3.o ] || gcc "${bare[@]}" -c "$sqlite/sqlite3.c" -o build/bench/sqlite3.o
    bench_program sqlite_ceiling gcc "${bare[@]}" tests/bench/peers/sqlite_ceiling.c build/bench/sqlite3.o -lm
    bench_program score clang -O3 -march=native tests/bench/peers/expr/score.c -lm
    bench_cel_clang
}

# The rule sets in our interpreter, native, by the clang that makes the module of wasi-libc, with its options.
bench_cel_clang() {
    local program=build/bench/cel_score_clang
    local sources=(core/base/*.c core/row/*.c core/cel/*.c tests/bench/cel_lists.c tests/bench/cel_score.c tests/bench/cel_score_native.c)
    if [ -e "$program" ] && [ -z "$(find core/base core/row core/cel tests/bench -name '*.[chd]*' -newer "$program" -not -path '*/node_modules/*' -print -quit)" ]; then
        return 0
    fi
    clang -std=c11 -O2 -ffp-contract=off -fno-math-errno -D_POSIX_C_SOURCE=200809L -Icore -Itests/bench "${sources[@]}" -o "$program"
}

verb_bench() {
    need_apt build
    need_apt wasm
    case " $* " in
        *" --only postgres "*) need_apt test && need_npm all ;;
        *" --only "*) need_npm run ;;
        *) need_apt test && need_npm all ;;
    esac
    need_cjson
    build_preset native
    # Some parts have no peer of npm, and those of the native host need no module.
    case " $* " in
        *" --only promises "* | *" --only sync100k "* | *" --only recorded "*) mkdir -p build/bench ;;
        *" --only pull "* | *" --only ceiling "* | *" --only random "* | *" --only large "*)
            need_bench_npm
            bench_programs
            ;;
        *)
            need_bench_npm
            build_preset emscripten
            build_preset wasi
            bench_programs
            ;;
    esac
    "$(node24)" tests/bench/bench.mjs "$@"
}
