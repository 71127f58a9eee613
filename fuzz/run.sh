#!/usr/bin/env bash
# Coverage-guided fuzzing of every reader, with libFuzzer and the stable compiler.
#
#   fuzz/run.sh build              builds the targets and writes the files to begin with
#   fuzz/run.sh TARGET [SECONDS]   runs a target, for a minute unless told otherwise
#   fuzz/run.sh all [SECONDS]      runs each target for so long, one after the other
#   fuzz/run.sh figures            sums up all runs
#
# A file that breaks a reader is left in fuzz/artifacts/TARGET. `fuzz/run.sh TARGET FILE` reads it again.
set -euo pipefail
export RAYON_NUM_THREADS=1
cd "$(dirname "$0")/.."
. tools/target-dir.sh

targets() { (cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//'); }

# One run: libFuzzer's own words go to a log, the figures of its end to a table.
fuzz() {
  local target="$1" seconds="$2" log="fuzz/log/$1.txt"
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target" fuzz/log
  TIMEFORMAT='%U %S'
  # By the clock, 10 seconds allow for a machine with other work.
  { time nice -n 19 "$CARGO_TARGET_DIR/release/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len="${MOST_BYTES:-65536}" -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$target/" >"$log" 2>&1 || true; } 2>"$log.time"
  awk -v target="$target" -v OFS='\t' '
    FNR == NR { processor = $1 + $2; next }
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
    /stat::number_of_executed_units:/ { executions = $2 }
    /Test unit written to/ { finding = $NF }
    END { print target, processor, executions + 0, edges + 0, finding }' "$log.time" "$log" | tee -a fuzz/log/runs.tsv
}

case "${1:-}" in
  build)
    (cd fuzz && RUSTC_WRAPPER="$PWD/instrument.sh" cargo build --release --locked)
    "$CARGO_TARGET_DIR/release/seeds" fuzz/seeds
    ;;
  all) for target in $(targets); do fuzz "$target" "${2:-60}"; done ;;
  figures)
    awk -F'\t' '{ time[$1] += $2; runs[$1] += $3; if ($4 > edges[$1]) edges[$1] = $4; if ($5 != "") found[$1]++ }
      END { for (t in time) printf "%s\t%.0f s\t%d executions\t%d edges\t%d findings\n", t, time[t], runs[t], edges[t], found[t] }' \
      fuzz/log/runs.tsv | sort
    ;;
  "") sed -n '2,9s/^# \{0,1\}//p' "$0" ;;
  *)
    if [ -f "${2:-}" ]; then exec "$CARGO_TARGET_DIR/release/$1" "$2"; fi
    fuzz "$1" "${2:-60}"
    ;;
esac
