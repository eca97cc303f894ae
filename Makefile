# Greenlit: make run | make demo | make test | make browser-test | make check | make model
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run demo test browser-test check model hygiene bench lock clean

run: $(VENV)/.installed          ## set everything up and start the service
	$(BIN)/greenlit run

demo: $(VENV)/.installed         ## the whole thing offline, in under a minute
	$(BIN)/greenlit demo

test: $(VENV)/.tested            ## set everything up and run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not browser"
	@echo "Left out: the tests in a real browser. With Chromium installed: make browser-test"

browser-test: $(VENV)/.tested    ## the tests that need an installed Chromium
	$(BIN)/python -m pytest -m browser

check: $(VENV)/.tested           ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

ARTICLES := extractors/training/articles tests/gold/dev.jsonl tests/gold/dev_long.jsonl

model: $(VENV)/.tested           ## rebuild what is trained: the reader of names and the weights
	$(BIN)/python -m extractors.training $(ARTICLES)

hygiene: $(VENV)/.tested         ## which cue rules never fire, and which fire too often
	$(BIN)/python -m extractors.training.hygiene $(ARTICLES)

bench: $(VENV)/.tested           ## how fast understanding is
	$(BIN)/python benchmarks/understand.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Greenlit needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

lock:                            ## compile the locks anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate \
	  --extra postgres --extra parquet --extra browser --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate \
	  --all-extras --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:                           ## forget the environment
	rm -rf $(VENV)
