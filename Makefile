# `make demo` and `make test` set up everything they need in .venv. Without a C compiler that is all but pyradiomics.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo-output$(if $(DATA),/$(basename $(notdir $(DATA)))-$(TARGET),/synthetic)
PIP := -m pip install --quiet --disable-pip-version-check
# What test-oldest and test-newest leave out: networks, pages, commands, the house.
NOT_CORE := cli estimators explain protocols report test_adding.py test_blas_threads.py test_broken_input.py test_common.py \
	test_docs.py test_docstrings.py test_install.py test_structure.py test_types.py test_without_pyradiomics.py
CORE := tests $(addprefix --ignore=tests/,$(NOT_CORE))
# No errors: warnings of those that the tests compare with (pyradiomics, what it calls, tableone), and scikit-learn's of
# splitters that cut patients, which are tested to be labelled so.
STRICT := -W error \
	-W 'ignore:the load_module() method is deprecated:DeprecationWarning' \
	-W 'ignore:Please import `map_coordinates`:DeprecationWarning' \
	-W 'ignore:Applying `local_binary_pattern` to floating-point images' \
	-W 'ignore:Setting a new row on a DataFrame with a MultiIndex' \
	-W 'ignore:The groups parameter is ignored by:UserWarning'

.PHONY: demo test test-oldest test-newest docs clean

$(VENV)/.installed: setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "radiohers needs Python 3.11 or newer; found %s. Name another one with: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if $(PYTHON) -c "$$CAN_COMPILE"; then \
		echo 'Installing radiohers, in some minutes.' && $(BIN)/python $(PIP) --editable ".[test]"; \
	else \
		echo 'No C compiler was found: installing radiohers without pyradiomics, in some minutes.' && \
		$(BIN)/python $(PIP) $$($(PYTHON) requirements.py --extra test --without pyradiomics-bhklab) && \
		$(BIN)/python $(PIP) --no-deps --editable . && \
		echo "Installed all but pyradiomics, which needs a C compiler. The default engine, 'native', gives the same" && \
		echo "values. To have the engine 'pyradiomics' as well, install a compiler (gcc) and the headers of Python" && \
		echo "(python3-dev), then run: $(BIN)/python -m pip install pyradiomics-bhklab"; \
	fi
	@touch $@

# The compiler that Python would call, and its own headers.
define CAN_COMPILE
import os, shutil, sys, sysconfig
compiler = (os.environ.get('CC') or sysconfig.get_config_var('CC') or 'cc').split()[0]
headers = os.path.join(sysconfig.get_path('include'), 'Python.h')
sys.exit(not (shutil.which(compiler) and os.path.exists(headers)))
endef
export CAN_COMPILE

demo: $(VENV)/.installed
	$(BIN)/radiohers demo --out "$(OUT)" --force $(if $(DATA),--cohort "$(DATA)" --target "$(TARGET)") $(if $(POSITIVE),--positive "$(POSITIVE)") $(if $(PARAMS),--params "$(PARAMS)")

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --maxprocesses 4

# The core of the tests with the oldest versions that setup.cfg allows, and with the newest that there are for PYTHON.
test-oldest test-newest: test-%: .venv-%/.installed
	.venv-$*/bin/python -m pytest $(CORE) $(if $(filter newest,$*),$(STRICT))

.venv-%/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv --clear .venv-$*
	.venv-$*/bin/python $(PIP) --editable ".[test]" $(if $(filter oldest,$*),$$($(PYTHON) requirements.py --oldest))
	touch $@

docs: $(VENV)/.installed
	$(BIN)/python -m sphinx -W -b html docs docs/_build/html

clean:
	rm -rf $(VENV) .venv-oldest .venv-newest build demo-output docs/_build docs/gallery docs/api
