#!/usr/bin/env bash
# Builds the page of the checked-out commit once more, from nothing and in another folder, and compares
# every file of it with dist/, which ./serve.sh --build-only has made of the same commit. The tools that
# build it are taken over. Takes as long as a first build; fails if a byte differs.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/target-dir.sh
[ -e dist/sw.js ] || { echo "reproducible.sh: dist/ is missing; run ./serve.sh --build-only first" >&2; exit 1; }
[ -z "$(git status --porcelain)" ] || { echo "reproducible.sh: the checkout has changes; commit them first" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
other="$scratch/elsewhere/islet"
git clone --quiet . "$other"
mkdir -p "$other/target/tools"
cp -r "$CARGO_TARGET_DIR/tools/bin" "$other/target/tools/bin"
(cd "$other" && env -u CI CARGO_TARGET_DIR="$other/target" ./serve.sh --build-only)

hashes() { (cd "$1/dist" && find . -type f ! -path './.stage/*' -exec sha256sum {} + | sort -k 2); }
diff <(hashes .) <(hashes "$other")
echo "$(hashes . | wc -l) files are the same, byte for byte, in $PWD and in $other"
