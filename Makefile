# A newcomer needs only `make run` and `make test`. Each installs missing tools and prints them.
.DEFAULT_GOAL := help
.PHONY: help run test build check setup watch soak fuzz rehearse screenshots lighthouse bench

# The packages of the browser tests bring wasm-opt.
export PATH := $(CURDIR)/end2end/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

# Paths of the machine that built the client must not appear in the page.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS := --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=

# `--version` has the commit.
export RINGKEY_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1) ($(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown))

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: build ## Build and serve http://localhost:3000 with the SMS inbox
	./target/release/ringkey

# wasm-bindgen also writes TypeScript types, which no page needs. The site is built first, because
# the binary has it in it.
build: ## Build the release: target/release/ringkey, with the site in it, and target/site/
	@scripts/setup build
	cargo leptos build --release --precompress --frontend-only
	@find target/site/pkg \( -name '*.ts' -o -name '*.ts.*' \) -delete
	@scripts/embed
	cargo leptos build --release --server-only --bin-features embed-site

watch: ## Rebuild and reload on every change
	@scripts/setup build
	cargo leptos watch

test: ## Run every test: unit, integration on SQLite and PostgreSQL, browser
	@scripts/setup test
	$(MAKE) build
	RINGKEY_BINARY=$(CURDIR)/target/release/ringkey cargo test
	cd end2end && npx playwright test

soak: ## Run the tests with the long sizes
	@scripts/setup test
	$(MAKE) build
	scripts/previous $${PREVIOUS:-HEAD~1}
	SOAK=1 RINGKEY_BINARY=$(CURDIR)/target/release/ringkey \
		RINGKEY_PREVIOUS_BINARY=$(CURDIR)/target/previous/target/release/ringkey cargo test
	cd end2end && npx playwright test

fuzz: ## Run each fuzz target a million times (needs nightly Rust and cargo-fuzz)
	@cargo +nightly fuzz --version >/dev/null || { \
		echo "install them: rustup toolchain install nightly && cargo install cargo-fuzz"; exit 1; }
	for target in $$(cargo +nightly fuzz list); do \
		cargo +nightly fuzz run $$target -- -runs=$${RUNS:-1000000} -seed=$${SEED:-7} || exit 1; \
	done

rehearse: ## Play attacks and launch days against your own settings, on a simulated clock
	@scripts/setup build
	REHEARSE=1 cargo test --test rehearse -- --nocapture

screenshots: build ## Draw docs/screens/: pages and steps in both themes and widths, the README's picture
	@scripts/setup test
	cd end2end && SCREENSHOTS=$(CURDIR)/docs/screens npx playwright test screenshots --project=scripts

lighthouse: build ## Run Lighthouse's mobile preset on the home page and the sign-in page
	@scripts/setup test && scripts/setup bench
	node bench/lighthouse.mjs

bench: build ## Compare with better-auth, a Next.js page and the previous commit (or PREVIOUS=none)
	@scripts/setup test && scripts/setup bench && scripts/setup peers
	cargo build --release --manifest-path bench/load/Cargo.toml
	scripts/previous $${PREVIOUS:-HEAD~1}
	node bench/bench.mjs

check: ## Check format, lints, docs, licences and bans
	@scripts/setup check
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --lib --target wasm32-unknown-unknown --target-dir target/front \
		--no-default-features --features hydrate -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	scripts/deny

setup: ## Install everything at once
	@scripts/setup build && scripts/setup test && scripts/setup check
