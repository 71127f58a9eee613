#!/usr/bin/env bash
# Fetches the open models of docs/MODELS.md and makes model files of them. Needs a network, curl and
# islet. Checksums of what was fetched and made are printed, and appended to open_models.sha256.
#
#   tools/open_models.sh FOLDER [path of islet]
set -euo pipefail
folder="${1:?usage: open_models.sh FOLDER [path of islet]}"
islet="${2:-islet}"
base=https://github.com/wasserth/TotalSegmentator/releases/download/v2.0.0-weights
total=Dataset297_TotalSegmentator_total_3mm_1559subj.zip
organs=Dataset291_TotalSegmentator_part1_organs_1559subj.zip

mkdir -p "$folder"
for zip in "$total" "$organs"; do
  [ -f "$folder/$zip" ] || curl -fL --retry 3 -o "$folder/$zip.partial" "$base/$zip"
  [ -f "$folder/$zip" ] || mv "$folder/$zip.partial" "$folder/$zip"
done
"$islet" import --nnunet "$folder/$total" --output "$folder/total_3mm.safetensors"
"$islet" import --nnunet "$folder/$total" --nnunet "$folder/$organs" --roi pancreas \
  --output "$folder/pancreas_cascade.safetensors"
(cd "$folder" && sha256sum "$total" "$organs" total_3mm.safetensors pancreas_cascade.safetensors) |
  tee -a "$folder/open_models.sha256"
