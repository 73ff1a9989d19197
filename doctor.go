package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/config"
	"github.com/tacho-monitor/tacho/doctor"
)

func (p program) doctorCommand() *cobra.Command {
	var asJSON bool
	var of string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell of every source whether it can be read, and what would mend it",
		Long: `Tells of every source whether this process can read it, what of the page is missing
where it cannot, and what would mend that. With --of it asks a tacho that serves,
which may be another user in a sandbox, about itself.

The exit code is 1 when a source is denied, failing or missing. One that is absent,
because the machine has no such thing, is no fault.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			loaded, err := p.load(c)
			p.warn(loaded)
			if err != nil {
				return err
			}
			report, err := examine(c.Context(), loaded.Config, of)
			if err != nil {
				return err
			}
			if err := printReport(p.stdout, report, asJSON); err != nil {
				return err
			}
			if !report.Well {
				return unwell(report.Faults())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON, as /api/v1/doctor serves it")
	c.Flags().StringVar(&of, "of", "", "ask the tacho that serves at this address, as http://127.0.0.1:8585/")
	return c
}

// unwell is the end of a doctor who has found something to mend.
func unwell(faults int) error {
	if faults == 1 {
		return errors.New("1 source is denied, failing or missing")
	}
	return fmt.Errorf("%d sources are denied, failing or missing", faults)
}

func printReport(w io.Writer, r doctor.Report, asJSON bool) error {
	if !asJSON {
		return r.Write(w)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// examine judges this process, or has the tacho at the address of judge itself.
func examine(ctx context.Context, c config.Config, of string) (doctor.Report, error) {
	if of != "" {
		return askDoctor(ctx, of)
	}
	snapshot := settledSnapshot(ctx, collectorOptions(c), min(c.Interval, time.Second))
	if snapshot == nil {
		return doctor.Report{}, context.Cause(ctx)
	}
	report := doctor.Examine(snapshot, doctor.Look())
	report.Notes = append(report.Notes, fmt.Sprintf("This is what the process of this command can read. A tacho that serves judges itself: tacho doctor --of http://%s%s/", c.Listen, c.BasePath))
	return report, nil
}

// settled is how many ticks a source that is slow at first has for its answer.
const settled = 6

// settledSnapshot returns the first snapshot with rates in which every source has
// answered, or the last that is waited for; nil if ctx ends before it.
func settledSnapshot(ctx context.Context, options collector.Options, interval time.Duration) (last *collector.Snapshot) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sampler := collector.NewSampler(collector.NewCollectors(options), interval, slog.New(slog.DiscardHandler))
	var sampling sync.WaitGroup
	sampling.Go(func() {
		sampler.Run(ctx, func(s *collector.Snapshot) {
			if s.Seq >= 2 && (s.Seq == settled || hasAnswers(s)) {
				last = s
				cancel()
			}
		})
	})
	sampling.Wait()
	return last
}

func hasAnswers(s *collector.Snapshot) bool {
	for _, section := range s.Sections() {
		if status := section.Status(); status == collector.Stale || status == collector.NoBaseline {
			return false
		}
	}
	return true
}

// askPatience is how long a tacho that serves may take to judge itself.
const askPatience = 10 * time.Second

// reportLimit is far more than a report has.
const reportLimit = 4 << 20

func askDoctor(ctx context.Context, address string) (report doctor.Report, err error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return report, usageError{fmt.Errorf("--of %q: not an address; allowed is one like http://127.0.0.1:8585/", address)}
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	where := strings.TrimSuffix(base.String(), "/") + "/api/v1/doctor"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return report, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return report, fmt.Errorf("no tacho answers: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return report, fmt.Errorf("%s: answered with %s", where, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, reportLimit)).Decode(&report); err != nil {
		return report, fmt.Errorf("%s: %w", where, err)
	}
	if len(report.Sources) == 0 {
		return report, errors.New(where + ": answered without sources")
	}
	return report, nil
}
