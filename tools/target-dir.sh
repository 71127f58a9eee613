# Where cargo builds: beside the sources, or in CI outside the checkout, so that a warm machine stays warm. Sourced.
if [ "${CI:-}" = true ]; then
  : "${CARGO_TARGET_DIR:=${XDG_CACHE_HOME:-$HOME/.cache}/islet/target}"
else
  : "${CARGO_TARGET_DIR:=$PWD/target}"
fi
export CARGO_TARGET_DIR
export PATH="$CARGO_TARGET_DIR/tools/bin:$HOME/.cargo/bin:$PATH"
