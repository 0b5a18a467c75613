# Everything that is done with this repository; `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TAPES := tests/evals/cassettes
EVALS := .agentkit/evals/recorded
FORMAL := tests/evals/formal
PUBLISHED := ../shared/data/optimization
AGENTS := --agent bare --agent bare-tools --agent workforce
SAMPLES = ls $(TAPES)/bare | sed 's/-e1.jsonl$$//' | paste -sd, -
MODEL := .models/SmolLM2-135M-Instruct.Q4_1.gguf

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup dev demo test lint bench evals formal coverage model constraints clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.installed ## Make .venv and install agentkit into it
	@echo "agentkit is in $(VENV): $(BIN)/agentkit --help"

dev: $(VENV)/.installed-dev ## The same, with what tests and checks need
	@:

demo: $(VENV)/.installed ## Run the demonstration; needs no key and no network
	@$(BIN)/agentkit demo

test: dev ## Run every check and every test
	$(call step,model,SmolLM2 for the tests of the embedded model)
	@$(BIN)/python tests/fetch_smollm2.py || echo "Going on without it: the tests that need it are skipped."
	@$(MAKE) --no-print-directory lint
	$(call step,pytest,the tests)
	@$(BIN)/python -m pytest || { $(call hint,the tests above failed; one alone: $(BIN)/python -m pytest FILE -k NAME); }
	@echo; echo "All checks and tests passed."

lint: dev ## Check style, form and types
	$(call step,ruff check,style and likely mistakes)
	@$(BIN)/ruff check . || { $(call hint,mend what is listed; $(BIN)/ruff check --fix . mends some of it); }
	$(call step,ruff format,form)
	@$(BIN)/ruff format --check . || { $(call hint,$(BIN)/ruff format . mends it); }
	$(call step,mypy,types)
	@$(BIN)/mypy || { $(call hint,mend the types; on a missing stub or package: make clean dev); }

bench: dev ## Run the benchmarks
	$(call step,bench,the benchmarks)
	@$(BIN)/python -m tests.bench

evals: $(VENV)/.installed ## Replay the recorded evaluation of a strong model, three agents side by side
	@rm -rf $(EVALS) && mkdir -p $(EVALS)
	@$(BIN)/agentkit eval gaia-style $(AGENTS) --sample-ids "$$($(SAMPLES))" --replay $(TAPES) --out $(EVALS)

formal: dev ## Replay the recorded evaluations of formalising problems, the bare model beside it; takes minutes
	@rm -rf .agentkit/evals/formal && mkdir -p .agentkit/evals/formal
	@for bench in planning ladder; do $(BIN)/agentkit eval $$bench --agent bare --agent formal --parallel 2 \
	--sample-ids "$$(ls $(FORMAL)/$$bench/formal | sed 's/-e1.jsonl$$//' | paste -sd, -)" \
	--replay $(FORMAL)/$$bench --out .agentkit/evals/formal/$$bench || exit 1; done
	@$(BIN)/agentkit eval ladder --agent formal --parallel 2 --replay $(FORMAL)/unseen --out .agentkit/evals/formal/unseen \
	--sample-ids "$$(ls $(FORMAL)/unseen/formal | sed 's/-e1.jsonl$$//' | paste -sd, -)"
	@if [ -d $(PUBLISHED) ]; then $(BIN)/agentkit eval mathprog --data $(PUBLISHED) --agent bare --agent formal \
	--sample-ids "$$(ls $(FORMAL)/mathprog/formal | sed 's/-[0-9a-f]*-e1.jsonl$$//; s/-/\//' | paste -sd, -)" \
	--replay $(FORMAL)/mathprog --out .agentkit/evals/formal/mathprog; \
	else echo "The published word problems are not here ($(PUBLISHED)): their part is left out."; fi

coverage: dev ## Run the tests and say which lines they reach
	@$(BIN)/python -m pytest --cov

model: dev ## Fetch the small model that some tests need
	@$(BIN)/python tests/fetch_smollm2.py

constraints: $(BIN)/python ## Pin anew, in constraints.txt, all that gets installed
	$(call step,constraints,a fresh environment; takes some minutes)
	@set -e; place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
	$(BIN)/python -m venv "$$place/venv"; \
	"$$place/venv/bin/python" -m pip --disable-pip-version-check install -qq --editable '.[local,dev]'; \
	"$$place/venv/bin/python" -m pip freeze --all --exclude-editable --exclude pip >"$$place/pins"; \
	if grep -nE '@|://' "$$place/pins"; then echo "These are no plain pins: install them from a registry."; exit 1; fi; \
	{ echo "# All that agentkit[local,dev] installs. Made by: make constraints"; \
	  LC_ALL=C sort -f "$$place/pins"; } >constraints.txt
	@echo "constraints.txt is written: look at the difference, then run make test."

clean: ## Remove caches, builds and the marks of what is installed (.venv, .models and .bench stay)
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	@rm -f $(VENV)/.installed $(VENV)/.installed-dev
	@find agentkit workers planners envs tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Says which step begins, and what for.
step = @printf '\n== %s: %s\n' '$(1)' '$(2)'

# Ends a failed step with what to do about it.
hint = printf '\n%s\n' '-> $(strip $(1))' >&2; exit 1

$(BIN)/python:
	$(call step,venv,$(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { $(call hint,\
	agentkit needs Python 3.11 or newer and "$(PYTHON)" is not that. Install one (Debian: apt install python3 python3-venv\
	- macOS: brew install python) or name one: make PYTHON=python3.12 ...); }
	@$(PYTHON) -c 'import ensurepip, venv' || { $(call hint,\
	this Python cannot make environments. Install what it lacks (Debian: apt install python3-venv) and try again); }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(call hint,the environment could not be made: see above); }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(call step,install,agentkit; takes a minute or two the first time)
	@$(PIP) install -qq --constraint constraints.txt --editable . || { $(call hint,$(FAILED)); }
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(call step,install,agentkit and its tools; takes a minute or two the first time)
	@$(PIP) install -qq --constraint constraints.txt --editable '.[local,dev]' || { $(call hint,$(FAILED)); }
	@touch $(VENV)/.installed $@

FAILED = the installation failed: see above. It needs a package index within reach and about 1 GB of disk;\
if .venv is an old one: rm -rf .venv, and try again
