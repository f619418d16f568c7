# Every target sets up what it needs. `make` alone lists them.
STAMP := .venv/.course-stamp
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
UNIT := not real and not browser
# Every cell runs, and the output of those tagged nbval-check-output is compared.
NOTEBOOKS := --nbval-lax --nbval-current-env notebooks

# A .venv that was moved with its folder is made anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif
.PHONY: help env lab check test test-all test-real test-browser test-spark run notebooks constraints clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

env: $(STAMP)  ## make .venv with everything in it (PYTHON=python3.12 chooses a Python)
$(STAMP): pyproject.toml constraints.txt lab/env.sh
	@PYTHON="$(PYTHON)" sh lab/env.sh

lab: env  ## open the course in JupyterLab (PORT=8889 chooses a port)
	@PORT="$(PORT)" $(PY) lab/start.py $(ARGS)

check: env  ## the two-minute loop: ruff and the quick tests; no notebook run, no network
	$(PY) -m ruff check .
	$(PYTEST) -m "$(UNIT) and not notebooks and not slow and not network"

test: env  ## all tests: ruff, examples in the docstrings, helpers, each notebook in one of its languages
	$(PY) -m ruff check .
	$(PYTEST) --doctest-modules -q helpers
	$(PYTEST) -m "$(UNIT)" tests $(NOTEBOOKS)

test-all: export COURSE_LANGUAGES := both
test-all: test  ## the same, each notebook in both languages

test-real: env  ## tests on real data: make test-real COURSE_DATA=/where/it/lies
	@test -d "$$COURSE_DATA" || { echo "Say where the data lies: make test-real COURSE_DATA=/folder" >&2; exit 1; }
	$(PYTEST) -m "real or notebooks" tests $(NOTEBOOKS)

test-browser: env  ## click through the course in a real browser (Chromium)
	$(PY) -m uv pip install --quiet --python $(PY) -c constraints.txt playwright
	$(PYTEST) -m browser

test-spark: env  ## counts, TF-IDF and Word2Vec on Spark, on this machine (needs Java 17; half a gigabyte)
	$(PY) -m uv pip install --quiet --python $(PY) -c constraints.txt pyspark
	$(PYTEST) -m spark

run: env  ## execute the whole course without a browser
	$(PY) notebooks/build.py --execute --to build

notebooks: env  ## build the Korean and English notebooks from their sources
	$(PY) notebooks/build.py

constraints: env  ## take the newest versions of every package into constraints.txt
	@head -n 2 constraints.txt > constraints.new
	$(PY) -m uv pip compile pyproject.toml --all-extras --universal --fork-strategy fewest --python-version 3.11 \
	    --no-annotate --no-header --no-emit-index-url --no-python-downloads --quiet >> constraints.new
	@mv constraints.new constraints.txt

clean:  ## remove .venv and whatever a command made; the notebooks stay
	rm -rf .venv .jupyter build dist runs .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
