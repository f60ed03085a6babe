#!/usr/bin/env bash
# Usage: train.sh FOLDER [GPUS] [options]. Trains on data of your own that tools/prepare_data.py made; options go on to
# tools/train.py. CONFIG names another config than configs/own/regnet.py.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -eq 0 ] || [[ $1 == -* ]]; then
    echo "usage: $0 FOLDER [GPUS] [options]   (FOLDER: what tools/prepare_data.py made)" >&2
    exit 2
fi
folder=$1 gpus=1
shift
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
    if ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
        echo "error: GPUS is the number of processes, 1 or more, not '$1'; usage: $0 FOLDER [GPUS] [options]" >&2
        exit 2
    fi
    gpus=$1
    shift
fi
exec bash "$here/tools/dist_train.sh" "${CONFIG:-$here/configs/own/regnet.py}" "$gpus" --data "$folder" "$@"
