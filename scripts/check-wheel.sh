#!/bin/sh
# Build the package, install the wheel alone in a clean environment, and search with it.
# Usage: check-wheel.sh PYTHON   (a Python that has the `build` package)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -m build --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
wheel=$(echo "$work"/dist/*.whl)
size=$(wc -c <"$wheel")
echo "$(basename "$wheel"): $size bytes"
[ "$size" -le 26214400 ] || { echo "the wheel is larger than 25 MiB"; exit 1; }
"$1" -m venv "$work/clean"
"$work/clean/bin/pip" install --quiet --disable-pip-version-check "$wheel"
source=$PWD
photos=$source/examples/photos
cd "$work"
"$work/clean/bin/python" -c 'import importlib.util as u; assert not u.find_spec("torch"), "PyTorch came with the wheel"'
"$work/clean/bin/python" -c 'from glocal.training.bundled_recipes import bundled_recipes as b; print(*b(), sep="\n")' >"$work/held"
(cd "$source/recipes" && ls ./*.toml) | sed 's,^./,,; s,.toml$,,' | diff - "$work/held" || { echo "the wheel lacks recipes"; exit 1; }
"$work/clean/bin/glocal" index "$photos/stitch_kayak" "$photos/triple_turkey" --collection "$work/collection"
"$work/clean/bin/glocal" search "$photos/stitch_kayak/kayak_02.jpg" --collection "$work/collection" --top 3
"$work/clean/bin/glocal" info --collection "$work/collection"
