package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
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
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(plainJSON(text.Bytes()))
	return err
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
	report.Notes = append(report.Notes, fmt.Sprintf("This is what the process of this command can read. A tacho that serves judges itself: tacho doctor --of %s", ownAddress(c)))
	return report, nil
}

// ownAddress is where a tacho with these settings is asked from its own machine:
// one that listens on every interface does so on loopback.
func ownAddress(c config.Config) string {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "http://" + c.Listen + c.BasePath + "/"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + c.BasePath + "/"
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
	where, err := doctorOf(address)
	if err != nil {
		return report, err
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return report, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return report, fmt.Errorf("no tacho answers: %w", err)
	}
	defer response.Body.Close()
	if code := response.StatusCode; code != http.StatusOK {
		// The reason phrase that the other side sends may hold anything.
		return report, fmt.Errorf("%s: answered with %s", where.Redacted(), strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code))))
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, reportLimit)).Decode(&report); err != nil {
		return report, fmt.Errorf("%s: %w", where.Redacted(), err)
	}
	if len(report.Sources) == 0 {
		return report, errors.New(where.Redacted() + ": answered without sources")
	}
	return report, nil
}

// doctorOf is where the tacho whose page is at the address tells of itself.
func doctorOf(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err == nil {
		address = base.Redacted()
	}
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, usageError{fmt.Errorf("--of %q: not an address; allowed is one like http://127.0.0.1:8585/", address)}
	}
	base.RawQuery, base.ForceQuery = "", false
	base.Fragment, base.RawFragment = "", ""
	return base.JoinPath("api/v1/doctor"), nil
}
