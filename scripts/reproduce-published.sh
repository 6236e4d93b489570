#!/bin/sh
# Import the released DELG models, evaluate them on revisited Oxford and Paris, and print what comes out beside what was
# published. Takes days on a CPU, and some hundred gigabytes.
# Usage: reproduce-published.sh WEIGHTS DATA WORK
#   WEIGHTS  folder of the unpacked models; those that are missing are downloaded there
#   DATA     folder with roxford5k/ and rparis6k/, as `glocal data prepare` leaves them
#   WORK     folder for models, features and results; run again, the script goes on where it was stopped
# The authors publish no checksums of these archives. The script keeps those of what it downloads in WEIGHTS/sha256.txt, so
# that a second run notices a change.
set -eu
weights=$1 data=$2 work=$3
mkdir -p "$weights" "$work/models" "$work/results"
for name in r50delg_gldv2clean_20200914 r101delg_gldv2clean_20200914 r50delg_gld_20200814 r101delg_gld_20200814; do
  if [ ! -d "$weights/$name" ]; then
    curl --fail --location --output "$weights/$name.tar.gz" "https://storage.googleapis.com/delf/$name.tar.gz"
    (cd "$weights" && sha256sum "$name.tar.gz" >>sha256.txt)
    tar -xzf "$weights/$name.tar.gz" -C "$weights"
  fi
  card="$work/models/$name.json"
  [ -f "$card" ] || glocal import "$weights/$name" --kind "$name" --name "$name" --float-local --out "$work/models"
  for set in roxford5k rparis6k; do
    for rerank in 0 100; do
      result="$work/results/$name-$set-$rerank"
      [ -f "$result.json" ] || glocal evaluate "$set" --data "$data/$set" --model "$card" --rerank "$rerank" \
        --work "$work/features" --save "$result.json" --save "$result.md"
    done
  done
done
if [ -f "$weights/sha256.txt" ]; then
  (cd "$weights" && sha256sum --check --ignore-missing sha256.txt)
fi
for result in "$work"/results/*.md; do
  printf '\n# %s\n\n' "$(basename "$result" .md)"
  cat "$result"
done
