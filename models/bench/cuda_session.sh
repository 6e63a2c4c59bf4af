#!/usr/bin/env bash
# A quarter of an hour on a CUDA machine that has PyTorch, NumPy, SciPy and Pillow, and need not have a network: trains a
# preset as long as there is time, rate decayed to the end, and leaves averaged weights and the log, small enough to
# bring back. docs/training.md says how to send the pictures.
#
#   DATA=runs/packed OUT=brought-back MINUTES=9 START='--backbone runs/backbone.pt' bash models/bench/cuda_session.sh
#
# DATA     data sets in the neutral layout, as `python -m unicell.pack` writes them
# OUT      folder for weights.pt, val.txt and train.log
# PRESET   base when left out; BATCH crops per data set and step, 16 when left out
# MINUTES  of training, the first of which measures the speed; 9 when left out
# START    where the weights begin: --backbone FILE, or --init FILE; nothing when left out
# DEVICE   cuda when left out; cpu tries the script
set -euo pipefail
: "${DATA:?is the folder of data sets}" "${OUT:?is the folder for the results}"
preset=${PRESET:-base} batch=${BATCH:-16} minutes=${MINUTES:-9} device=${DEVICE:-cuda}
python=${PYTHON:-python3}
read -ra start <<<"${START:-}"
PYTHONPATH=$(cd "$(dirname "$0")/.." && pwd)
export PYTHONPATH
mkdir -p "$OUT"
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT

steps_of() {
  "$python" -c 'import sys, torch; print(torch.load(sys.argv[1], weights_only=True)["step"])' "$run/checkpoint.pt"
}
train() {
  "$python" -m unicell.train --preset "$preset" --data "$DATA" --out "$run" --device "$device" "${start[@]}" \
    --set batch="$batch" --log-every 20 "$@" | tee -a "$OUT/train.log"
}

first=$("$python" -c "print(min(1, $minutes / 4))")
train --stop-after "$first"
measured=$(steps_of)
# Nine tenths of what the first minute promises: the decay must reach its end.
steps=$("$python" -c "print(max($measured + 2, int($measured * $minutes / $first * 0.9)))")
echo "$measured steps in $first minutes: $steps in $minutes" | tee -a "$OUT/train.log"
# The first stage alone for three quarters, as in the presets.
train --set steps="$steps" --set dense_steps=$((steps * 3 / 4)) --set decay_steps=$((steps / 2)) \
  --stop-after "$("$python" -c "print($minutes - $first)")"
"$python" -m unicell.average "$run/checkpoint.pt" --out "$OUT"
"$python" -m unicell.split_score "$OUT/weights.pt" --data "$DATA" --split val --images 20 | tee "$OUT/val.txt"
