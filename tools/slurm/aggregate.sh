#!/usr/bin/env bash
# Puts the folds of tools/slurm/folds.sh into one table, once they have ended:
#
#     folds=$(sbatch --parsable tools/slurm/folds.sh DATA OUT)
#     sbatch --dependency=afterany:$folds tools/slurm/aggregate.sh OUT
#
# The table goes to the job's output and the report to OUT/summary.json. An unfinished fold is named,
# and the job then ends with exit code 5.
#SBATCH --job-name=islet-aggregate
set -euo pipefail

out=${1:?usage: sbatch tools/slurm/aggregate.sh OUT}
bin=${ISLET_BIN:-${SLURM_SUBMIT_DIR:-$PWD}/target/release}
runs=()
for fold in $(seq "${FOLDS:-4}"); do
  runs+=("$out/fold_$fold")
done
"$bin/islet" aggregate "${runs[@]}" --report "$out/summary.json"
