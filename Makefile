# The front door. `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_PATH_SETUP := PATH="$(CURDIR)/$(BIN):$$PATH"
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help book serve test lab notebooks assignments figures bench lint lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(VENV)/book.installed js/node_modules/runtime ## build the book into _build/html
	$(BIN)/jupyter-book build . --toc book/_toc.yml -W --keep-going
	@echo
	@echo "The book is ready: open $(CURDIR)/_build/html/index.html, or run 'make serve'."

serve: book ## build the book and serve it at http://localhost:8000 (PORT=… for another)
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# What a browser does is timed, so nothing else runs beside it; the rest shares the cores.
test: $(VENV)/test.installed js/node_modules/installed ## check everything: style, types, package, figures, notebooks, book
	$(BIN)/python tests/system_tools.py
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not browser" --nbval tests cnncourse notebooks book/misreadings.ipynb
	$(BIN)/python -m pytest -m browser tests

lab: $(VENV)/test.installed ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

notebooks: $(VENV)/test.installed ## run every chapter from the top and store its outputs
	$(BIN)/python notebooks/execute.py

assignments: $(VENV)/test.installed ## write the graded assignments anew from their questions
	$(BIN)/python -m cnncourse.classroom.assignments

figures: $(VENV)/test.installed js/node_modules/installed ## build the interactive figures from js/
	$(BIN)/node js/build.mjs

bench: $(VENV)/test.installed ## time our convolution: loop, windows, matrix product, Winograd, Fourier, PyTorch, SciPy
	$(BIN)/python -m benchmarks.convolution
	$(BIN)/python -m benchmarks.fast

lint: $(VENV)/test.installed ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: ## resolve both lock files anew from pyproject.toml
	$(PYTHON) requirements/resolve.py

clean: ## remove what was built (not the environment)
	rm -rf _build jupyter_execute .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find cnncourse tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with 'make PYTHON=python3.12 …'."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make environments here; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/book.installed: requirements/book.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/book.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The full lock contains the book's lock, so one installation serves both.
$(VENV)/test.installed: requirements/test.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/book.installed

js/node_modules/installed: js/package-lock.json $(VENV)/test.installed
	cd js && $(NODE_PATH_SETUP) npm ci --no-audit --no-fund --loglevel=error
	@touch js/node_modules/runtime $@

# What colors a reader's own picture in the book's pages. Without it the book is built, too, and
# says what is missing. What `make test` has installed beside it stays.
js/node_modules/runtime: js/package-lock.json $(VENV)/book.installed
	@(cd js && $(NODE_PATH_SETUP) npm ci $(if $(wildcard js/node_modules/esbuild),,--omit=dev) --no-audit --no-fund --loglevel=error) && touch $@ || \
	  echo "Without npm or the network: the book's pages will not color a reader's own pictures."
