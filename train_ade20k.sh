#!/usr/bin/env bash
# Usage: train_ade20k.sh [GPUS] [options]. Checks the data, makes the classifier if it is missing,
# trains; options go on to tools/train.py, --cfg-options to all three. CONFIG names another config.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
gpus=1
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
    if ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
        echo "error: GPUS is the number of processes, 1 or more, not '$1'; usage: $0 [GPUS] [options]" >&2
        exit 2
    fi
    gpus=$1
    shift
fi
config=${CONFIG:-$here/configs/reg_sam/regnet_ade20k.py}
python=$("$here/tools/python.sh")

changes=() changing=false  # --cfg-options and its values
for word in "$@"; do
    case $word in
        --cfg-options) changing=true ;;
        --cfg-options=*) changes+=(--cfg-options "${word#*=}") changing=false ;;
        -*) changing=false ;;
    esac
    if $changing; then changes+=("$word"); fi
done

"$python" "$here/tools/check_ade_files.py" --config "$config" "${changes[@]}"
"$python" "$here/tools/gen_cls.py" "$config" --verify "${changes[@]}" >/dev/null 2>&1 \
    || "$python" "$here/tools/gen_cls.py" "$config" "${changes[@]}"
exec bash "$here/tools/dist_train.sh" "$config" "$gpus" "$@"
