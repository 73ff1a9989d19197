package main

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// sample runs a sampler of this machine until it has published count snapshots.
func sample(count int, interval time.Duration, publish func(*collector.Snapshot)) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	sampler := collector.NewSampler(collector.NewCollectors(collector.Options{}), interval, slog.New(slog.DiscardHandler))
	sampler.Run(ctx, func(s *collector.Snapshot) {
		publish(s)
		if count--; count == 0 {
			stop()
		}
	})
}

// BenchmarkTick samples at an interval, as the program does, so that time per
// operation would be that interval. It says instead how long a tick takes until
// it is published, and the time that it uses on all cores together.
func BenchmarkTick(b *testing.B) {
	const interval = 20 * time.Millisecond
	b.Run("tick", func(b *testing.B) {
		var waited time.Duration
		sample(b.N, interval, func(s *collector.Snapshot) { waited += time.Since(s.Time) })
		b.ReportMetric(float64(waited)/float64(b.N), "ns/op")
	})
	b.Run("tick CPU", func(b *testing.B) {
		before := ownCPU(b)
		sample(b.N, interval, func(*collector.Snapshot) {})
		b.ReportMetric(float64(ownCPU(b)-before)/float64(b.N), "ns/op")
	})
}

func ownCPU(b *testing.B) time.Duration {
	used, err := cpuTime(os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	return used
}
