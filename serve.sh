#!/usr/bin/env bash
# Builds the page and serves it on http://127.0.0.1:8080; `--build-only` stops after dist/. Needs
# rustup, Node and a C compiler. Installs its other tools where they are missing: the wasm target,
# trunk and wasm-bindgen-cli (pinned versions), and the file server.
set -euo pipefail
cd "$(dirname "$0")"
. tools/target-dir.sh
. tools/install.sh

need() { command -v "$1" >/dev/null || { echo "serve.sh: $1 is missing; $2" >&2; exit 1; }; }
need rustup "install it from your system's packages or from the Rust project's site (https://rustup.rs)"
need node "install Node.js 20 or newer"
need npm "install npm, which comes with Node.js"
need cc "install a C compiler, such as Debian's build-essential"

rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
# Without --locked: the lock file of wasm-bindgen-cli may name a crate version that the registry no
# longer offers.
install_tool wasm-bindgen-cli wasm-bindgen 0.2.130 1
# Without its default features, which are a check for updates and TLS for proxying.
install_tool trunk trunk 0.21.14 0 --locked --no-default-features
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund

# The longest link first, which takes one thread, while another core has other work. Then one call for
# the page and its CPU worker, so that both are linked at a time. Trunk finds all of them built.
program() { cargo build --locked --profile web --target wasm32-unknown-unknown --no-default-features "$@"; }
program --features webgpu --bin worker_gpu
program --features web --bin app --bin worker
env -u NO_COLOR trunk build --locked # trunk takes NO_COLOR=1 for a wrong option
node tools/csp.mjs
node tools/offline.mjs
node tools/compress.mjs
[ "${1:-}" = --build-only ] && exit
echo "Islet is at http://127.0.0.1:8080 (Ctrl-C stops it)"
exec npx sirv dist --host 127.0.0.1 --port 8080 --quiet
