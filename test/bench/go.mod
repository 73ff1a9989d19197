module github.com/tacho-monitor/tacho/test/bench

go 1.26.0

require (
	github.com/r3labs/sse/v2 v2.10.0
	github.com/tacho-monitor/tacho v0.0.0
	github.com/tmaxmax/go-sse v0.11.0
	golang.org/x/sys v0.49.0
)

require (
	golang.org/x/net v0.59.0 // indirect
	gopkg.in/cenkalti/backoff.v1 v1.1.0 // indirect
)

replace github.com/tacho-monitor/tacho => ../..
