# `make test` on a fresh clone sets up .venv and runs everything; no compiler is used.
VENV ?= .venv
BASE_PYTHON ?= python3
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: setup test test-trio test-openmmlab test-oldest demo lint format bench clean

setup: $(READY)

$(READY): pyproject.toml setup.py seg/compat/requirements.py requirements/tested.txt
	$(BASE_PYTHON) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --no-compile --disable-pip-version-check -r requirements/tested.txt
	$(PYTHON) -m pip install --quiet --no-compile --disable-pip-version-check -e ".[mm,test]"
	# What pip would do with one processor. Some packages hold templates that are no Python.
	-@$(PYTHON) -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1
	touch $@

# A file's tests in one process, which share what is made once; the files as tests/conftest.py orders them.
PYTEST := -m pytest -n auto --dist loadfile --no-loadscope-reorder
test: setup
	HF_HUB_OFFLINE=1 $(PYTHON) $(PYTEST) $(ARGS)

# The original OpenMMLab trio laid over the environment of `make setup`: its newest PyTorch.
TRIO := build/trio
TRIO_TESTS := tests/seg/compat tests/configs tests/seg/apis/config/test_read.py tests/seg/apis/config/test_build_errors.py \
	tests/seg/engine/test_safe_runner.py tests/seg/engine/test_cpu_amp.py \
	tests/seg/engine/hooks/test_resumed_schedule_hook.py tests/seg/runtime/checkpoints/test_reading.py
$(TRIO)/.ready: requirements/trio.txt $(READY)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(TRIO) -r $<
	touch $@

test-trio: $(TRIO)/.ready
	HF_HUB_OFFLINE=1 PYTHONPATH=$(CURDIR)/$(TRIO) $(PYTHON) $(PYTEST) $(TRIO_TESTS) $(ARGS)

# Whole environments of their own, 7 GB each: that of most users of mmdet, and the oldest of all.
test-openmmlab: build/openmmlab/.ready
	HF_HUB_OFFLINE=1 build/openmmlab/bin/python $(PYTEST) $(ARGS)

test-oldest: build/oldest/.ready
	HF_HUB_OFFLINE=1 build/oldest/bin/python $(PYTEST) $(ARGS)

build/oldest/.ready: BASE_PYTHON := python3.10
build/%/.ready: requirements/%.txt pyproject.toml setup.py seg/compat/requirements.py
	$(BASE_PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -c $< -e ".[test,demo]"
	touch $@

# Words of your own: make demo ARGS='--classes "crimson ball; golden hoop"'
demo: setup
	$(PYTHON) demo/demo.py $(ARGS)

lint: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(PYTHON) -m mypy

format: setup
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

BENCHMARKS := startup text_encoding text_towers panoptic_quality inference training open_vocabulary
bench: setup
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PYTHON) benchmarks/$$name.py || exit 1; done

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
