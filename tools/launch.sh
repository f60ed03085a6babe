#!/usr/bin/env bash
# Usage: launch.sh GPUS SCRIPT [options]. Starts GPUS processes of a Python script with torchrun.
# NNODES, NODE_RANK, MASTER_ADDR and PORT start several machines.
set -euo pipefail
gpus=$1 script=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${NNODES:-1}" = 1 ]; then
    rendezvous=(--standalone)  # finds a free port by itself
    [ -z "${PORT:-}" ] || rendezvous=(--master_addr 127.0.0.1 --master_port "$PORT")
else
    rendezvous=(--nnodes "$NNODES" --node_rank "${NODE_RANK:-0}"
        --master_addr "${MASTER_ADDR:?is needed with NNODES}" --master_port "${PORT:-29500}")
fi
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(( ($(nproc) + gpus - 1) / gpus ))}
export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}
exec "$("$here/python.sh")" "$here/torchrun.py" "${rendezvous[@]}" --nproc_per_node "$gpus" \
    "$here/$script" "$@" --launcher pytorch
