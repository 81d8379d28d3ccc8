# `make demo` and `make test` set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo-output$(if $(DATA),/$(basename $(notdir $(DATA)))-$(TARGET),/synthetic)

.PHONY: demo test docs clean

$(VENV)/.installed: setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "radiohers needs Python 3.11 or newer; found %s. Name another one with: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

demo: $(VENV)/.installed
	$(BIN)/radiohers demo --out "$(OUT)" --force $(if $(DATA),--cohort "$(DATA)" --target "$(TARGET)") $(if $(POSITIVE),--positive "$(POSITIVE)") $(if $(PARAMS),--params "$(PARAMS)")

test: $(VENV)/.installed
	$(BIN)/python -m pytest

docs: $(VENV)/.installed
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

clean:
	rm -rf $(VENV) build demo-output docs/_build docs/gallery docs/api
