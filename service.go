package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/config"
	"github.com/tacho-monitor/tacho/server"
)

// drain is how long a shutdown waits for requests to end.
const drain = 3 * time.Second

// service is a running tacho.
type service struct {
	config  config.Config
	address string // that is served
	level   *slog.LevelVar
	log     *slog.Logger
	sampler *collector.Sampler
	server  *server.Server
	ticked  atomic.Pointer[time.Time] // when the last snapshot was published
}

// run samples and serves until ctx ends: then sampling stops, streams are told
// goodbye, and requests have until drain is over.
func (s *service) run(ctx context.Context, l net.Listener, feed *server.Feed, hangup <-chan os.Signal, reload loader) error {
	sampling, stopSampling := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stopSampling()
	defer feed.Close()
	running.Go(s.server.RunStreams)
	first := make(chan struct{})
	processors := newProcessors()
	running.Go(func() {
		s.sampler.Run(sampling, func(snapshot *collector.Snapshot) {
			processors.adapt(s.server.Watching())
			feed.Publish(snapshot)
			now := time.Now()
			if s.ticked.Swap(&now) == nil {
				close(first)
			}
		})
	})
	<-first
	web := s.server.HTTPServer()
	failed := make(chan error, 1)
	running.Go(func() { failed <- web.Serve(l) })
	s.log.Info("serving", "url", s.url(l.Addr()), "interval", s.config.Interval.String())
	releaseStart()
	if err := s.supervise(ctx, failed, hangup, reload); err != nil {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	stopSampling()
	streams := feed.Stats()
	s.log.Info("stopping", "streams", streams.Subscribers, "sent_bytes", streams.SentBytes, "skipped", streams.Skipped)
	feed.Close()
	l.Close()
	return s.shutdown(web, failed)
}

// loader reads the settings anew.
type loader func() (config.Loaded, error)

// supervise tells the service manager how things are and reloads the settings
// on a hangup, until ctx ends or serving has failed. Loading them may hang, so
// it happens on the side.
func (s *service) supervise(ctx context.Context, failed <-chan error, hangup <-chan os.Signal, load loader) error {
	notify := newNotifier(s.log)
	notify.ready()
	defer notify.stopping()
	beat, stopBeat := notify.watchdog()
	defer stopBeat()
	loaded := make(chan func(), 1)
	for loading := false; ; {
		hangup := hangup
		if loading {
			hangup = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-hangup:
			loading = true
			notify.reloading()
			go func() {
				next, err := load()
				loaded <- func() { s.reload(next, err) }
			}()
		case apply := <-loaded:
			loading = false
			apply()
			notify.ready()
		case <-beat:
			if !s.overdue(time.Now()) {
				notify.alive()
			}
		}
	}
}

// url is what to open. Where every address is listened on, it is this machine's
// own.
func (s *service) url(address net.Addr) string {
	host := address.String()
	if address.Network() == "unix" {
		return "unix:" + host
	}
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return "http://" + host + s.config.BasePath + "/"
}

// overdue reports that sampling has stopped: with no tick for that long, the
// program does not do what it is for, and a supervisor should start it afresh.
func (s *service) overdue(now time.Time) bool {
	return now.Sub(*s.ticked.Load()) > 3*s.config.Interval+10*time.Second
}

// shutdown lets requests end once the listener is closed. Of what was accepted,
// all is known when accepting has ended.
func (s *service) shutdown(web *http.Server, accepting <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	<-accepting
	if s.server.Drain(ctx) != nil {
		s.log.Warn("requests did not end in time and were cut off")
	}
	return web.Close()
}

// reload takes over the settings that may change while running. Faulty settings
// change nothing.
func (s *service) reload(loaded config.Loaded, err error) {
	s.warn(loaded)
	if err != nil {
		s.log.Error("settings not reloaded, the earlier ones stay in force", "error", err)
		return
	}
	before := s.config
	merged, changed, restart := before.Reload(loaded.Config)
	s.config = merged
	s.level.Set(parseLevel(merged.Log.Level))
	s.server.Reload(policy(merged), merged.Stream.Heartbeat)
	if merged.Interval != before.Interval {
		s.sampler.SetInterval(merged.Interval)
	}
	s.sampler.SetBudget(merged.Budget.CPUPercent)
	s.log.Info("settings reloaded", "changed", append([]string{}, changed...))
	if len(restart) > 0 {
		s.log.Warn("these settings change with a restart only", "keys", restart)
	}
}

// warn logs what is odd about the settings and no fault.
func (s *service) warn(loaded config.Loaded) {
	for _, warning := range loaded.Warnings {
		s.log.Warn(warning)
	}
	if loaded.Config.AllowRemote {
		s.log.Warn("whoever reaches this port can read all: there are no logins", "listen", s.address)
	}
}
