package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

func (p program) snapshotCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "snapshot",
		Short: "Print one reading of everything",
		Long: `Prints one reading of everything. Rates need two readings, so this takes as long
as the interval, at most a second.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			loaded, err := p.load(c)
			p.warn(loaded)
			if err != nil {
				return err
			}
			snapshot := secondSnapshot(c.Context(), collectorOptions(loaded.Config), min(loaded.Config.Interval, time.Second))
			if snapshot == nil {
				return context.Cause(c.Context())
			}
			if asJSON {
				_, err = fmt.Fprintf(p.stdout, "%s\n", plainJSON(api.Object(snapshot, nil)))
				return err
			}
			return views.Terminal(p.stdout, snapshot)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON, as /api/v1/snapshot serves it")
	return c
}

// secondSnapshot returns the first snapshot that has rates, nil if ctx ends
// before it.
func secondSnapshot(ctx context.Context, options collector.Options, interval time.Duration) (second *collector.Snapshot) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sampler := collector.NewSampler(collector.NewCollectors(options), interval, slog.New(slog.DiscardHandler))
	var sampling sync.WaitGroup
	sampling.Go(func() {
		sampler.Run(ctx, func(s *collector.Snapshot) {
			if s.Seq == 2 {
				second = s
				cancel()
			}
		})
	})
	sampling.Wait()
	return second
}
