module github.com/tacho-monitor/tacho/test

go 1.26.0

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.22.1
	github.com/tacho-monitor/tacho v0.0.0
	github.com/tmaxmax/go-sse v0.11.0
	golang.org/x/net v0.59.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	golang.org/x/text v0.42.0 // indirect
)

replace github.com/tacho-monitor/tacho => ..
