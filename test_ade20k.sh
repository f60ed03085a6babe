#!/usr/bin/env bash
# Usage: test_ade20k.sh CHECKPOINT [GPUS] [options]. Evaluates: PQ, SQ, RQ, mIoU. CONFIG as in training.
set -euo pipefail
if [ $# -lt 1 ]; then
    echo "usage: $0 CHECKPOINT [GPUS] [options]" >&2
    exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
config=${CONFIG:-$here/configs/reg_sam/regnet_ade20k.py}
checkpoint=$1 gpus=1
shift
if [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
    gpus=$1
    shift
fi
exec bash "$here/tools/dist_test.sh" "$config" "$checkpoint" "$gpus" "$@"
