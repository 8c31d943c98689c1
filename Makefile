# Everything that people and CI do here. `make` alone lists it.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Each folder with a go.mod is a module of its own: what is in the root's stays in users' graphs.
MODULES := . $(sort $(patsubst %/go.mod,%,$(wildcard */go.mod */*/go.mod)))
CODE    := $(filter-out tools,$(MODULES))
LINT    := $(CURDIR)/bin/golangci-lint
KAFKA   := $(CURDIR)/bin/devkafka
NODES   ?= 1
PORT    ?= 0

# $(call each,MODULES,COMMAND) runs COMMAND in every module, and stops at the first failure.
each = @for m in $(1); do echo "== $$m: $(2)"; (cd $$m && $(2)) || exit 1; done

##@ Run
.PHONY: run kafka kafka-stop
run: ## Run the example against an embedded broker, or a real one: BROKERS=host:port
	cd examples && go build -o $(CURDIR)/bin/orders ./orders
	@BROKERS=$(BROKERS) exec $(CURDIR)/bin/orders

kafka: $(KAFKA) ## Start a real Kafka in the background and print its bootstrap servers (NODES=3, PORT=9092)
	@$(KAFKA) start -nodes $(NODES) -port $(PORT)

kafka-stop: $(KAFKA) ## Stop what `make kafka` started
	@$(KAFKA) stop

##@ Test
.PHONY: check-reader test test-short test-modules kill-test chaos bench-short bench
test: $(KAFKA) ## Test all modules with a real Kafka (skipped without Java and Maven, unless HEARKEN_REQUIRE_KAFKA=1)
	$(KAFKA) run -- $(MAKE) --no-print-directory test-modules

# The limit is for what hangs: on a busy machine the slowest package takes half of it.
GO_TEST := go test -race -shuffle=on -timeout 20m
# What runs on both brokers: with a real one, the embedded one is left to test-short and to CI.
ONE_BROKER := $(if $(HEARKEN_TEST_BROKERS),$(if $(HEARKEN_REQUIRE_KAFKA),,-skip '/^kfake$$|/./^kfake$$'))

test-modules:
	$(call each,$(filter-out kafkatest,$(CODE)),$(GO_TEST) ./...)
	$(call each,kafkatest,$(GO_TEST) $(ONE_BROKER) ./...)

test-short: ## Test all modules, without JVMs and long tests
	$(call each,$(CODE),HEARKEN_TEST_BROKERS= HEARKEN_REQUIRE_KAFKA= go test -short -race -shuffle=on -timeout 15m ./...)

kill-test: $(KAFKA) ## Kill listeners, copiers and brokers, migrate groups, take the broker away for 3 minutes: the long forms (15 minutes)
	cd kafkatest && HEARKEN_KILLS=10 HEARKEN_REBALANCES=100 HEARKEN_OUTAGE=3m $(KAFKA) run -- \
		go test -race -count=1 -v -run 'Kill|Rebalances|Migration|Outage' -timeout 40m ./e2e

chaos: $(KAFKA) ## Resize, add, remove and command listeners at random during rebalances: the long forms (12 minutes)
	cd kafkatest && HEARKEN_CHAOS=2m $(KAFKA) run -- \
		go test -race -count=1 -v -run 'Storm|SteadyLoad|ComeAndGo' -timeout 40m ./e2e

# The same test as a dependency of another module: the client's archive must be
# found by the last link, however the module comes there.
check-reader: ## Check the queue reader's cgo: checkptr, race, vendored, as a dependency, stripped, musl where it is
	go test -gcflags=all=-d=checkptr ./internal/broker/ ./internal/broker/rdqueue
	go test -race ./internal/broker/ ./internal/broker/rdqueue
	cd kafkatest && go test -gcflags=all=-d=checkptr -run 'Readers|Leave|TheClientKeeps.*/kfake/.*/queues' -timeout 8m ./conformance
	.ci/check-reader

bench-short: ## Measure beside four peers, three scenarios (at most 3 minutes)
	cd bench && go run . -short

bench: ## Measure everything beside all peers, into bench/results (at most an hour; BENCH='-scenario keys -rounds 3')
	cd bench && go run . $(BENCH)

##@ Keep clean
.PHONY: lint fmt generate generate-check tidy tidy-check vuln clean
lint: $(LINT) ## Run the linters over all modules
	$(call each,$(CODE),$(LINT) run --config $(CURDIR)/.golangci.yml ./...)

fmt: $(LINT) ## Format all code
	$(call each,$(CODE),$(LINT) fmt --config $(CURDIR)/.golangci.yml ./...)

generate: ## Write generated files anew
	$(call each,$(CODE),go generate ./...)

generate-check: ## Fail where a generated file is not what its generator writes
	@before=$$(.ci/tree); $(MAKE) --no-print-directory generate; after=$$(.ci/tree); \
	diff <(echo "$$before") <(echo "$$after") || { echo "generated files differ: run make generate"; exit 1; }

tidy: ## Tidy the go.mod of all modules
	$(call each,$(MODULES),go mod tidy)

tidy-check: ## Fail where a go.mod or go.sum is not tidy
	$(call each,$(MODULES),go mod tidy -diff)

vuln: ## Look for known vulnerabilities (needs the network)
	$(call each,$(CODE),go run golang.org/x/vuln/cmd/govulncheck@latest ./...)

clean: ## Remove what was built
	rm -rf bin

##@ Help
.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Built tools. The go tool knows what is up to date, so that these always ask it.
.PHONY: $(KAFKA)
$(KAFKA):
	@cd kafkatest && go build -o $@ ./cmd/devkafka

$(LINT): tools/go.mod
	cd tools && go build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
