#!/bin/sh
# The default tests with the lowest versions that pyproject.toml allows of everything named there.
# Usage: check-lowest.sh PYTHON [FOLDER]; the environment is made anew in FOLDER (.venv-lowest).
set -eu
cd "$(dirname "$0")/.."
python=$1
venv=${2:-.venv-lowest}
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check uv
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --resolution lowest-direct -e '.[dev]'
"$venv/bin/python" -m pytest -q -p no:cacheprovider
