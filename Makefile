# Everything that is done with this project. `make demo` and `make test` set up what they need, below .build, and need
# only make and Python 3.11 or 3.13; `make real-blender` installs system packages, so it needs root, and Debian.

SHELL = /bin/bash
.SHELLFLAGS = -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL = help

# The versions that the same tests run on. The floor, whose wheel is built for Python 3.11, and those that need 3.13, the
# present long-term support and the newest: every ring. Those between them: inside Blender.
OLD_WHEELS = 4.2 4.5 5.0
NEW_WHEELS = 5.2 5.3

# The one place that decides which Blender makes the demo, is tested and builds the zip, and where the tools are: the
# long-term support for the first of these Pythons that is there. Where none is, making an environment says so.
PYTHONS = 3.11 3.13
MAIN_PYTHON := $(firstword $(shell PYTHON="$(PYTHON)" scripts/find_python.sh $(PYTHONS) 2>/dev/null))
ifeq ($(MAIN_PYTHON),3.13)
WHEEL = 5.2
TOOLS_NAME = tools-3.13
else
WHEEL = 4.2
TOOLS_NAME = tools
endif

BUILD = .build

# Where a machine says that Python keeps nothing it compiles, each child would compile all of this again at its start.
export PYTHONDONTWRITEBYTECODE =

TOOLS = $(BUILD)/$(TOOLS_NAME)/bin/python
BLENDER = $(BUILD)/blender-$(WHEEL)
BLENDER_SCRIPTS = $(BLENDER)/lib/python$(MAIN_PYTHON)/site-packages/bpy/$(WHEEL)/scripts
EXTENSION_BUILDER = $(BLENDER)/bin/python -I $(BLENDER_SCRIPTS)/addons_core/bl_pkg/cli/blender_ext.py
EXTENSION_TAGS = $(BLENDER_SCRIPTS)/modules/_bpy_internal/extensions/tags.py
OLD_ENVIRONMENTS = $(OLD_WHEELS:%=blender-%) tools
NEW_ENVIRONMENTS = $(NEW_WHEELS:%=blender-%) tools-3.13
# A real Blender, where there is one: the caller's, or Debian's as `make real-blender` installs them. Its window is
# looked at in the present one, from sid; on a day on which sid can't be installed in the older one.
REAL_4.3 = $(CURDIR)/$(BUILD)/blender-4.3/blender
REAL_SID = $(CURDIR)/$(BUILD)/blender-sid/blender
REAL_BLENDER = $(or $(BLENDER_EXECUTABLE),$(REAL_4.3))
WINDOW_BLENDER = $(or $(BLENDER_EXECUTABLE),$(wildcard $(REAL_SID)),$(REAL_4.3))

.PHONY: help
help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' $(MAKEFILE_LIST) | sed 's/: */\t/' | expand -t 26

# --- set-up -----------------------------------------------------------------------------------------------------------

$(OLD_ENVIRONMENTS:%=$(BUILD)/%/complete): MADE_WITH = $(if $(MAIN_PYTHON),3.11,$(PYTHONS))
$(NEW_ENVIRONMENTS:%=$(BUILD)/%/complete): MADE_WITH = 3.13

define make_environment
@python=$$(scripts/find_python.sh $(MADE_WITH)) && "$${python#* }" scripts/make_environment.py $(notdir $(@D))
endef

$(BUILD)/%/complete: scripts/requirements/%.txt scripts/make_environment.py scripts/check_system_libraries.py
	$(make_environment)

$(BUILD)/tools-3.13/complete: scripts/requirements/tools.txt scripts/make_environment.py
	$(make_environment)

.PRECIOUS: $(BUILD)/%/complete

.PHONY: environments real-blender real-blender-4.3 real-blender-sid
environments: $(foreach name,$(OLD_ENVIRONMENTS) $(NEW_ENVIRONMENTS),$(BUILD)/$(name)/complete)
environments: ## every environment that needs no system package, with both Pythons

real-blender: real-blender-4.3 real-blender-sid ## Debian's Blenders with their windows, for test-real (needs root)

real-blender-4.3:
	@scripts/install_real_blender.sh trixie

# 75: it has said that sid can't be installed today. That is nobody's fault here.
real-blender-sid:
	@scripts/install_real_blender.sh sid || [ $$? -eq 75 ]

# --- use --------------------------------------------------------------------------------------------------------------

.PHONY: demo bench zip repository clean
demo: $(BLENDER)/complete ## render a small animation as an array of 4 children, verify it, make a film of it
	@$(BLENDER)/bin/python demo/run.py

# Which ones, as in `make bench BENCH="loop lanes"`. QUICK=1: with tiny numbers, to see that they run. POTTERY=FILE: with
# a real scene, too.
BENCH ?= $(patsubst benchmarks/bench_%.py,%,$(wildcard benchmarks/bench_*.py))

bench: $(BLENDER)/complete ## measure, an hour or more (BENCH="loop lanes": some); writes docs/BENCHMARKS.md
	@for name in $(BENCH); do $(BLENDER)/bin/python "benchmarks/bench_$$name.py"; done
	@$(BLENDER)/bin/python benchmarks/write_page.py

# Folders of their own for a caller that must not touch the usual ones.
ZIP_FOLDER = $(BUILD)/zip
REPOSITORY_FOLDER = $(BUILD)/repository

zip: $(BLENDER)/complete ## the extension, built and validated by Blender's own tools
	@mkdir -p $(ZIP_FOLDER)
	@rm -f $(ZIP_FOLDER)/*.zip
	@$(EXTENSION_BUILDER) build --source-dir . --output-dir $(ZIP_FOLDER)
	@$(EXTENSION_BUILDER) validate --valid-tags $(EXTENSION_TAGS) $(ZIP_FOLDER)/*.zip

# One version alone: Blender takes two of an extension for a mistake.
repository: zip ## a folder for any web server, from which Blender installs and updates the extension
	@mkdir -p $(REPOSITORY_FOLDER)
	@rm -f $(REPOSITORY_FOLDER)/*.zip
	@cp $(ZIP_FOLDER)/*.zip $(REPOSITORY_FOLDER)
	@$(EXTENSION_BUILDER) server-generate --repo-dir $(REPOSITORY_FOLDER) \
	    --html --html-template scripts/repository_page.html
	@echo "$(REPOSITORY_FOLDER)/index.html: the page whose link is dragged into Blender"

clean: ## remove .build: every environment, the real Blenders, all reports
	@# Never beyond a mount: Blender's root folder is one that others are mounted below, though where only it sees them.
	@rm -rf --one-file-system $(wildcard $(BUILD)/blender-*-root)
	rm -rf $(BUILD)

# --- tests ------------------------------------------------------------------------------------------------------------
#
# A ring is a folder of tests and what they run in. Its report is removed first and read last: a ring whose tests did not
# run has failed, whatever the exit code says (pytest-blender's is 0 where Blender could not open its script).

export HYPOTHESIS_STORAGE_DIRECTORY = $(CURDIR)/$(BUILD)/hypothesis

# $(call ring,NAME,VARIABLE=VALUE …,PYTEST OPTIONS,BLENDER OPTIONS): run its tests, with a Blender configuration of
# their own.
define ring
@mkdir -p $(BUILD)/reports
@rm -rf $(BUILD)/reports/$(1).xml $(BUILD)/user/$(1)
@echo "--- ring $(1)"
@$(2) TEST_PART="$(if $(TEST_SEED),$(PART_$(1)))" BLENDER_USER_RESOURCES="$(CURDIR)/$(BUILD)/user/$(1)" \
    $(TOOLS) -m pytest -q $(3) -o junit_suite_name=$(1) --junitxml $(BUILD)/reports/$(1).xml $(if $(4),-- $(4))
@$(TOOLS) scripts/summarize_reports.py $(BUILD)/reports/$(1).xml >/dev/null
endef

# What CI tries of the long rings, where it has a seed (TEST_SEED, its commit): the four Blenders of whole processes each
# another sixth, those with what is inside Blender a part, but for the floor. The next commit has other parts.
PART_process-4.2 = 1/6
PART_process-5.2 = 2/6
PART_process-5.3 = 3/6
PART_process-real = 4/6
PART_blender-4.5 = 1/3
PART_blender-5.0 = 2/3
PART_blender-real = 3/3
PART_blender-5.2 = 1/2
PART_blender-5.3 = 1/3
PART_engines = 1/5
PART_faults = 1/3
PART_nfs = 1/3
PART_window = 1/2

PLAIN = -p no:pytest-blender
# The wheels have no pytest: they find it where the tools are. The plugin warns about its own code.
export PYTHONWARNINGS = ignore:config.inicfg
TOOLS_PACKAGES = $(BUILD)/tools/lib/python3.11/site-packages
IN_TOOLS = PYTHONPATH="$(CURDIR)/$(TOOLS_PACKAGES)"
$(NEW_WHEELS:%=test-blender-%): TOOLS_PACKAGES = $(BUILD)/tools-3.13/lib/python3.13/site-packages
$(OLD_WHEELS:%=test-blender-%): $(BUILD)/tools/complete
$(NEW_WHEELS:%=test-blender-%): $(BUILD)/tools-3.13/complete

# Those of CI.
INSIDE_VERSIONS = $(OLD_WHEELS) $(NEW_WHEELS) real
PROCESS_VERSIONS = 4.2 $(NEW_WHEELS) real
DIFFER_VERSIONS = 5.2
RINGS = pure $(INSIDE_VERSIONS:%=blender-%) $(PROCESS_VERSIONS:%=process-%) $(DIFFER_VERSIONS:%=differ-%) window window-4.3 slurm container engines faults nfs

.PHONY: test test-pure test-blender test-process test-versions report
.PHONY: test-real test-blender-real test-process-real test-window test-window-4.3
test: test-pure test-blender test-process ## all tests that need no system package

test-pure: $(BUILD)/$(TOOLS_NAME)/complete ## what needs no Blender; seconds
	$(call ring,pure,,$(PLAIN) tests/pure)

test-blender: test-blender-$(WHEEL) ## inside Blender 4.2 (5.2 where Python 3.13 alone is there)

test-process: test-process-$(WHEEL) ## whole processes, with the same Blender

test-versions: $(patsubst %,test-blender-%,$(filter-out $(WHEEL),$(OLD_WHEELS) $(NEW_WHEELS)))
test-versions: $(patsubst %,test-process-%,$(filter-out $(WHEEL),$(NEW_WHEELS)))
test-versions: ## inside Blender 4.5, 5.0, 5.2 and 5.3, and whole processes with 5.2 and 5.3

test-blender-%: $(BUILD)/blender-%/complete $(BUILD)/$(TOOLS_NAME)/complete
	$(call ring,blender-$*,$(IN_TOOLS),\
	    --blender-executable "$(CURDIR)/$(BUILD)/blender-$*/bin/blender" tests/blender,\
	    --python-exit-code 1 --python-use-system-env)

# What no Blender changes is tried on the main one alone, 4.2 in CI. What 4.2 and 5.2 do alike, 4.3 and 5.3 do too: the
# long tests are left out there, and modules in which a version changes little. The real 4.3 is there for what a wheel has
# not: its program, its Python, its signals.
LEFT_OUT_5.2 = -m "not once"
ON_4.2_AND_5.2 = commands render_again session_folder blender_command_line decoding_apart ending film_command frames hostile_words
LEFT_OUT_5.3 = -m "not simulation and not once" $(ON_4.2_AND_5.2:%=--ignore=tests/process/test_%.py)
ON_WHEELS = persistent no_viewport no_files_opened unwritten_slots film_command bake_command send scene commands render_again decoding_apart looks
LEFT_OUT_REAL = -m "not wheel and not simulation and not once" $(ON_WHEELS:%=--ignore=tests/process/test_%.py)

test-process-%: BIN = $(CURDIR)/$(BUILD)/blender-$*/bin
test-process-%: $(BUILD)/blender-%/complete $(BUILD)/$(TOOLS_NAME)/complete
	$(call ring,process-$*,BLENDER_EXECUTABLE="$(BIN)/blender" BPY_PYTHON="$(BIN)/python",\
	    $(PLAIN) $(if $(filter $(WHEEL),$*),,$(LEFT_OUT_$*)) tests/process)

test-real: test-blender-real test-process-real test-window ## the same on a real Blender, and in its window

test-blender-real: $(BUILD)/$(TOOLS_NAME)/complete
	$(call ring,blender-real,,--blender-executable "$(REAL_BLENDER)" tests/blender,--python-exit-code 1)

test-process-real: $(BUILD)/$(TOOLS_NAME)/complete
	$(call ring,process-real,BLENDER_EXECUTABLE="$(REAL_BLENDER)" BPY_PYTHON=,$(PLAIN) $(LEFT_OUT_REAL) tests/process)

test-window: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## in the window of a real Blender, on a virtual display
	@echo "window: $$("$(WINDOW_BLENDER)" --background --version | head -n 1), $(WINDOW_BLENDER)"
	$(call ring,window,BLENDER_EXECUTABLE="$(WINDOW_BLENDER)",$(PLAIN) tests/window)

test-window-4.3: $(BUILD)/$(TOOLS_NAME)/complete ## an artist's first day in the window of Blender 4.3
	$(call ring,window-4.3,BLENDER_EXECUTABLE="$(REAL_4.3)" FIRST_DAY_REPORTS="$(CURDIR)/$(BUILD)/reports/window-4.3",\
	    $(PLAIN) tests/window/test_first_day.py)

.PHONY: pictures
pictures: test-window ## the pictures of docs/ARTISTS.md, from the window of a real Blender
	@scripts/take_pictures.sh

.PHONY: test-slurm
test-slurm: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## arrays in a real Slurm (needs root to install it)
	@scripts/install_slurm.sh
	$(call ring,slurm,BLENDER_EXECUTABLE="$(CURDIR)/$(BLENDER)/bin/blender",$(PLAIN) tests/slurm)

.PHONY: test-container
test-container: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete zip ## the container's steps and commands in a bare root folder (needs root)
	@container/try_in_chroot.sh build
	$(call ring,container,BLENDER_EXECUTABLE="$(CURDIR)/$(BLENDER)/bin/blender",$(PLAIN) tests/container)

.PHONY: test-engines
test-engines: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## AWS Batch: the real client against stand-ins for the service
	$(call ring,engines,BLENDER_EXECUTABLE="$(CURDIR)/$(BLENDER)/bin/blender",$(PLAIN) tests/engines)

# $(call fault_ring,NAME,VERSION,REAL BLENDER,VARIABLE=VALUE …): real children under real faults, a share of them in a
# real Blender where there is one.
define fault_ring
$(call ring,$(1),$(4) FAULT_RESULTS="$(CURDIR)/$(BUILD)/reports/$(1).json" FAULT_REAL_BLENDER="$(wildcard $(3))" \
    BPY_PYTHON="$(CURDIR)/$(BUILD)/blender-$(2)/bin/python",$(PLAIN) tests/faults)
endef

.PHONY: test-faults faults
test-faults: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## children under kills and disk faults: a selection (needs root, gcc)
	$(call fault_ring,faults,$(WHEEL),$(REAL_BLENDER),FAULTS=selected)

test-faults-%: $(BUILD)/blender-%/complete $(BUILD)/$(TOOLS_NAME)/complete
	$(call fault_ring,faults-$*,$*,$(or $(BLENDER_EXECUTABLE),$(REAL_SID)),FAULTS=selected)

faults: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## all of those, one to three hours; writes the table of docs/RELIABILITY.md
	$(call fault_ring,faults,$(WHEEL),$(REAL_BLENDER),FAULTS=full)
	@PYTHONPATH=tests $(TOOLS) -m faults.write_reliability faults $(BUILD)/reports/faults.json

.PHONY: test-nfs nfs
test-nfs: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## children on mounts that behave as NFS does: a selection (needs root, /dev/fuse)
	$(call ring,nfs,NFS=selected NFS_RESULTS="$(CURDIR)/$(BUILD)/reports/nfs.json" \
	    BPY_PYTHON="$(CURDIR)/$(BUILD)/blender-$(WHEEL)/bin/python",$(PLAIN) tests/nfs)

nfs: $(BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## all of those, about half an hour; writes the table of docs/RELIABILITY.md
	$(call ring,nfs,NFS=full NFS_RESULTS="$(CURDIR)/$(BUILD)/reports/nfs.json" \
	    BPY_PYTHON="$(CURDIR)/$(BUILD)/blender-$(WHEEL)/bin/python",$(PLAIN) tests/nfs)
	@PYTHONPATH=tests $(TOOLS) -m faults.write_reliability nfs $(BUILD)/reports/nfs.json

# Which Blender, how many scenes, from which seed, at most how many minutes, as in
# `make differ DIFFER_BLENDER=5.2 DIFFER_SCENES=3000`.
DIFFER_BLENDER = $(WHEEL)
DIFFER_SCENES = 300
DIFFER_SEED = 0
DIFFER_MINUTES = 600
DIFFER_OPTIONS =

.PHONY: differ
differ: $(BUILD)/blender-$(DIFFER_BLENDER)/complete $(BUILD)/$(TOOLS_NAME)/complete ## scenes by chance, rendered by a child and by Blender: what differs
	@mkdir -p $(BUILD)/reports
	@PYTHONPATH=tests/equipment $(TOOLS) tests/differ/machine.py \
	    --blender "$(BUILD)/blender-$(DIFFER_BLENDER)/bin/blender" --scenes $(DIFFER_SCENES) \
	    --seed $(DIFFER_SEED) --minutes $(DIFFER_MINUTES) $(DIFFER_OPTIONS) --results $(BUILD)/reports/differ-$(DIFFER_BLENDER).json

test-differ-%: $(BUILD)/blender-%/complete $(BUILD)/$(TOOLS_NAME)/complete
	$(call ring,differ-$*,BLENDER_EXECUTABLE="$(CURDIR)/$(BUILD)/blender-$*/bin/blender" DIFFER_VERSION=$*,$(PLAIN) tests/differ)

report: $(BUILD)/$(TOOLS_NAME)/complete ## how many tests of each ring passed, when all of them have run
	@$(TOOLS) scripts/summarize_reports.py $(RINGS:%=$(BUILD)/reports/%.xml)

# --- checks -----------------------------------------------------------------------------------------------------------

# mypy wants to see the package by its name, and the checkout may be called anything.
$(BUILD)/package/array_chunk_render:
	@mkdir -p $(@D) && ln -sfn ../.. $@

.PHONY: lint lint-code lint-format lint-types format
lint: lint-code lint-format lint-types ## linter, formatter and type checker

lint-code: $(BUILD)/$(TOOLS_NAME)/complete
	@$(TOOLS) -m ruff check .

lint-format: $(BUILD)/$(TOOLS_NAME)/complete
	@$(TOOLS) -m ruff format --check .

lint-types: $(BUILD)/$(TOOLS_NAME)/complete $(BUILD)/package/array_chunk_render
	@for platform in linux win32 darwin; do $(TOOLS) -m mypy --platform $$platform; done

format: $(BUILD)/$(TOOLS_NAME)/complete ## put the code into the formatter's shape
	@$(TOOLS) -m ruff format .
	@$(TOOLS) -m ruff check --fix .
