# Installs pinned tools that come from crates.io, beside what cargo builds. Sourced.
#
# These tools run for seconds, so they are built without the optimisation that their release
# profiles ask for: fat LTO alone would double the time of a cold build.
install_tool() { # crate, binary, version, optimisation level, cargo options
  [ "$("$2" --version 2>/dev/null | cut -d' ' -f2)" = "$3" ] && return
  env CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL="$4" cargo install "$1" --bin "$2" --version "$3" \
    --root "$CARGO_TARGET_DIR/tools" --target-dir "$CARGO_TARGET_DIR/tools/build" "${@:5}"
}
