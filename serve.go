package main

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/spf13/cobra"

	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/config"
	"github.com/tacho-monitor/tacho/server"
)

// serve runs until SIGTERM or an interrupt. While the settings load, which a
// dead file server can keep from ending, these end the program as they always do.
func (p program) serve(c *cobra.Command, _ []string) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	loaded, err := p.load(c)
	if err != nil {
		return err
	}
	set, err := assets.Load()
	if err != nil {
		return err
	}
	l, address, err := listener(loaded.Config, activation.Files(true))
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away
	// The signals are never given back: a second one, sent while the program ends,
	// must not turn a good end into a death.
	ctx, _ := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	s, feed := p.newService(loaded.Config, address, set)
	s.warn(loaded)
	if address != loaded.Config.Listen {
		s.log.Info("serving on the socket that the service manager passed, not on listen", "socket", address, "listen", loaded.Config.Listen)
	}
	reload := func() (config.Loaded, error) { return p.load(c) }
	return s.run(ctx, l, feed, hangup, reload)
}

// newService makes what serves on an address, which need not be that of cfg.
func (p program) newService(cfg config.Config, address string, set *assets.Set) (*service, *server.Feed) {
	level := new(slog.LevelVar)
	level.Set(parseLevel(cfg.Log.Level))
	log := newLogger(p.stderr, cfg.Log.Format, level)
	feed := server.NewFeed(cfg.Stream.Ring, log)
	options := collectorOptions(cfg)
	options.Clients = clientsOf(feed)
	sampler := collector.NewSampler(collector.NewCollectors(options), cfg.Interval, log)
	sampler.SetBudget(cfg.Budget.CPUPercent)
	return &service{
		config:  cfg,
		address: address,
		level:   level,
		log:     log,
		sampler: sampler,
		server: server.New(server.Options{
			Listen:     address,
			BasePath:   cfg.BasePath,
			PerAddress: cfg.Stream.PerAddress,
			Version:    version(),
			Assets:     set,
			Feed:       feed,
			Log:        log,
		}, policy(cfg), cfg.Stream.Heartbeat),
	}, feed
}

// collectorOptions are the settings that collectors go by.
func collectorOptions(cfg config.Config) collector.Options {
	return collector.Options{
		Mounts:      collector.MountFilter{Include: cfg.Mounts.Include, Exclude: cfg.Mounts.Exclude},
		CommandLine: cfg.Processes.CommandLine,
	}
}

// clientsOf tells the collector of this process who watches it.
func clientsOf(feed *server.Feed) func() collector.Clients {
	return func() collector.Clients {
		streams := feed.Stats()
		return collector.Clients{
			Subscribers: streams.Subscribers,
			SentBytes:   streams.SentBytes,
			Events:      streams.Events,
			Skipped:     streams.Skipped,
			Stalled:     streams.Stalled,
			Refused:     streams.Refused,
			Encodings:   streams.Encodings,
			DelayCounts: streams.Delays.Counts[:],
			DelayBounds: streams.Delays.Bounds(),
		}
	}
}

func policy(cfg config.Config) server.Policy {
	return server.Policy{Hosts: cfg.AllowedHosts, CORS: cfg.CORS.Origins, Embed: cfg.Embed.Origins}
}
