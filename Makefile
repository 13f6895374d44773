# ctlog: `make demo` shows it, `make test` proves it, `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION)
CORPUS  ?= $(HOME)/.cache/ctlog-corpus
FUZZTIME ?= 30s
COUNT ?= 6
# The rules of SigmaHQ and suzaku, if they are here, for bench-peers.
RULES   ?= $(wildcard ../shared/data/sigma)
# The S3 server of some tests, which use it once it is there.
VERSITYGW ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ctlog-test/versitygw
# The flags that testdata/evidence was made with; a test holds them against it.
EVIDENCE := signed -seed 42 -hours 6 -files 2 -records 25 -repeat 40 -faults log-event-removed,log-deleted,log-injected

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./ctlog
	go build -trimpath -ldflags '$(LDFLAGS)' -o ctlog ./cmd/ctlog

.PHONY: demo
demo: build ## build ctlog, verify the evidence that comes with it, and search it
	@echo; echo '$$ ./ctlog verify --keys testdata/keys.json testdata/evidence'
	@./ctlog verify --keys testdata/keys.json testdata/evidence; [ $$? = 1 ]
	@echo; echo '$$ ./ctlog grep --verified --keys testdata/keys.json --event-name ConsoleLogin -o table testdata/evidence'
	@./ctlog grep --verified --keys testdata/keys.json --event-name ConsoleLogin -o table testdata/evidence
	@echo; echo '$$ ./ctlog grep --stats --error-code "AccessDenied*" -o table testdata/evidence'
	@./ctlog grep --stats --error-code 'AccessDenied*' -o table testdata/evidence
	@echo; echo '$$ ./ctlog grep -r ".Records[] | select(.eventName==\"AssumeRole\") | [.eventTime, .responseElements.credentials.accessKeyId] | @tsv" testdata/evidence'
	@./ctlog grep -r '.Records[] | select(.eventName=="AssumeRole") | [.eventTime, .responseElements.credentials.accessKeyId] | @tsv' testdata/evidence
	@echo; echo 'README.md goes on from here.'

.PHONY: evidence
evidence: ## make testdata/evidence and its keys anew
	rm -rf testdata/evidence
	go run ./internal/tools/trailgen $(EVIDENCE) -keys testdata/keys.json testdata/evidence

.PHONY: vectors
vectors: ## make testdata/vectors anew, what is expected of them too
	rm -rf testdata/vectors
	go run ./internal/tools/trailgen vectors testdata/vectors
	go test ./cmd/ctlog -run TestVectors -update

.PHONY: install
install: ## install ctlog into $GOBIN
	go install -trimpath -ldflags '$(LDFLAGS)' ./cmd/ctlog

.PHONY: man
man: build ## write the man pages to build/man
	./ctlog man build/man

# Counts what was passed, failed and skipped, and names what was skipped with
# its reason: a test that did not run proves nothing.
GOTEST := go tool gotestsum --format pkgname --format-hide-empty-pkg --hide-summary=output --

.PHONY: check
check: lint ## while working: lint and the quick tests, without race
	$(GOTEST) -short -timeout 2m ./...

.PHONY: test
test: lint vet-elsewhere ## everything that must pass: lint, race tests, scripts, README examples
	$(GOTEST) -race -timeout 15m ./...
	$(GOTEST) -timeout 5m -run 'TestBigEvidence|TestAWSCLI|TestPrintedValuesAreFound' ./cmd/ctlog
	$(GOTEST) -timeout 5m -tags purego ./internal/inflate ./parse

.PHONY: vet-elsewhere
vet-elsewhere: ## vet what is compiled for Windows and macOS only
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...

# It is built once for each version that its go.mod asks for.
$(VERSITYGW): internal/testkit/cloudtest/versitygw/go.mod
	@mkdir -p $(@D)
	go -C internal/testkit/cloudtest/versitygw build -trimpath -o $@ github.com/versity/versitygw/cmd/versitygw
	@touch $@

.PHONY: test-s3
test-s3: $(VERSITYGW) ## what reads S3, against a real server: versitygw, built in some minutes the first time
	CTLOG_NIGHTLY=1 CTLOG_VERSITYGW=$(VERSITYGW) go test -count 1 -timeout 1h -run 'Versity|Proxy' ./cmd/ctlog

.PHONY: lint
lint: ## format, vet, staticcheck, tidy
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "gofmt wants: $$out"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

.PHONY: fuzz
fuzz: ## fuzz every parser of evidence, FUZZTIME each
	@set -e; for f in $$(git grep -lE '^func Fuzz' -- '*_test.go'); do \
	  for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' $$f); do \
	    echo "== $$f $$t"; go test ./$$(dirname $$f) -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME); \
	  done; done

.PHONY: nightly
nightly: ## what takes too long for every day: a million random programs, 2,000 trails against the AWS CLI, S3 in earnest, an hour of fuzzing
	CTLOG_CASES=1000000 go test ./query/jq -run RandomAgainstBrute -timeout 4h
	CTLOG_CASES=20000 go test ./query/jq -run RandomAgainstJQ -timeout 1h
	CTLOG_CASES=2000 go test ./cmd/ctlog -run TestAWSCLI -timeout 2h
	CTLOG_KILLS=50 go test ./cmd/ctlog -run TestFetchKilled
	CTLOG_NIGHTLY=1 go test ./cmd/ctlog -run 'TwentyThousand|AWSIsAway'
	$(MAKE) test-s3
	$(MAKE) fuzz FUZZTIME=3m

.PHONY: bench
bench: ## Go benchmarks of the parts, with throughput
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-history
bench-history: ## the same, COUNT times, into build/bench-COMMIT.txt: benchstat compares two such files
	@mkdir -p build
	go test -run '^$$' -bench . -benchmem -count $(COUNT) ./... | tee build/bench-$$(git rev-parse --short HEAD).txt

.PHONY: bench-inflate
bench-inflate: corpus ## compare internal/inflate with klauspost/compress and compress/gzip, kind by kind
	@echo "MB/s on one core, best of 50 turns each; the last column is how many times as fast as klauspost/compress"
	CTLOG_CORPUS=$(CORPUS) GOMAXPROCS=1 go test -run '^$$' -bench Gzip -benchtime 50x ./internal/inflate

.PHONY: bench-peers
bench-peers: build corpus ## compare with jq, libdeflate and others on the same files: time, memory; ONLY=memory for some lines
	@for t in jq libdeflate-gunzip taskset; do command -v $$t >/dev/null || { echo "bench-peers needs $$t (Debian: jq, libdeflate-tools, util-linux)"; exit 1; }; done
	go build -o bin/ ./internal/tools/sum ./internal/tools/gunzip
	go run ./internal/tools/peers -ctlog ./ctlog -hash bin/sum -gunzip bin/gunzip -corpus $(CORPUS) -rules '$(RULES)' -only '$(ONLY)'

.PHONY: bench-s3
bench-s3: $(VERSITYGW) ## compare verify s3:// with aws cloudtrail validate-logs on the same server
	CTLOG_RATIO=3 CTLOG_VERSITYGW=$(VERSITYGW) go test -count 1 -v -timeout 1h -run TestRatioToAWS ./cmd/ctlog

.PHONY: corpus
corpus: ## write the benchmark corpora of docs/performance.md to $(CORPUS)
	go run ./internal/tools/trailgen corpus large $(CORPUS)
	go run ./internal/tools/trailgen corpus small $(CORPUS)

.PHONY: clean
clean: ## remove what was built
	rm -rf ctlog build bin
