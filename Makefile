# `make` lists the targets. Everything runs from .venv, set up on first use at the versions in constraints.txt.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.edgestab-core
DEV := $(VENV)/.edgestab-dev
DOCS := $(VENV)/.edgestab-docs
BENCH := $(VENV)/.edgestab-bench
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt
# pip would compile every file of every package, one after another. What is imported is compiled when it is, but where
# the environment forbids to keep that, every process would compile it again: so it is kept here, once.
KEEP_COMPILED = @env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import $(1)'
MAIN_JOB := edgestab.commands.verify, edgestab.commands.progress, edgestab.verify.side_by_side, edgestab.verify.sampling.sampling, \
	edgestab.verify.certify.part, edgestab.report.write, edgestab.numerics.networks.experiments.coupling, \
	torch, numba, hypothesis, matplotlib.pyplot, jinja2
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help verify test test-deep lint site packaging versions bench bench-maps bench-certificates bench-networks bench-matrices clean

help:
	@echo "make verify      check the catalogue of theorems, quickly, and write report/"
	@echo "make test        run the whole suite; make test ARGS='tests/theory -k sharpness' runs a part"
	@echo "make test-deep   run the tests that take minutes"
	@echo "make lint        ruff and mypy"
	@echo "make site        build the documentation, with the catalogue as it is checked, in build/site"
	@echo "make packaging   build what is released, and use it"
	@echo "make versions    run the lowest and the newest versions of what is required; ARGS='lowest 3.13' some of them"
	@echo "make bench       measure kernels, against other libraries too"
	@echo "make bench-maps          maps: orbit diagrams, exponents, basins, sweeps"
	@echo "make bench-certificates  proofs by interval arithmetic"
	@echo "make bench-networks      networks: derivatives, eigenvalues along training; on a GPU: benchmarks/device.sh"
	@echo "make bench-matrices  deep factorizations: steps in batches, Floquet multipliers of large ones"
	@echo "make clean       remove caches, build output and report/ (.venv stays)"

verify: $(CORE)
	@$(BIN)/edgestab verify --effort quick --out report --overwrite $(ARGS)

test: $(DEV)
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-deep: $(DEV)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m deep --hypothesis-profile=deep $(ARGS)

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# The atlas of the catalogue shows the verdicts of build/report: those of the last `make site`, while the sources stay.
site: $(DOCS) build/report/verdicts.json
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env --jobs 2 -b html docs build/site $(ARGS)
	@echo "build/site/index.html"

build/report/verdicts.json: $(DOCS) docs/_ext/check_catalogue.py $(shell find edgestab -name '*.py' -o -name '*.toml')
	@echo "Checking the catalogue"
	@$(BIN)/python docs/_ext/check_catalogue.py build/report

packaging: $(DEV)
	@.ci/packaging

versions: $(DEV)
	@.ci/versions $(ARGS)

bench: $(BENCH)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-maps: $(BENCH)
	@$(BIN)/python -m benchmarks.maps $(ARGS)

bench-certificates: $(BENCH)
	@$(BIN)/python -m benchmarks.certificates $(ARGS)

bench-networks: $(BENCH)
	@$(BIN)/python -m benchmarks.networks $(ARGS)

bench-matrices: $(BENCH)
	@$(BIN)/python -m benchmarks.matrices $(ARGS)

clean:
	@rm -rf report build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .pytest_kernels .ruff_cache
	@find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# Set-up. A stamp says which dependencies .venv holds; editing pyproject.toml or constraints.txt makes it stale.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "edgestab needs Python 3.11 or newer; found none. Set PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "edgestab needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON), once"
	@"$(PYTHON)" -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }

$(CORE): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing edgestab into $(VENV)"
	@$(PIP_INSTALL) --editable '.[nn]'
	$(call KEEP_COMPILED,$(MAIN_JOB))
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing edgestab and its development tools into $(VENV)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib edgestab >/dev/null || true # some packages ship files of other Pythons
	@touch $@ $(CORE)

$(DOCS): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing edgestab and what builds its documentation into $(VENV)"
	@$(PIP_INSTALL) --editable '.[docs]'
	$(call KEEP_COMPILED,$(MAIN_JOB))
	@touch $@ $(CORE)

$(BENCH): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing edgestab and the libraries it is measured against into $(VENV)"
	@$(PIP_INSTALL) --editable '.[bench]'
	$(call KEEP_COMPILED,$(MAIN_JOB))
	@touch $@ $(CORE)
