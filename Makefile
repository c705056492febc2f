# `make run` and `make test` are all that a newcomer needs; each installs what is missing and says what.
.DEFAULT_GOAL := help
.PHONY: help run test build check setup watch soak fuzz rehearse screenshots lighthouse bench

# wasm-opt comes with the browser tests' packages.
export PATH := $(CURDIR)/end2end/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

# The paths of the machine that built the client must not be in the page.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS := --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## Build and serve http://localhost:3000 with the SMS inbox
	LEPTOS_SITE_ROOT=target/site ./target/release/ringkey

# The types that wasm-bindgen leaves beside the scripts are for nobody who gets a page.
build: ## Release: target/release/ringkey and target/site/
	@scripts/setup build
	cargo leptos build --release --precompress
	@find target/site/pkg \( -name '*.ts' -o -name '*.ts.*' \) -delete

watch: ## Develop: rebuild and reload on every change
	@scripts/setup build
	cargo leptos watch

test: ## Every test: unit, integration on SQLite and PostgreSQL, browser
	@scripts/setup test
	$(MAKE) build
	RINGKEY_BINARY=$(CURDIR)/target/release/ringkey cargo test
	cd end2end && npx playwright test

soak: ## The long sizes of the test suites
	@scripts/setup test
	$(MAKE) build
	SOAK=1 RINGKEY_BINARY=$(CURDIR)/target/release/ringkey cargo test
	cd end2end && npx playwright test

fuzz: ## A million runs of each reader's fuzz target (needs nightly Rust and cargo-fuzz)
	@cargo +nightly fuzz --version >/dev/null || { echo "install them: rustup toolchain install nightly && cargo install cargo-fuzz"; exit 1; }
	for target in $$(cargo +nightly fuzz list); do cargo +nightly fuzz run $$target -- -runs=$${RUNS:-1000000} -seed=$${SEED:-7} || exit 1; done

rehearse: ## Attacks and launch days against your own settings, on a clock of their own
	@scripts/setup build
	REHEARSE=1 cargo test --test rehearse -- --nocapture

screenshots: build ## docs/screens/: every page and step, both themes, 360 and 1280 px, and the README's picture
	@scripts/setup test
	cd end2end && SCREENSHOTS=$(CURDIR)/docs/screens npx playwright test screenshots --project=scripts

lighthouse: build ## Lighthouse's mobile preset on the home page and the sign-in page
	@scripts/setup test && scripts/setup bench
	node bench/lighthouse.mjs

bench: build ## Ringkey beside better-auth, a Next.js page, and its own previous commit (PREVIOUS=none: without)
	@scripts/setup test && scripts/setup bench && scripts/setup peers
	cargo build --release --manifest-path bench/load/Cargo.toml
	scripts/previous $${PREVIOUS:-HEAD~1}
	node bench/bench.mjs

check: ## Format, lints, docs, licences and bans
	@scripts/setup check
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --lib --target wasm32-unknown-unknown --target-dir target/front --no-default-features --features hydrate -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	scripts/deny

setup: ## Install everything at once
	@scripts/setup build && scripts/setup test && scripts/setup check
