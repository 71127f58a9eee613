#!/usr/bin/env bash
# Cross-validation on Slurm, a fold a task:
#
#     sbatch tools/slurm/folds.sh DATA OUT [options of islet train]
#
# Task K runs `islet train --fold K/4 --out OUT/fold_K`. Started again, it continues from its last
# checkpoint: after a failed node, at the end of its time, after a kill. Options of sbatch (--time,
# --gres, --partition, ...) stand before the script. ISLET_BIN is the folder with the islet binary;
# without it, target/release in the folder that sbatch was called in. FOLDS=5 sbatch --array=1-5 ... makes five folds; --array=3 repeats one.
#SBATCH --job-name=islet-folds
#SBATCH --array=1-4
#SBATCH --requeue
#SBATCH --open-mode=append
# Two minutes before the time is up: the checkpoint takes a second, the step before it may take some more.
#SBATCH --signal=B:TERM@120
set -uo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch [options of sbatch] tools/slurm/folds.sh DATA OUT [options of islet train]" >&2
  exit 2
fi
data=$1 out=$2
shift 2
bin=${ISLET_BIN:-${SLURM_SUBMIT_DIR:-$PWD}/target/release}
fold=${SLURM_ARRAY_TASK_ID:?this is an array job: start it with sbatch}
task=${SLURM_ARRAY_JOB_ID}_$fold
# A training that is killed again and again has a reason, such as too little memory.
most_restarts=20

"$bin/islet" train --data "$data" --fold "$fold/${FOLDS:-4}" --out "$out/fold_$fold" "$@" --resume &
child=$!
asked=
trap 'asked=yes; kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
code=$?
# A trap ends the first wait early.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done

# 143: train has written its checkpoint. Above 128 without being asked: something killed it; its last checkpoint is a minute old at most.
if [ "$code" -gt 128 ] || [ -n "$asked" ] && [ "$code" -ne 0 ]; then
  if [ "${SLURM_RESTART_COUNT:-0}" -ge "$most_restarts" ]; then
    echo "folds.sh: fold $fold was ended $most_restarts times (last with $code); not started again" >&2
    exit "$code"
  fi
  echo "folds.sh: fold $fold was ended ($code) and goes on in this job's next start" >&2
  scontrol requeue "$task" && sleep 60
fi
exit "$code"
