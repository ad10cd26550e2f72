# What one does with this project. Needs a Rust toolchain, make and a linker, nothing else.
#
#   make          run the golden cases against the node
#   make audit    look for cases that wrong nodes pass
#   make test     all that, and all tests
#   make check    format and lints
#   make bench    what things cost

CARGO ?= cargo
HARNESS = $(CARGO) run --quiet --locked --package harness --

.PHONY: cases audit build test check bench clean

cases: build
	$(HARNESS) run cases

build:
	$(CARGO) build --locked --workspace

audit: build
	$(HARNESS) audit cases

test: cases audit
	$(CARGO) test --locked --workspace

check:
	$(CARGO) fmt --all --check
	rustfmt --edition 2024 --check harness/tests/cli/fake/node.rs
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

bench:
	$(CARGO) build --locked --release --workspace
	$(CARGO) bench --locked --package harness --bench golden
	$(CARGO) bench --locked --package node --bench throughput

clean:
	$(CARGO) clean
