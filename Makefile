# `make test` on a fresh clone sets up .venv and runs everything; no compiler is used.
VENV ?= .venv
BASE_PYTHON ?= python3
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: setup test demo lint format bench clean

setup: $(READY)

$(READY): setup.py requirements/tested.txt
	$(BASE_PYTHON) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/tested.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -e ".[mm,test]"
	touch $@

test: setup
	HF_HUB_OFFLINE=1 $(PYTHON) -m pytest -n auto $(ARGS)

# Words of your own: make demo ARGS='--classes "crimson ball; golden hoop"'
demo: setup
	$(PYTHON) demo/demo.py $(ARGS)

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

BENCHMARKS := text_encoding text_towers panoptic_quality inference training open_vocabulary
bench: setup
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PYTHON) benchmarks/$$name.py || exit 1; done

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache
