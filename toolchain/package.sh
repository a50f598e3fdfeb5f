# The verb package. Sourced by build.sh, after lib.sh.

# The program, stripped, with a page for `man` made from its own help, in a tar archive.
package_native() {
    local version="$1" stage="build/package/perly-$1-linux-$(uname -m)"
    mkdir -p "$stage"
    install -m 0755 -s build/native/host-native/perly "$stage/perly"
    toolchain/manual.sh "$stage/perly" "$version" >"$stage/perly.1"
    cp README.md LICENSE CHANGELOG.md core/config/perly-config.schema.json "$stage/"
    tar -C build/package --owner=0 --group=0 --sort=name -czf "$stage.tar.gz" "$(basename "$stage")"
    rm -rf "$stage"
    echo "made $stage.tar.gz"
}

# What npm publishes, as npm would pack it: one folder `package`.
package_npm() {
    local version="$1" node="$2" archive="build/package/perly-salesforce-$1.tgz"
    "$node" host-node/package.mjs build/package/package
    tar -C build/package --owner=0 --group=0 --sort=name -czf "$archive" package
    rm -rf build/package/package
    "$node" toolchain/package_check.mjs "$archive"
    echo "made $archive"
}

verb_package() {
    need_npm all
    verb_native
    verb_wasm
    local node version
    node="$(node24)"
    version="$("$node" -p 'JSON.parse(fs.readFileSync("host-node/package.json", "utf8")).version')"
    rm -rf build/package
    package_native "$version"
    package_npm "$version" "$node"
}
