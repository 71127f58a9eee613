#!/usr/bin/env bash
# The folds of tools/slurm/folds.sh as one table, when they have ended:
#
#     folds=$(sbatch --parsable tools/slurm/folds.sh DATA OUT)
#     sbatch --dependency=afterany:$folds tools/slurm/collect.sh OUT
#
# The table goes to the job's output, the report to OUT/summary.json. A fold that is not finished is named, and the job then ends with 5.
#SBATCH --job-name=islet-collect
set -euo pipefail

out=${1:?usage: sbatch tools/slurm/collect.sh OUT}
bin=${ISLET_BIN:-${SLURM_SUBMIT_DIR:-$PWD}/target/release}
runs=()
for fold in $(seq "${FOLDS:-4}"); do
  runs+=("$out/fold_$fold")
done
"$bin/collect" "${runs[@]}" --report "$out/summary.json"
