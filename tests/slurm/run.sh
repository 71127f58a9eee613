#!/usr/bin/env bash
# tools/slurm on a real Slurm: one node, this machine, set up in a folder of its own. Four folds of small phantoms, one of which is killed with kill -9 and one
# asked to stop with SIGTERM; both go on and end with the weights of a run that nobody disturbed; then they are collected into one table.
#
# Needs root, Slurm and munge (Debian: apt install slurmctld slurmd slurm-client munge), and the release binary; says so and skips without. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

for tool in slurmctld slurmd sbatch munged; do
  if ! command -v $tool >/dev/null; then
    echo "skipped: tests/slurm needs $tool"
    exit 0
  fi
done
if [ "$(id -u)" != 0 ]; then
  echo "skipped: tests/slurm needs root to start its own Slurm"
  exit 0
fi
export ISLET_BIN="${ISLET_BIN:-${CARGO_TARGET_DIR:-target}/release}"
ISLET_BIN=$(realpath "$ISLET_BIN")

dir=$(mktemp -d /tmp/islet-slurm.XXXXXX)
pids=()
finish() {
  code=$?
  [ $code = 0 ] || tail -n 30 "$dir"/*.log "$dir"/*.out 2>/dev/null
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
  exit $code
}
trap finish EXIT
fail() { echo "failed: $*" >&2; exit 1; }

# Slurm, with nothing of the system's.
dd if=/dev/urandom of="$dir/munge.key" bs=128 count=1 status=none
chmod 400 "$dir/munge.key"
chmod 755 "$dir"
mkdir -p "$dir/munge" "$dir/state" "$dir/spool"
munged --force --foreground --key-file="$dir/munge.key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
  --seed-file="$dir/munge/seed" --log-file="$dir/munge.log" &
pids+=($!)
port=$((20000 + $$ % 20000))
cat >"$dir/slurm.conf" <<CONF
ClusterName=islet
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=5,sched_interval=5
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
CONF
export SLURM_CONF=$dir/slurm.conf
until [ -S "$dir/munge/socket" ]; do sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" >"$dir/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" >"$dir/slurmd.out" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.3
done
sinfo -h -o %T | grep -q idle || fail "the node does not come up: $(sinfo)"

"$ISLET_BIN/islet" phantom --output "$dir/data" --cases 4 --slices 12 --seed 40 >/dev/null
options=(--preset tiny --epochs 4 --validate-every 4 --device cpu --cache "$dir/cache" --checkpoint-every 1)
echo "the runs that nobody disturbs"
for fold in 2 3; do
  "$ISLET_BIN/islet" train --data "$dir/data" --fold $fold/4 --out "$dir/whole_$fold" "${options[@]}" >"$dir/whole_$fold.out"
done

folds=$(sbatch --parsable --output="$dir/fold-%a.out" tools/slurm/folds.sh "$dir/data" "$dir/runs" "${options[@]}")
table=$(sbatch --parsable --output="$dir/table.out" --dependency=afterany:"$folds" tools/slurm/aggregate.sh "$dir/runs")
echo "folds are job $folds, their table job $table"

# A checkpoint in the middle of the run, and then the blow.
begun() {
  for _ in $(seq 1200); do
    [ -e "$dir/runs/fold_$1/checkpoints/resume.safetensors" ] && return
    sleep 0.1
  done
  fail "fold $1 never began"
}
begun 2
pid=$(pgrep -f -- "train --data $dir/data --fold 2/4 --out $dir/runs/") || fail "fold 2 is not running"
kill -9 "$pid"
echo "fold 2: killed with kill -9"
begun 3
scancel --signal=TERM --batch "${folds}_3" && echo "fold 3: asked to stop with SIGTERM"

for _ in $(seq 600); do
  [ -z "$(squeue -h)" ] && break
  sleep 1
done
[ -z "$(squeue -h)" ] || fail "jobs do not end: $(squeue)"

for fold in 1 2 3 4; do
  [ -e "$dir/runs/fold_$fold/model.safetensors" ] || fail "fold $fold is not finished"
done
grep -q "ended (137) and goes on" "$dir/fold-2.out" || fail "fold 2 was not killed in the middle"
grep -q "ended (143) and goes on" "$dir/fold-3.out" || fail "fold 3 was not stopped in the middle"
for fold in 2 3; do
  grep -q "resuming in epoch" "$dir/fold-$fold.out" || fail "fold $fold began afresh"
  # The header's order is not fixed; the numbers after it are.
  numbers() { tail -c +$((9 + $(od -An -t u8 -N 8 "$1"))) "$1"; }
  cmp <(numbers "$dir/runs/fold_$fold/model.safetensors") <(numbers "$dir/whole_$fold/model.safetensors") ||
    fail "fold $fold ended with other weights than undisturbed"
done
for fold in 1 2 3 4; do
  grep -q "fold_$fold | 1 |" "$dir/table.out" || fail "fold $fold is not in the table: $(cat "$dir/table.out")"
done
grep -q "| all | 4 |" "$dir/table.out" || fail "$(cat "$dir/table.out")"
cat "$dir/table.out"

# A fold that is missing is named.
mv "$dir/runs/fold_4/summary.json" "$dir/runs/fold_4/gone.json"
alone=$(sbatch --parsable --wait --output="$dir/partly.out" tools/slurm/aggregate.sh "$dir/runs") && fail "job $alone should end with 5"
grep -q "fold_4 | missing" "$dir/partly.out" || fail "$(cat "$dir/partly.out")"
echo "passed"
