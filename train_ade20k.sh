#!/usr/bin/env bash
# Usage: train_ade20k.sh [GPUS] [options]. Checks the data, makes the classifier if it is missing,
# trains; options go on to tools/train.py. CONFIG names another config.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$("$here/tools/python.sh")
config=${CONFIG:-$here/configs/reg_sam/regnet_ade20k.py}
gpus=1
if [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
    gpus=$1
    shift
fi
"$python" "$here/tools/check_ade_files.py"
"$python" "$here/tools/gen_cls.py" "$config" --verify >/dev/null 2>&1 \
    || "$python" "$here/tools/gen_cls.py" "$config"
exec bash "$here/tools/dist_train.sh" "$config" "$gpus" "$@"
