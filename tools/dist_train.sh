#!/usr/bin/env bash
# Usage: dist_train.sh CONFIG GPUS [options]. Generates with a gen_*.py config, trains with any other.
# NNODES, NODE_RANK, MASTER_ADDR and PORT start several machines.
set -euo pipefail
if [ $# -lt 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 CONFIG GPUS [options]   (GPUS: number of processes on this machine)" >&2
    exit 2
fi
config=$1 gpus=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case $(basename "$config") in
    gen_*) script=$here/gen_cls.py ;;
    *) script=$here/train.py ;;
esac
if [ "${NNODES:-1}" = 1 ]; then
    rendezvous=(--standalone)  # finds a free port by itself
    [ -z "${PORT:-}" ] || rendezvous=(--master_addr 127.0.0.1 --master_port "$PORT")
else
    rendezvous=(--nnodes "$NNODES" --node_rank "${NODE_RANK:-0}"
        --master_addr "${MASTER_ADDR:?is needed with NNODES}" --master_port "${PORT:-29500}")
fi
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(( ($(nproc) + gpus - 1) / gpus ))}
exec "$("$here/python.sh")" -m torch.distributed.run "${rendezvous[@]}" --nproc_per_node "$gpus" \
    "$script" "$config" --launcher pytorch "$@"
