# Parley. `make demo` shows it; `make test` proves it; `make help` lists the rest.

SHELL         := bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4
ROUNDS      ?= 1000
PAIRS       ?= 10000000
SEED        ?= 1
DOCUMENTS   ?= 50000
CALLS       ?= 200000
SIZES       ?= 10000,30000,100000,300000,1000000

export CGO_ENABLED ?= 0

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: build
build: ## The one static binary, bin/parley
	go build -trimpath -ldflags '-s -w' -o bin/parley ./cmd/parley

.PHONY: demo
demo: build ## The main job end to end: embedded defaults, no configuration, no network
	./bin/parley demo

.PHONY: test
test: ## Every test that this machine can run (PARLEY_TEST_POSTGRES names PostgreSQL servers)
	go test -timeout 20m ./...

# The families that keep something in memory, which goroutines share.
SHARING := chat directory document identitycenter permission plugin principal session

.PHONY: race
race: ## The race detector over the rooms where goroutines meet; property tests draw less than in "make test"
	CGO_ENABLED=1 go test -race -short -timeout 15m ./internal/edge/... ./internal/platform/... ./internal/core/... ./internal/assembly/... \
	  $(SHARING:%=./internal/resource/%/...)

.PHONY: lint
lint: ## gofmt, vet, staticcheck, generated files up to date
	@test -z "$$(gofmt -l cmd internal parleytest)" || { echo "gofmt would change:"; gofmt -l cmd internal parleytest; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	@$(MAKE) --no-print-directory generate-check

.PHONY: generate
generate: ## Write the generated code and documents again
	go generate ./internal/core/api/...
	go run ./internal/compatibility

.PHONY: generate-check
generate-check: generate
	@git diff --exit-code -- internal/core/api docs/compatibility.md || { echo "generated files differ: commit what 'make generate' wrote"; exit 1; }

.PHONY: vulncheck
vulncheck: ## Known vulnerabilities in what we link, where the database is in reach
	go run $(GOVULNCHECK) ./...

.PHONY: torture
torture: ## Kill the server ROUNDS times under load, on the PostgreSQL of the URL POSTGRES if given; nothing acknowledged may be lost
	go test ./internal/e2e/torture -count=1 -parallel 4 -timeout 120m -args -rounds=$(ROUNDS) $(if $(POSTGRES),-postgres='$(POSTGRES)')

.PHONY: leak
leak: ## Nothing of a hidden document is seen in CALLS calls about DOCUMENTS documents, by chance from SEED
	GOGC=400 go test ./internal/e2e/leak -count=1 -timeout 60m -v -args -documents=$(DOCUMENTS) -calls=$(CALLS) -seed=$(SEED)

.PHONY: bench
bench: build ## The figures of the README, as ratios measured in one run
	go test -run '^$$' -bench . -benchtime 3s ./internal/e2e/bench

.PHONY: relevance
relevance: ## nDCG@10 of search through the API on the judged collection DATA=dir, in BEIR form
	@if test -d "$(DATA)"; then go test ./internal/e2e/relevance -run '^TestRelevance$$' -count=1 -v -timeout 30m -args -data=$(abspath $(DATA)); \
	else echo "No collection: make relevance DATA=dir names a folder with corpus.jsonl, queries.jsonl and qrels.tsv."; fi

.PHONY: scale
scale: ## How search grows with SIZES passages: prints a table and writes docs/scale.md and docs/scale.svg
	go test ./internal/platform/retrieval -run '^TestScale$$' -count=1 -v -timeout 180m -args -sizes=$(SIZES) -to=$(CURDIR)/docs

.PHONY: corpus
corpus: ## The importer on the OpenAPI documents of the directory CORPUS (docs/corpus.md)
	@test -d "$(CORPUS)" || { echo "give a directory of OpenAPI documents: make corpus CORPUS=dir"; exit 2; }
	go test ./internal/engine/openapi -run '^TestCorpus$$' -count=1 -v -timeout 15m -args -corpus=$(abspath $(CORPUS))

.PHONY: differential
differential: ## Two policy evaluators on PAIRS generated pairs of policies and request, from SEED; no difference
	GOGC=800 go test ./internal/engine/policy/differential -run '^TestDifferential$$' -count=1 -v -timeout 180m -args -pairs=$(PAIRS) -seed=$(SEED)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME each (default 60s)
	@for pkg in $$(grep -rl '^func Fuzz' --include='*_test.go' internal | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$pkg/*_test.go | cut -c6-); do \
	    echo "== $$pkg $$target"; go test ./$$pkg -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-60s} -parallel 2; done; done
