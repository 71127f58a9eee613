#!/usr/bin/env bash
# Builds the page and serves it on http://127.0.0.1:8080. Installs what is missing of its own tools: the wasm target, trunk and
# wasm-bindgen-cli (pinned), and the file server. Needs rustup, Node and a C compiler. `--build-only` stops after dist/.
set -euo pipefail
cd "$(dirname "$0")"
. tools/target-dir.sh

need() { command -v "$1" >/dev/null || { echo "serve.sh: $1 is missing; $2" >&2; exit 1; }; }
need rustup "install it from your system's packages or from the Rust project's site (https://rustup.rs)"
need node "install Node.js 20 or newer"
need npm "install npm, which comes with Node.js"
need cc "install a C compiler, such as Debian's build-essential"

rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
install() { # crate, binary, version, cargo options
  [ "$("$2" --version 2>/dev/null | cut -d' ' -f2)" = "$3" ] && return
  cargo install "$1" --version "$3" --root "$CARGO_TARGET_DIR/tools" --target-dir "$CARGO_TARGET_DIR/tools/build" "${@:4}"
}
# wasm-bindgen-cli without --locked: its lock file may name a crate version that the registry no longer offers.
install wasm-bindgen-cli wasm-bindgen 0.2.130
install trunk trunk 0.21.14 --locked
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund

env -u NO_COLOR trunk build # trunk takes NO_COLOR=1 for a wrong option
node tools/offline.mjs
node tools/compress.mjs
[ "${1:-}" = --build-only ] && exit
echo "Islet is at http://127.0.0.1:8080 (Ctrl-C stops it)"
exec npx sirv dist --host 127.0.0.1 --port 8080 --quiet
