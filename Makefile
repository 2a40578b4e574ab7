# Every target installs what it needs into .venv. The machine needs Python 3.11, git and make only.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
# One arm of every vendor.
DEMO := crx-10ia,fr3,gp7,irb-120,kr6-r900,rebel,tx2-60,ur5e,xarm6
# Tests in real time wait most of their time, so more of them run at once.
REALTIME_JOBS ?= 6
# The number of random layouts for each cell of the whole matrix.
SEEDS ?= 20

.PHONY: demo test test-long test-clients check format bench picture clean help

help:
	@echo "make demo          run one pick-and-place program on an arm of each of nine vendors, in the physics world"
	@echo "make test          run the tests"
	@echo "make test-long     run the slow tests, with the whole matrix over 20 random layouts (SEEDS=2 for a look); takes hours"
	@echo "make test-clients  run the vendors' and third parties' clients against the virtual devices"
	@echo "make check         check format, lint, types, layers of imports and vocabulary"
	@echo "make format        format the code and apply the linter's automatic fixes"
	@echo "make bench         measure speed, as ratios to a baseline of the same run"
	@echo "make picture       render the picture of the README"
	@echo "make clean         remove the virtual environment and all caches"
	@echo "Variables: PYTHON=python3.11  JOBS=2 (test processes)  REALTIME_JOBS=6 (processes for real-time tests)"

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "cellkit needs CPython 3.11 on Linux, because PyBullet has a wheel for that version only. '$(PYTHON)' was not found: install it, or set PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "cellkit needs CPython 3.11, because PyBullet has a wheel for that version only. $(PYTHON) is $$($(PYTHON) -V 2>&1): set PYTHON=…"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/cellkit matrix pick_and_place --arms $(DEMO)

# A file's tests stay in one process, so that a server which they share is started once.
test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not long and not clients"

test-long: $(STAMP)
	CELLKIT_SEEDS=$(SEEDS) $(BIN)/python -m pytest -n $(REALTIME_JOBS) -m "long and not clients"
	CELLKIT_EXAMPLES=200 $(BIN)/python -m pytest -n $(JOBS) -m "hypothesis and not long and not clients"

test-clients: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -m clients

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/vocabulary.py

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m bench

picture: $(STAMP)
	$(BIN)/cellkit run pick_and_place --picture docs/pick_and_place.png

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
