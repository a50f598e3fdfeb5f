# Functions of build.sh. Sourced from the repository's root.

# Debian packages by group: command or file that proves the package is there, then the package.
packages_of() {
    case "$1" in
        build)
            echo "cmake:cmake ninja:ninja-build gcc:gcc /usr/include/stdlib.h:libc6-dev dpkg-source:dpkg-dev"
            echo "pkg-config:pkg-config /usr/include/sqlite3.h:libsqlite3-dev /usr/include/zlib.h:zlib1g-dev"
            echo "/usr/include/openssl/evp.h:libssl-dev /usr/include/*/curl/curl.h:libcurl4-openssl-dev"
            echo "/etc/ssl/certs/ca-certificates.crt:ca-certificates"
            ;;
        wasm)
            echo "clang:clang wasm-ld:lld emcc:emscripten /usr/include/wasm32-wasi/stdlib.h:wasi-libc"
            echo "/usr/lib/llvm-14/lib/clang/14*/lib/wasi/libclang_rt.builtins-wasm32.a:libclang-rt-14-dev-wasm32"
            echo "llvm-ar-14:llvm-14"
            ;;
        test)
            echo "clang-format:clang-format clang-tidy:clang-tidy g++:g++ /usr/include/re2/re2.h:libre2-dev"
            echo "pgbouncer:pgbouncer"
            echo "/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.asan-$(uname -m).a:libclang-rt-14-dev"
            packages_of postgres
            ;;
        postgres)
            echo "/usr/lib/postgresql/15/bin/postgres:postgresql-15"
            ;;
    esac
}

has_proof() {
    case "$1" in
        /*) compgen -G "$1" >/dev/null ;;
        *) PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null ;;
    esac
}

# need_apt GROUP: installs what is missing, as root or through sudo; otherwise says what to install.
need_apt() {
    local entry missing=()
    for entry in $(packages_of "$1"); do
        has_proof "${entry%%:*}" || missing+=("${entry##*:}")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    install_apt "${missing[@]}"
}

install_apt() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "build.sh: please install: apt-get install $*" >&2
            exit 4
        fi
        as_root=(sudo)
    fi
    echo "installing from Debian: $*"
    mkdir -p build
    if ! { "${as_root[@]}" apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@"; } >build/apt.log 2>&1; then
        tail -n 20 build/apt.log >&2
        echo "build.sh: apt-get install $* failed; the whole output is in build/apt.log" >&2
        exit 1
    fi
}

# need_npm run|all: the pinned Node alone, or with what the tests need. A stamp keeps the lock file's hash.
need_npm() {
    local stamp="node_modules/.perly-$1" want
    want="$(sha256sum package-lock.json)"
    [ "$1" = run ] && [ -e node_modules/.perly-all ] && stamp=node_modules/.perly-all
    [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
    has_proof npm || install_apt npm
    echo "installing from npm: the packages of package-lock.json ($1)"
    local omit=()
    [ "$1" = run ] && omit=(--omit=dev)
    mkdir -p build
    if ! npm ci --no-audit --no-fund "${omit[@]}" >build/npm.log 2>&1; then
        tail -n 20 build/npm.log >&2
        echo "build.sh: npm ci failed; the whole output is in build/npm.log" >&2
        exit 1
    fi
    echo "$want" >"$stamp"
}

# Salesforce's own CLI, in build/third-party. The package carries the lock of all it needs (npm-shrinkwrap.json),
# so its version pins everything; no script of theirs is run.
need_salesforce_cli() {
    local version=2.146.3 folder=build/third-party
    local package="$folder/node_modules/@salesforce/cli/package.json"
    grep -qs "\"version\": \"$version\"" "$package" && return 0
    has_proof npm || install_apt npm
    echo "installing from npm: @salesforce/cli $version (300 MB, some minutes)"
    mkdir -p "$folder"
    if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts \
        "@salesforce/cli@$version" >build/third-party.log 2>&1; then
        tail -n 20 build/third-party.log >&2
        echo "build.sh: npm install @salesforce/cli failed; the whole output is in build/third-party.log" >&2
        exit 1
    fi
}

# The Node that the tests and the local Salesforce run on: Debian's and most installed ones are too old.
node24() {
    local found
    for found in "$PWD"/node_modules/node-linux-{x64,arm64}/bin/node; do
        if [ -x "$found" ]; then
            echo "$found"
            return 0
        fi
    done
    echo "build.sh: no Node 24 for $(uname -m) in node_modules: remove node_modules and run ./build.sh deps" >&2
    exit 1
}

need_cjson() {
    toolchain/fetch-cjson.sh
}

# build_preset NAME: configure when needed, build, quiet unless it fails.
build_preset() {
    local log="build/$1.log"
    mkdir -p build
    [ -e "build/$1/build.ninja" ] || echo "building $1"
    if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"$log" 2>&1; then
        grep -E 'error|warning|FAILED' "$log" | head -n 40 >&2
        echo "build.sh: building $1 failed; the whole output is in $log" >&2
        exit 1
    fi
}

# run_tests FILTER: the C tests under the sanitizers, then Node's; the last line counts both.
run_tests() {
    local filter="$1" failed=0
    mkdir -p build/logs
    ctest --preset asan ${filter:+-R "$filter"} --no-tests=ignore >build/logs/ctest.log 2>&1 || failed=1
    [ $failed -eq 0 ] || cat build/logs/ctest.log
    local files
    files=$(find tests wasm host-node -path '*/node_modules' -prune -o -name '*.test.mjs' -print | sort)
    [ -n "$filter" ] && files=$(grep -- "$filter" <<<"$files" || true)
    if [ -n "$files" ]; then
        # shellcheck disable=SC2086
        "$(node24)" --test --test-concurrency=2 --test-reporter=spec $files 2>&1 | tee build/logs/node.log || failed=1
    else
        : >build/logs/node.log
    fi
    count_tests
    return $failed
}

count_tests() {
    local c_failed c_all node_passed node_failed
    c_all=$(sed -n 's/.*tests failed out of \([0-9]*\).*/\1/p' build/logs/ctest.log)
    c_failed=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' build/logs/ctest.log)
    node_passed=$(sed -n 's/^. pass \([0-9]*\)$/\1/p' build/logs/node.log)
    node_failed=$(sed -n 's/^. fail \([0-9]*\)$/\1/p' build/logs/node.log)
    echo "$((${c_all:-0} - ${c_failed:-0} + ${node_passed:-0})) passed, $((${c_failed:-0} + ${node_failed:-0})) failed"
}

# run_lint FILTER: clang-tidy over what the native build compiles, but for the peers of the benchmarks, which are others' code.
run_lint() {
    local files count
    files=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' build/native/compile_commands.json | sort -u |
        grep -v -e "$PWD/build/" -e /bench/peers/ | grep -e "${1:-}" || true)
    count=$(grep -c . <<<"$files" || true)
    [ "$count" -gt 0 ] || { echo "build.sh: no file's path has $1" >&2; return 1; }
    # One file a run: of several, clang 14 takes what it knows of va_list into the next. gcc's -Wjump-misses-init is none of clang's.
    if ! xargs -r -P "$(nproc)" -n 1 clang-tidy -p build/native --quiet --extra-arg=-Wno-unknown-warning-option \
        <<<"$files" >build/logs/lint.log 2>build/logs/lint.err; then
        grep -E -A3 '(error|warning):' build/logs/lint.log || cat build/logs/lint.err
        echo "build.sh: clang-tidy has findings" >&2
        return 1
    fi
    echo "$count files, no findings"
}
