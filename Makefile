# The front door. Each target installs what it needs, may be called again at any time, and says what it does.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps build images demo demo-down test unit api scale cluster upgrade hops lint tidy bench fuzz format clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## a real cluster with a cloud that becomes Ready and a guest beside it
	@tools/demo up

demo-down: ## remove the demo cluster and all it left on this machine
	@tools/demo down

test: ## install, build and run every test (unit, sanitizers, fuzz, lint, API server, cluster)
	@tools/test all

unit: ## the unit tests (seconds, after an incremental build)
	@tools/test unit

api: ## the tests against a real API server and etcd
	@tools/test api

scale: ## 500 nodes and 20 000 pods (KWOK), 2 000 own objects on a real API server: latency, memory, a restart
	@tools/test scale

cluster: ## the tests on a real cluster of two nodes
	@tools/test cluster

upgrade: ## a canary, and a hop of three services from one release to the next, on a real cluster (about an hour)
	@tools/test upgrade

hops: ## the other hops of three services, and one with rollbacks and faults, on a real cluster (hours; builds two more images)
	@tools/test hops

fuzz: ## hostile input, 10 minutes a target, going on from the corpus in the cache
	@tools/install-deps
	@tools/fuzz

bench: ## Windlass beside controller-runtime and kube-rs (BENCH_ARGS=--quick for a short one)
	@tests/bench/run $(BENCH_ARGS)

lint: ## clang-format, generated documents, shell and Python syntax
	@tools/test lint

tidy: ## clang-tidy over all rooms (minutes; clean files are remembered)
	@tools/lint --tidy

deps: ## Debian packages and the Go toolchain
	@tools/install-deps

build: deps ## our own binaries, into build/release/bin
	@tools/test build

images: build ## the container and guest images, into the cache
	@images/build

format: ## clang-format everything
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

clean: ## the build tree (the cache outside the tree is kept)
	@rm -rf build results
