#!/usr/bin/env bash
# Every check: formatting, lints, unit and integration tests, the page's build, and the page in a real browser. CI runs just this.
# Installs Chromium where it can (Debian, as root) or says what to install.
set -euo pipefail
cd "$(dirname "$0")"
. tools/target-dir.sh

step() { printf '\n== %s\n' "$1"; }

step "formatting"
cargo fmt --check
step "lints"
cargo clippy --release --locked --all-targets -- -D warnings
step "tests"
cargo test --release --locked
step "the page"
./serve.sh --build-only
step "lints of the page"
cargo clippy --locked --profile web --target wasm32-unknown-unknown --no-default-features --features webgpu \
  --bin app --bin worker --bin worker_gpu -- -D warnings

step "the page in Chromium"
if ! command -v "${CHROMIUM:-chromium}" >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  else
    echo "test.sh: Chromium is missing; install it (Debian: apt install chromium) or set CHROMIUM to its path" >&2
    exit 1
  fi
fi
export CHROMIUM="$(command -v "${CHROMIUM:-chromium}")"
node --test --test-concurrency=1 tests/e2e/*.test.mjs
