#!/usr/bin/env bash
# Every check: formatting, licences, lints, documentation, tests, the page's build, and the page in a
# real browser. CI runs just this. Installs Chromium, and Orthanc for one test, where it can (Debian, as
# root) or says what to install. Tests that need ../shared are counted as ignored where it is absent.
set -euo pipefail
cd "$(dirname "$0")"
. tools/target-dir.sh
. tools/install.sh

started=$SECONDS
step() { printf '\n== %s (after %d min %02d s)\n' "$1" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

step "formatting"
cargo fmt --check

step "licences and sources of what is depended on"
install_tool cargo-deny cargo-deny 0.20.2 0 --locked --no-default-features
cargo deny --all-features check bans licenses sources
# The advisories are a database of their own, which not every machine reaches.
if timeout 60 cargo deny fetch db 2>/dev/null; then
  cargo deny --all-features check --disable-fetch advisories
else
  echo "skipped: advisories, their database cannot be fetched here"
fi

# The page's build links on one thread for minutes at a time, so it runs beside the native checks.
page_log="$(mktemp)"
# It has a process group of its own, so that a failure of theirs ends all of it.
set -m
./serve.sh --build-only >"$page_log" 2>&1 &
page_build=$!
set +m
trap 'kill -- -"$page_build" 2>/dev/null || true; rm -f "$page_log"' EXIT

step "lints"
cargo clippy --release --locked --all-targets -- -D warnings
step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps --lib
step "tests"
# One test leaves broken files here, which a browser test drops into the page.
export ISLET_MUTATED_WRITE="${ISLET_MUTATED_WRITE:-$CARGO_TARGET_DIR/mutated}"
with_shared=()
if [ -d ../shared/ct82 ] && [ -d ../shared/dicom ]; then with_shared=(-- --include-ignored); fi
cargo test --release --locked "${with_shared[@]}"

step "lints of the page"
# In a folder of their own: cargo keeps the page's for its build.
cargo clippy --locked --profile web --target wasm32-unknown-unknown --no-default-features \
  --features web,webgpu --bin app --bin worker --bin worker_gpu \
  --target-dir "$CARGO_TARGET_DIR/lints" -- -D warnings
step "the page"
wait "$page_build" || { cat "$page_log"; exit 1; }
tail -n 20 "$page_log"

step "the page in Chromium"
if ! command -v "${CHROMIUM:-chromium}" >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
  else
    echo "test.sh: Chromium is missing; install it (Debian: apt install chromium) or set CHROMIUM to its path" >&2
    exit 1
  fi
fi
# The server that one test asks for series; where it cannot be installed, that test is skipped.
if [ ! -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends orthanc orthanc-dicomweb \
    >/dev/null || echo "test.sh: Orthanc cannot be installed here"
fi
export CHROMIUM="$(command -v "${CHROMIUM:-chromium}")"
node --test --test-concurrency=1 tests/e2e/*.test.mjs
step "done"
