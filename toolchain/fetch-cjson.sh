#!/usr/bin/env bash
# Puts cJSON's source, with Debian's security patches, into build/deps/cjson. Quiet and offline when it is there.
#
# The machine's own apt configuration is read, never changed: its `deb` entries are turned into `deb-src` in a
# private copy, with private lists and cache under build/deps/apt. apt verifies the archive's signature and the
# hashes; the upstream tarball must also have the hash in toolchain/pins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deps="$PWD/build/deps"
apt="$deps/apt"
log="$deps/cjson.log"

fail() {
    echo "fetch-cjson.sh: $1" >&2
    [ ! -s "$log" ] || { tail -n 15 "$log" >&2 && echo "the whole output is in $log" >&2; }
    exit "${2:-1}"
}

read -r pinned_version pinned_hash < <(awk '$1 == "cjson" { print $2, $3 }' toolchain/pins) ||
    fail "no line for cjson in toolchain/pins"
[ "$(cat "$deps/cjson/.pin" 2>/dev/null || true)" = "$pinned_version $pinned_hash" ] && exit 0

rm -f "$log"
[ -r /etc/os-release ] && . /etc/os-release
command -v apt-get >/dev/null || fail "cJSON's source comes from Debian, by apt-get, which is not here" 4
command -v dpkg-source >/dev/null || fail "please install: apt-get install dpkg-dev" 4

# One-line entries of the distribution itself; others may well have no source.
list_to_source() {
    awk -v codename="$1" '
        $1 == "deb" {
            entry = $0; sub(/^deb/, "deb-src", entry); sub(/\[[^]]*\]/, "")
            if ($3 ~ "^(" codename "|stable|oldstable)([-/](updates|security))?$" && / main( |$)/) print entry
        }' "$2"
}

# The same for deb822 stanzas.
stanza_to_source() {
    awk -v codename="$1" -v RS= -v FS='\n' '
        {
            types = suites = components = ""; enabled = 1
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^Types:/) { types = $i; $i = "Types: deb-src" }
                if ($i ~ /^Suites:/) suites = $i
                if ($i ~ /^Components:/) components = $i
                if ($i ~ /^Enabled: *(no|false|0)/) enabled = 0
            }
            if (enabled && types ~ /[ :]deb( |$)/ && components ~ /[ :]main( |$)/ &&
                suites ~ "[ :](" codename "|stable|oldstable)([-/](updates|security))?( |$)") {
                for (i = 1; i <= NF; i++) print $i
                print ""
            }
        }' "$2"
}

private_sources() {
    local Dir_Etc_sourcelist='' Dir_Etc_sourceparts='' file
    eval "$(apt-config shell Dir_Etc_sourcelist Dir::Etc::sourcelist/f Dir_Etc_sourceparts Dir::Etc::sourceparts/d)"
    rm -rf "$apt" && mkdir -p "$apt/sources.d" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/download"
    for file in "$Dir_Etc_sourcelist" "${Dir_Etc_sourceparts%/}"/*.list; do
        [ ! -f "$file" ] || list_to_source "$VERSION_CODENAME" "$file"
    done >"$apt/sources.d/private.list"
    for file in "${Dir_Etc_sourceparts%/}"/*.sources; do
        [ ! -f "$file" ] || stanza_to_source "$VERSION_CODENAME" "$file"
    done >"$apt/sources.d/private.sources"
    [ -s "$apt/sources.d/private.list" ] || [ -s "$apt/sources.d/private.sources" ] ||
        fail "found no entry for $VERSION_CODENAME main in this machine's apt sources" 4
}

private_apt() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources.d" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

download() {
    cd "$apt/download"
    private_apt update >>"$log" 2>&1 && private_apt source --download-only --only-source cjson >>"$log" 2>&1
}

unpack() {
    local dsc version
    dsc="$(ls "$apt"/download/cjson_*.dsc)"
    version="$(sed -n 's/^Version: //p' "$dsc")"
    dpkg --compare-versions "$version" ge "$pinned_version" ||
        fail "the archive has cjson $version, older than $pinned_version in toolchain/pins"
    sha256sum --check --status <<<"$pinned_hash  $(ls "$apt"/download/cjson_*.orig.tar.gz)" ||
        fail "the upstream tarball of cjson $version is not the one in toolchain/pins"
    rm -rf "$deps/cjson" "$deps/cjson.new"
    dpkg-source -x "$dsc" "$deps/cjson.new" >>"$log" 2>&1 || fail "dpkg-source could not unpack cjson $version"
    echo "$pinned_version $pinned_hash" >"$deps/cjson.new/.pin"
    mv "$deps/cjson.new" "$deps/cjson"
    rm -rf "$apt" "$log" "$deps"/cjson_*.orig.tar.gz
    echo "cJSON $version from Debian's source package"
}

mkdir -p "$deps"
private_sources
(download) || fail "apt could not fetch the source of cjson"
unpack
