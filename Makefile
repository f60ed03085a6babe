# `make test` on a fresh clone sets up .venv and runs everything; no compiler is used.
VENV ?= .venv
BASE_PYTHON ?= python3
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: setup test test-trio test-openmmlab test-oldest demo lint format bench clean

setup: $(READY)

# pip's own progress where a person looks on; the byte code by all processors, but for templates that are no Python.
PIP := -m pip install $(shell test -t 2 || echo --quiet) --no-compile --disable-pip-version-check
$(READY): pyproject.toml setup.py seg/compat/requirements.py requirements/tested.txt
	@echo "set-up of $(VENV), once: 7 GB on disk, most of it PyTorch with CUDA; some two minutes with a fast connection"
	@test -d $(VENV) || df -Pk "$(dir $(abspath $(VENV)))" | awk 'NR == 2 && $$4 < 8e6 { printf "error: %.1f GB are free here, 8 are needed\n", $$4 / 1e6; exit 1 }'
	$(BASE_PYTHON) -m venv $(VENV)
	@echo "1/3 tested versions of all packages"
	@$(PYTHON) $(PIP) -r requirements/tested.txt
	@echo "2/3 RPS"
	@$(PYTHON) $(PIP) -e ".[mm,test]"
	@echo "3/3 byte code"
	@$(PYTHON) -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1 || true
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
