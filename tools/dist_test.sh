#!/usr/bin/env bash
# Usage: dist_test.sh CONFIG CHECKPOINT GPUS [options]. Evaluates a checkpoint.
set -euo pipefail
if [ $# -lt 3 ] || ! [[ $3 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS [options]   (GPUS: number of processes)" >&2
    exit 2
fi
config=$1 checkpoint=$2 gpus=$3
shift 3
if [ ! -f "$config" ]; then
    echo "error: config $config does not exist" >&2
    exit 1
fi
exec bash "$(dirname "${BASH_SOURCE[0]}")/launch.sh" "$gpus" test.py "$config" "$checkpoint" "$@"
