#!/usr/bin/env bash
# Usage: dist_train.sh CONFIG GPUS [options]. Generates with a gen_*.py config, trains with any other.
set -euo pipefail
if [ $# -lt 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 CONFIG GPUS [options]   (GPUS: number of processes on this machine)" >&2
    exit 2
fi
config=$1 gpus=$2
shift 2
if [ ! -f "$config" ]; then
    echo "error: config $config does not exist" >&2
    exit 1
fi
case $(basename "$config") in
    gen_*) script=gen_cls.py ;;
    *) script=train.py ;;
esac
exec bash "$(dirname "${BASH_SOURCE[0]}")/launch.sh" "$gpus" "$script" "$config" "$@"
