# The commands of the project. Each is a script in scripts/ that can be read and run by itself.
PORT ?= 8080
# env.sh is written for bash.
SHELL := bash

.DEFAULT_GOAL := help
.PHONY: help run build check test bench gpu-kit reproduce triptych reproduce-methods reproduce-augmentations catalogue setup

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' Makefile

run: build ## install what is missing, build the page, serve it on http://127.0.0.1:8080 (PORT=8081 for another port)
	@python3 scripts/serve.py --port $(PORT)

build: ## build the static site in dist/ (works from any static host and any sub-path)
	@scripts/setup.sh page
	@scripts/build.sh

check: ## the quick part: format, lints native and wasm, unit tests of the small crates
	@scripts/setup.sh check
	@scripts/check.sh

test: ## everything CI runs: check, all native tests, the page, the browser tests
	@scripts/setup.sh test
	@scripts/test.sh

bench: ## measure against PyTorch, TensorFlow.js and jax-js; writes docs/benchmarks.md (KIT=folder: only a kit's results)
	@$(if $(KIT),:,scripts/setup.sh bench)
	@scripts/bench.sh $(if $(KIT),--kit "$(KIT)")

gpu-kit: ## make a folder for a bare machine with an NVIDIA card (OUT=folder), whose run.sh measures it in eight minutes
	@scripts/setup.sh native
	@scripts/gpu_kit.sh $(if $(OUT),--out "$(OUT)")

reproduce: ## 600 steps of cifar10-simclr for three seeds (CIFAR=archive); about 5 minutes a seed on 2 cores
	@scripts/reproduce.sh "$(CIFAR)"

triptych: ## random, supervised and contrastive embeddings on the circle; two minutes; writes docs/pictures/triptych.png
	@scripts/triptych.sh

reproduce-methods: ## all methods at equal budgets (CIFAR=archive: on CIFAR-10, too; SMALL=1: in 40 minutes); resumable; writes docs/methods.md
	@. scripts/env.sh && cargo build --release && AUGSPHERE_CIFAR="$(or $(CIFAR),$(AUGSPHERE_CIFAR))" \
		scripts/reproduce_methods.py $(if $(SMALL),--small)

reproduce-augmentations: ## the three experiments of Huang et al. (CIFAR=archive, else shapes; SMALL=1: in 40 minutes); resumable; writes docs/augmentations.md
	@. scripts/env.sh && cargo build --release && AUGSPHERE_CIFAR="$(or $(CIFAR),$(AUGSPHERE_CIFAR))" \
		scripts/reproduce_augmentations.py $(if $(SMALL),--small)

catalogue: ## write assets/catalogue.json, which the page reads, from the engine's lists
	@. scripts/env.sh && cargo run --release --quiet --bin augsphere -- catalogue --json > "$$CARGO_TARGET_DIR/catalogue.json" \
		&& cp "$$CARGO_TARGET_DIR/catalogue.json" assets/catalogue.json

setup: ## only install what is missing for all of the above
	@scripts/setup.sh bench
