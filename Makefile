# Everything sets itself up in .venv: Python 3.11, git and make are all that a machine needs.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
# One arm of every vendor.
DEMO := crx-10ia,fr3,gp7,irb-120,kr6-r900,rebel,tx2-60,ur5e,xarm6
# Tests in real time mostly wait.
REALTIME_JOBS ?= 6
# Random layouts of every cell of the whole matrix.
SEEDS ?= 20

.PHONY: demo test test-long test-clients check format bench picture clean help

help:
	@echo "make demo       run the same pick-and-place program on an arm of each of nine vendors, in physics"
	@echo "make test       run the tests"
	@echo "make test-long  run the slow evidence, the whole matrix over 20 seeds included (SEEDS=…)"
	@echo "make test-clients  let the vendors' and strangers' clients drive the virtual controllers"
	@echo "make check      format, lint, types, layers"
	@echo "make bench      measure ratios against baselines of the same run"

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "cellkit needs CPython 3.11 on Linux: PyBullet has a wheel for nothing else. '$(PYTHON)' was not found; set PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "cellkit needs CPython 3.11: PyBullet has a wheel for no other. $(PYTHON) is $$($(PYTHON) -V 2>&1); set PYTHON=…"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/cellkit matrix pick_and_place --arms $(DEMO)

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -m "not long and not clients"

test-long: $(STAMP)
	CELLKIT_SEEDS=$(SEEDS) $(BIN)/python -m pytest -n $(REALTIME_JOBS) -m "long and not clients"

test-clients: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -m clients

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m bench

picture: $(STAMP)
	$(BIN)/cellkit run pick_and_place --picture docs/pick_and_place.png

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
