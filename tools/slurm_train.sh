#!/usr/bin/env bash
# Usage: slurm_train.sh PARTITION JOB_NAME CONFIG [options]. Trains under slurm.
# GPUS (8 by default), GPUS_PER_NODE (8), CPUS_PER_TASK (5) and SRUN_ARGS set its size.
set -euo pipefail
if [ $# -lt 3 ]; then
    echo "usage: $0 PARTITION JOB_NAME CONFIG [options]" >&2
    exit 2
fi
partition=$1 job=$2 config=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
gpus=${GPUS:-8}
exec srun -p "$partition" --job-name "$job" --ntasks "$gpus" \
    --gres "gpu:${GPUS_PER_NODE:-8}" --ntasks-per-node "${GPUS_PER_NODE:-8}" \
    --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    "$("$here/python.sh")" "$here/train.py" "$config" "$@" --launcher slurm
