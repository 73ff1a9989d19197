package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/config"
	"github.com/tacho-monitor/tacho/server"
)

// drain is how long a shutdown waits for requests to end.
const drain = 3 * time.Second

// service is a running tacho.
type service struct {
	config  config.Config
	level   *slog.LevelVar
	log     *slog.Logger
	sampler *collector.Sampler
	server  *server.Server
	ticked  atomic.Int64 // when the last snapshot was published, Unix nanoseconds
}

// serve runs until the context of the command ends.
func (p program) serve(c *cobra.Command, _ []string) error {
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
	s, feed := p.newService(loaded.Config, set)
	reload := func() (config.Loaded, error) { return p.load(c) }
	return s.run(c.Context(), listener, feed, p.hangup, reload)
}

func (p program) newService(cfg config.Config, set *assets.Set) (*service, *server.Feed) {
	level := new(slog.LevelVar)
	level.Set(parseLevel(cfg.Log.Level))
	log := newLogger(p.stderr, cfg.Log.Format, level)
	feed := server.NewFeed(cfg.Stream.Ring, log)
	filter := collector.MountFilter{Include: cfg.Mounts.Include, Exclude: cfg.Mounts.Exclude}
	return &service{
		config:  cfg,
		level:   level,
		log:     log,
		sampler: collector.NewSampler(collector.NewCollectors(filter), cfg.Interval, log),
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

// run samples and serves until ctx ends: then sampling stops, streams are told
// goodbye, and requests have until drain is over.
func (s *service) run(ctx context.Context, l net.Listener, feed *server.Feed, hangup <-chan os.Signal, reload func() (config.Loaded, error)) error {
	sampling, stopSampling := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stopSampling()
	defer feed.Close()
	running.Go(s.server.RunStreams)
	first := make(chan struct{})
	running.Go(func() {
		s.sampler.Run(sampling, func(snapshot *collector.Snapshot) {
			feed.Publish(snapshot)
			if s.ticked.Swap(time.Now().UnixNano()) == 0 {
				close(first)
			}
		})
	})
	<-first
	web := s.server.HTTPServer()
	failed := make(chan error, 1)
	running.Go(func() { failed <- web.Serve(l) })
	s.log.Info("serving", "url", "http://"+l.Addr().String()+s.config.BasePath+"/", "interval", s.config.Interval.String())
	notify := newNotifier(s.log)
	notify.ready()
	beat, stopBeat := notify.watchdog()
	defer stopBeat()
	for {
		select {
		case <-ctx.Done():
			notify.stopping()
			stopSampling()
			return s.shutdown(web)
		case err := <-failed:
			return fmt.Errorf("serve %s: %w", l.Addr(), err)
		case <-hangup:
			notify.reloading()
			s.reload(reload())
			notify.ready()
		case <-beat:
			if !s.overdue(time.Now()) {
				notify.alive()
			}
		}
	}
}

// overdue reports that sampling has stopped: with no tick for that long, the
// program does not do what it is for, and a supervisor should start it afresh.
func (s *service) overdue(now time.Time) bool {
	return now.Sub(time.Unix(0, s.ticked.Load())) > 3*s.config.Interval+10*time.Second
}

func (s *service) shutdown(web *http.Server) error {
	s.log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests did not end in time and were cut off")
		return web.Close()
	}
	return err
}

// reload takes over the settings that may change while running. Faulty settings
// change nothing.
func (s *service) reload(loaded config.Loaded, err error) {
	if err != nil {
		s.log.Error("settings not reloaded, the earlier ones stay in force", "error", err)
		return
	}
	merged, changed, restart := s.config.Reload(loaded.Config)
	s.config = merged
	s.level.Set(parseLevel(merged.Log.Level))
	s.sampler.SetInterval(merged.Interval)
	s.server.Reload(policy(merged), merged.Stream.Heartbeat)
	s.log.Info("settings reloaded", "changed", changed)
	if len(restart) > 0 {
		s.log.Warn("these settings change with a restart only", "keys", restart)
	}
}
