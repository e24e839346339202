# Each target sets up what it needs: a virtual environment in .venv, with the
# versions of constraints.txt. A second call installs nothing.

PYTHON ?= python3
MODEL  ?= coin
BIN    := .venv/bin
READY  := .venv/.ok
PEERS  := .venv-bench/.ok

# Options of `make report`, handed on only when they are given.
report_options = $(if $(DATA),--data "$(DATA)") $(if $(PRIOR),--prior "$(PRIOR)") \
	$(if $(VARIANT),--variant "$(VARIANT)") $(if $(SEED),--seed "$(SEED)") \
	$(if $(OUTCOME),--outcome "$(OUTCOME)") $(if $(STARTS),--starts "$(STARTS)") \
	$(if $(CHAINS),--chains "$(CHAINS)") $(if $(DRAWS),--draws "$(DRAWS)") \
	$(if $(ESS),--ess "$(ESS)") $(if $(MINUTES),--minutes "$(MINUTES)") \
	$(if $(FOLDS),--folds "$(FOLDS)") $(if $(HELD_OUT),--held-out "$(HELD_OUT)") \
	$(if $(CHECKPOINT),--checkpoint "$(CHECKPOINT)") \
	$(if $(DEVICE),--device "$(DEVICE)") $(if $(OUT),--out "$(OUT)")

.DEFAULT_GOAL := help
.PHONY: help report reports test lint format docs site bench bench-check setup clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

report: $(READY)  ## fit MODEL three ways and write its page (MODEL, DATA, PRIOR, VARIANT, OUTCOME, SEED, STARTS, CHAINS, DRAWS, ESS, MINUTES, FOLDS, HELD_OUT, CHECKPOINT, DEVICE, OUT)
	@$(BIN)/bayesbench report "$(MODEL)" $(report_options)

reports: $(READY)  ## write the page of every model of the zoo, and reports/index.html with a card for each (half an hour)
	@for model in $$($(BIN)/bayesbench list --names); do $(BIN)/bayesbench report $$model || exit 1; done
	@$(BIN)/bayesbench gallery reports

test: $(READY)  ## run the test suite
	@$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(READY)  ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(READY)  ## put the code into the project's style
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

docs: $(READY)  ## run the commands of docs/ again and write down what they print (some ten minutes)
	@$(BIN)/python docs/refresh.py

site: $(READY)  ## build the documents as a site, in site/
	@$(BIN)/python -c "import mkdocs, mkdocstrings" 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[docs]"
	@$(BIN)/mkdocs build --strict --quiet && echo "Wrote site/index.html"

bench: $(READY) $(PEERS)  ## race bayesbench against its peers, and write reports/bench/ (hours; RACE="posterior --task coin --rounds 1")
	@$(BIN)/python -m benchmarks run $(RACE)

bench-check: $(READY) $(PEERS)  ## hold a quick run of the benchmark to the ratios of benchmarks/bounds.toml (some minutes)
	@$(BIN)/python -m benchmarks check

setup: $(READY)  ## make the virtual environment and nothing else

clean:  ## remove the virtual environment, caches and generated reports
	@rm -rf .venv .venv-bench .mypy_cache .pytest_cache .ruff_cache build site *.egg-info reports/*/
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "bayesbench needs Python 3.11 or newer, and $(PYTHON) is %d.%d: name a newer one, as in make PYTHON=python3.12" % v[:2])'
	@echo "Setting up .venv (once; some minutes and 2 GB) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

$(PEERS): $(READY) benchmarks/peers.txt
	@echo "Setting up .venv-bench with what bayesbench is compared with (once; some minutes) ..."
	@$(BIN)/python -m benchmarks install
	@touch $(PEERS)
