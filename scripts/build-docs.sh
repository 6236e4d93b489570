#!/bin/sh
# Gather the Markdown files and pictures under the paths they have in the repository, so that links hold in both, and build the site.
# Usage: build-docs.sh PYTHON   (a Python that has glocal[docs])
set -eu
rm -rf build/docs-source build/site
mkdir -p build/docs-source
git ls-files -- '*.md' '*.svg' 'docs/images/*' 'examples/photos/*.md' \
  | while IFS= read -r file; do mkdir -p "build/docs-source/$(dirname "$file")"; cp "$file" "build/docs-source/$file"; done
PYTHONPATH=src "$1" -m mkdocs build --strict --quiet
echo "build/site/index.html"
