#!/usr/bin/env bash
# Makes the text classifier of ADE20K; options go on to tools/gen_cls.py.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$("$here/tools/python.sh")" "$here/tools/gen_cls.py" "$here/configs/reg_sam/gen_ade20k_classifier.py" "$@"
