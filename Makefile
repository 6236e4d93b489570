# Everything a fresh machine needs: `make demo` and `make test`. Python 3.11 or newer is all that must be there.
PYTHON ?= python3
SEARCH := .venv
TRAIN := .venv-train
COLLECTION := demo-output/collection

export OMP_NUM_THREADS ?= 1
export MALLOC_MMAP_MAX_ ?= 0
export MALLOC_TRIM_THRESHOLD_ ?= 17179869184
export MALLOC_TOP_PAD_ ?= 268435456
# Tests start many processes. With this set, as images of containers like to, each compiles every module from its source.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test test-all check check-lowest docs bench format clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(SEARCH)/.search  ## index the example photos, search them, write a page with the proof
	$(SEARCH)/bin/glocal index examples/photos --collection $(COLLECTION)
	$(SEARCH)/bin/glocal search examples/photos/stitch_apartment_building/apartment_building_01.jpg \
	  --collection $(COLLECTION) --top 6 --save demo-output/apartment.html
	$(SEARCH)/bin/glocal search examples/photos/stitch_kayak/kayak_02.jpg \
	  --collection $(COLLECTION) --top 8 --save demo-output/kayak.html
	@echo "Open demo-output/apartment.html and demo-output/kayak.html in a browser."

test: $(SEARCH)/.dev  ## the default tests: no PyTorch, about a minute
	$(SEARCH)/bin/python -m pytest -n auto --maxprocesses 8 --dist loadfile

test-all: $(TRAIN)/.train  ## every test: slow ones, those that need PyTorch, and those in a browser (Debian's chromium) or under strace
	$(TRAIN)/bin/python -m pytest -m "" --durations=15

check: $(SEARCH)/.dev $(TRAIN)/.train  ## style, types, layers, and the built wheel in a clean environment
	$(TRAIN)/bin/ruff check .
	$(TRAIN)/bin/ruff format --check .
	$(TRAIN)/bin/mypy
	$(TRAIN)/bin/lint-imports
	sh scripts/check-wheel.sh $(SEARCH)/bin/python

check-lowest:  ## the default tests with the lowest versions of the dependencies that pyproject.toml allows
	sh scripts/check-lowest.sh $(PYTHON)

docs: $(TRAIN)/.train  ## the documentation as a site in build/site, built strictly
	sh scripts/build-docs.sh $(TRAIN)/bin/python

bench: $(TRAIN)/.train  ## measure every claim; write benchmarks/RESULTS.md
	$(TRAIN)/bin/python -m benchmarks $(BENCH)

format: $(SEARCH)/.dev  ## mend style where it can be mended
	$(SEARCH)/bin/ruff check --fix .
	$(SEARCH)/bin/ruff format .

clean:  ## remove environments and what was made
	rm -rf $(SEARCH) $(TRAIN) .venv-clean .venv-lowest demo-output dist build

$(SEARCH)/.search: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "glocal needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv $(SEARCH)
	$(SEARCH)/bin/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(SEARCH)/.dev: $(SEARCH)/.search
	$(SEARCH)/bin/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(TRAIN)/.train: pyproject.toml
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/pip install --quiet --disable-pip-version-check -e '.[dev,train,serve,browser,bench,docs,hdf5,parquet,notebooks,cluster,s3]'
	touch $@
