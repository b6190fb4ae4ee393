# The two commands of this project: `make demo` and `make test`. Both install what they need into a
# virtual environment of their own; PYTHON names the interpreter that it is made from.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Without stored bytecode, each of hundreds of processes would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# What `make demo` needs, and what `make test` needs beside it. The files say that it is installed.
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
SCALE := $(VENV)/.scale
# uv takes a quarter of pip's time. Where there is none, pip does the same.
INSTALLED := --quiet --constraint constraints.txt --editable
define install
	$(BIN)/uv pip install --python $(BIN)/python $(INSTALLED) '$(1)' \
		|| $(BIN)/python -m pip install $(INSTALLED) '$(1)'
endef

.PHONY: demo test test-fast test-long test-scale bench mutants lint types docs screenshots format dev dagster-home constraints clean

demo: $(RUNTIME)
	$(BIN)/repo-stats demo

test: $(DEVELOPMENT)
	$(MAKE) --jobs 2 lint types docs
	$(BIN)/python -m pytest

# The tests for daily work: all but those that need processes, a browser or a run of Dagster, or
# work through whole lists and tables.
test-fast: $(DEVELOPMENT)
	$(BIN)/python -m pytest -n auto -m "not (browser or processes or runs or scenes or long)"

# All tests with all their cases, and more random examples: for every night.
test-long: $(DEVELOPMENT)
	REPO_STATS_EXAMPLES=$${REPO_STATS_EXAMPLES:-50} $(BIN)/python -m pytest -m "" --timeout 1800

# The tests of many machines, with the servers that they start: of S3's protocol, PostgreSQL, Redis.
test-scale: $(SCALE)
	$(BIN)/python -m pytest repo_stats_tests/scale -n 2

# Commands measured against a simulated GitHub; `make bench ARGS="--case tutorial"`.
bench: $(RUNTIME)
	$(BIN)/python -m benchmarks $(ARGS)

# Small changes that no test notices; `make mutants MODULE=repo_stats/metrics TESTS="..." ARGS="..."`.
mutants: $(DEVELOPMENT)
	$(BIN)/python -m mutation $(MODULE) $(addprefix --tests ,$(TESTS)) $(ARGS)

lint: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/actionlint .github/workflows/*.yml examples/github-actions/*.yml

types: $(DEVELOPMENT)
	$(BIN)/mypy

docs: $(DEVELOPMENT)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

screenshots: $(DEVELOPMENT)
	$(BIN)/python docs/screenshots.py

format: $(DEVELOPMENT)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dev: $(RUNTIME) dagster-home
	DAGSTER_HOME=$${DAGSTER_HOME:-$(CURDIR)/.dagster} $(BIN)/dagster dev

# Makes the Dagster instance of `make dev`. A file that somebody edited stays as it is.
dagster-home:
	@$(BIN)/repo-stats dagster-home .dagster

# Pins the newest versions of all dependencies. Run `make test` with them before they are committed.
constraints:
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --upgrade pip
	build/constraints/bin/python -m pip install --quiet --editable '.[dev,scale]'
	build/constraints/bin/python .ci/constraints.py > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/constraints

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache *.egg-info

$(DEVELOPMENT): $(RUNTIME) pyproject.toml
	$(call install,.[dev])
	touch $@

$(SCALE): $(DEVELOPMENT)
	$(call install,.[scale])
	touch $@

$(RUNTIME): setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV)
	-$(BIN)/python -m pip install --quiet uv
	$(call install,.)
	touch $@
