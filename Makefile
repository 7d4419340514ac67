# The two commands of the house, `make run` and `make test`. Everything else is `cargo xtask`.

RUST_MIN := 1.95
CARGO_TARGET_DIR ?= target
HONGYAN := $(CARGO_TARGET_DIR)/release/hongyan

.PHONY: help run test prerequisites test-prerequisites
.DEFAULT_GOAL := help

help:
	@echo 'make run    build the product and start it with a demo bank and a carrier simulator; Ctrl-C stops it'
	@echo 'make test   everything a change must pass: format, house rules, lints, tests'
	@echo 'make help   this text'
	@echo
	@echo 'Needed: Rust $(RUST_MIN) or later (cargo, rustfmt, clippy) and a C compiler. Nothing else: no server, no Node.'
	@echo 'More chores: cargo xtask'

# `exec`: a signal that reaches make is passed straight on to the product, which drains and ends with 0; make waits for it
# and then, as make always does, reports the signal as its own status.
run: prerequisites
	cargo build --release -p hongyan-app
	@exec $(HONGYAN) serve --demo

test: test-prerequisites
	cargo fmt --all --check
	cargo xtask tidy
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace

# Each thing that is missing is one line that says what to install; all of them are named before the run stops.
prerequisites:
	@missing=0; \
	if ! command -v cargo >/dev/null 2>&1; then \
	  echo 'missing: cargo. Install Rust $(RUST_MIN) or later with rustup (https://rustup.rs).'; missing=1; \
	else \
	  found=$$(cargo --version | cut -d' ' -f2); \
	  if ! printf '%s\n%s\n' '$(RUST_MIN)' "$$found" | sort -V -C; then \
	    echo "missing: cargo $(RUST_MIN) or later (found $$found). Run: rustup update stable"; missing=1; \
	  fi; \
	fi; \
	if ! command -v "$${CC:-cc}" >/dev/null 2>&1; then \
	  echo "missing: a C compiler ($${CC:-cc}), which builds SQLite. Debian/Ubuntu: apt-get install build-essential; Fedora: dnf install gcc; macOS: xcode-select --install"; missing=1; \
	fi; \
	exit $$missing

test-prerequisites: prerequisites
	@missing=0; \
	for tool in fmt clippy; do \
	  cargo $$tool --version >/dev/null 2>&1 || { echo "missing: cargo $$tool. Run: rustup component add rustfmt clippy"; missing=1; }; \
	done; \
	command -v git >/dev/null 2>&1 || { echo 'missing: git, by which the house rules list the files. Install your system'"'"'s package git.'; missing=1; }; \
	exit $$missing
