#!/usr/bin/env bash
# Usage: test_ade20k.sh CHECKPOINT [GPUS] [options]. Evaluates: PQ, SQ, RQ, mIoU. CONFIG as in training.
set -euo pipefail
usage="usage: $0 CHECKPOINT [GPUS] [options]"
if [ $# -lt 1 ] || [[ $1 == -* ]]; then
    echo "$usage" >&2
    exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
config=${CONFIG:-$here/configs/reg_sam/regnet_ade20k.py}
checkpoint=$1 gpus=1
shift
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
    if ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
        echo "error: GPUS is the number of processes, 1 or more, not '$1'; $usage" >&2
        exit 2
    fi
    gpus=$1
    shift
fi
exec bash "$here/tools/dist_test.sh" "$config" "$checkpoint" "$gpus" "$@"
