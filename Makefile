# make run     build, and serve on http://127.0.0.1:8585
# make test    every test; installs what it needs from npm and, as root on Debian, from apt
# make help    the other targets

GO   ?= go
NPM  ?= npm
NODE ?= node

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

assets_sources := $(wildcard assets/js/*.js assets/css/*.css assets/*.svg) assets/build.mjs package.json package-lock.json
go_sources = $(shell git ls-files '*.go' 2>/dev/null || find . -name '*.go')

.PHONY: run build nvml/dist/host.gz test test-go test-js test-program test-systemd cover bench lint vulnerabilities fmt generate screenshots measure clean help

run: build ## build, and serve on http://127.0.0.1:8585
	bin/tacho serve

build: assets/dist/manifest.json nvml/dist/host.gz ## leave a static binary in bin/tacho
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/tacho .

assets/dist/manifest.json: node_modules/.package-lock.json $(assets_sources)
	$(NODE) assets/build.mjs

# Built each time: the Go tool knows what is current, for the architecture of this build.
nvml/dist/host.gz:
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w' -o bin/tacho-nvml ./nvml/host
	gzip -9nc bin/tacho-nvml >bin/tacho-nvml.gz
	mv bin/tacho-nvml.gz $@

node_modules/.package-lock.json: package.json package-lock.json
	@command -v $(NPM) >/dev/null || { echo 'tacho needs npm to build its page: apt-get install npm' >&2; exit 1; }
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

test: test-go test-js test-program test-systemd ## every test

test-go: ## Go tests of every room, with the race detector
	$(GO) test -race -shuffle=on ./...

test-js: build ## tests of the page's scripts
	$(NODE) --test assets/js/*.test.js

test-program: build test/needs ## the whole program: browser, proxies, signals
	cd test && $(GO) test -count=1 -parallel=1 -timeout=30m . # one page at a time, as a reader has it
	cd test && $(GO) test -count=1 -timeout=20m ./contract

test-systemd: build test/needs ## the unit, in a booted Debian; needs root
	test/systemd/run

.PHONY: test/needs
test/needs:
	@test/needs.sh

cover: ## coverage of our own Go code, generated code left out
	$(GO) test -coverprofile=bin/cover.out -coverpkg=./... ./... >/dev/null
	grep -v '_templ.go:' bin/cover.out >bin/cover.own
	$(GO) tool cover -func=bin/cover.own | tail -n 1

bench: build ## what sampling, rendering and streaming cost
	test/bench/run

lint: ## vet, staticcheck, formatting, generated code, module files
	$(GO) vet ./...
	cd test && $(GO) vet ./...
	cd test/bench && $(GO) vet ./...
	$(GO) tool staticcheck ./...
	@for module in . test test/bench; do (cd "$$module" && $(GO) mod tidy -diff) || { echo "not tidy: $$module/go.mod" >&2; exit 1; }; done
	@before=$$(sha256sum views/*_templ.go); $(GO) tool templ generate >/dev/null; \
	[[ $$(sha256sum views/*_templ.go) == "$$before" ]] || { echo 'views/*_templ.go were not those of the templ files; they are generated afresh' >&2; exit 1; }
	@unformatted=$$(gofmt -l $(go_sources)); [[ -z $$unformatted ]] || { echo "not gofmt-ed: $$unformatted" >&2; exit 1; }

vulnerabilities: ## known ones in what we use; needs the Go vulnerability database
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./...

fmt: ## format Go and templ files
	$(GO) tool templ fmt views
	gofmt -w $(go_sources)

generate: ## templ files to Go
	$(GO) tool templ generate

screenshots: build test/needs ## docs/*.png, of the page in a real browser; ALL=DIR has every state of it
	cd test && $(GO) run ./screenshots $(if $(ALL),-all $(abspath $(ALL))) ../docs

measure: build test/needs ## what the page costs a browser; takes eleven minutes
	cd test && $(GO) run ./measure

clean: ## what was built
	rm -rf bin node_modules
	find assets/dist nvml/dist -mindepth 1 ! -name .gitignore -delete

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18
