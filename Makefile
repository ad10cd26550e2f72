# What one does with this project. Needs a Rust toolchain, make and a linker, nothing else (but for
# `make browser`).
#
#   make          run the golden cases against the node
#   make audit    look for cases that wrong nodes pass
#   make test     all that, and all tests
#   make check    format and lints
#   make browser  whether the page of a run does what it should; needs Chromium
#   make fuzz     texts at random, of all forms, into all that reads: FUZZ_CASES (20000) of each; the
#                 longest; and many seeds of whole clusters in virtual time
#   make stress   forty nodes at once, most of them bad, while others keep the machine busy
#   make bench    what things cost
#   make histories HISTORIES=DIR  whether `harness check -w` says of each history in that folder what its
#                 verdicts.tsv says
#   make cluster  our node under the challenges of Gossip Glomers and all kinds of faults, SEEDS (20)
#                 times each, RUNS (4) at once: an hour or so

CARGO ?= cargo
export CARGO_TARGET_DIR ?= target
HARNESS = $(CARGO_TARGET_DIR)/debug/harness

.PHONY: cases audit build test test-binary test-library check browser fuzz stress bench histories cluster clean

cases: build
	$(HARNESS) run cases

build:
	$(CARGO) build --locked --workspace

audit: build
	$(HARNESS) audit cases

# Most tests wait for processes most of the time.
TEST_THREADS ?= $(shell echo $$(( 4 * $$(nproc 2>/dev/null || echo 2) )))

# Builds everything once: `cargo build` would build eight libraries with other features than the tests want.
# The tests of the binary wait half of the time and those of the library compute, so both run at once; each prints
# when it has ended.
test:
	$(CARGO) test --locked --workspace --no-run
	$(HARNESS) run cases
	$(HARNESS) audit cases
	$(MAKE) --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) test-binary test-library

test-binary:
	RUST_TEST_THREADS=$(TEST_THREADS) $(CARGO) test --locked --workspace --test cli --test pure $(TEST_FLAGS)

test-library:
	$(CARGO) test --locked --workspace --lib --test browser --test suite $(TEST_FLAGS)

check:
	$(CARGO) fmt --all --check
	rustfmt --edition 2024 --check harness/tests/cli/fake/node.rs harness/tests/cli/fake/cluster_node.rs harness/tests/cli/fake/service_node.rs
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

browser:
	$(CARGO) test --locked --package harness --test browser -- --ignored

FUZZ_CASES ?= 20000

fuzz:
	FUZZ_CASES=$(FUZZ_CASES) $(CARGO) test --locked --profile fuzz --package harness --test pure \
	  fuzz -- --include-ignored
	ROBUSTNESS_LINES=$(FUZZ_CASES)00 $(CARGO) test --locked --profile fuzz --package node \
	  --test suite -- extremes robustness --include-ignored
	ENGINE_SEEDS=1000 $(CARGO) test --locked --profile fuzz --package harness --lib -- \
	  engine::tests counter::sums seq_kv::tests txn::tests linear::tests kafka::check::tests --include-ignored
	SIMULATION_SEEDS=20000 $(CARGO) test --locked --profile fuzz --package node --test suite promise

HISTORIES ?= histories

histories:
	HISTORIES=$(abspath $(HISTORIES)) $(CARGO) test --locked --package harness --test cli \
	  each_history_of_a_folder -- --include-ignored --nocapture

stress:
	$(CARGO) test --locked --package harness --test cli crowd:: -- --ignored --test-threads 1

bench:
	$(CARGO) build --locked --release --workspace
	$(CARGO) bench --locked --package harness --bench golden
	$(CARGO) test --locked --package harness --test cli matrix_costs -- --ignored
	$(CARGO) bench --locked --package harness --bench cluster
	$(CARGO) bench --locked --package harness --bench histories
	$(CARGO) bench --locked --package harness --bench linear
	$(CARGO) bench --locked --package harness --bench transactions
	$(CARGO) bench --locked --package node --bench throughput

SEEDS ?= 20
RUNS ?= 4
FAULTS = none partition kill pause restart partition,kill,pause,restart

cluster:
	$(CARGO) build --locked --release --workspace
	set -e; for profile in 3a 3b 3c 3d 3e; do for faults in $(FAULTS); do \
	  case $$profile in \
	    3d | 3e) more="--topology total"; node="--flush-interval 150ms --gossip-interval 2s" ;; \
	    *) more=; node= ;; \
	  esac; \
	  test $$faults = none || more="$$more --nemesis $$faults --nemesis-interval 4"; \
	  target/release/harness test --profile $$profile $$more --seed 1 --test-count $(SEEDS) \
	    --jobs $(RUNS) --out target/cluster/$$profile-$$faults -- $$node; \
	done; done

clean:
	$(CARGO) clean
