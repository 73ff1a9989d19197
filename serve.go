package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

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
	listener, err := listen(loaded.Config.Listen)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away
	// The signals are never given back: a second one, sent while the program ends,
	// must not turn a good end into a death.
	ctx, _ := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	s, feed := p.newService(loaded.Config, set)
	s.warn(loaded)
	reload := func() (config.Loaded, error) { return p.load(c) }
	return s.run(ctx, listener, feed, hangup, reload)
}

func (p program) newService(cfg config.Config, set *assets.Set) (*service, *server.Feed) {
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
		level:   level,
		log:     log,
		sampler: sampler,
		server: server.New(server.Options{
			Listen:   cfg.Listen,
			BasePath: cfg.BasePath,
			Version:  version(),
			Assets:   set,
			Feed:     feed,
			Log:      log,
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
		return collector.Clients{Subscribers: streams.Subscribers, SentBytes: streams.SentBytes}
	}
}

func policy(cfg config.Config) server.Policy {
	return server.Policy{Hosts: cfg.AllowedHosts, CORS: cfg.CORS.Origins, Embed: cfg.Embed.Origins}
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen %s: another program has this port; choose a free one, as in --listen 127.0.0.1:8586", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen %s: this user may not have this port; choose one above 1023, as in --listen 127.0.0.1:8585", address)
	case err != nil:
		return nil, fmt.Errorf("listen %s: %w", address, err)
	}
	return listener, nil
}
