package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// notifier tells the service manager how the program does (sd_notify(3)). It
// does nothing without one.
type notifier struct{ log *slog.Logger }

func newNotifier(log *slog.Logger) notifier { return notifier{log} }

func (n notifier) send(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		n.log.Warn("service manager not notified", "error", err)
	}
}

func (n notifier) ready()    { n.send(daemon.SdNotifyReady) }
func (n notifier) stopping() { n.send(daemon.SdNotifyStopping) }
func (n notifier) alive()    { n.send(daemon.SdNotifyWatchdog) }

// reloading carries the time, by which the manager tells this reload's end from
// an earlier one's.
func (n notifier) reloading() {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) == nil {
		n.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, ts.Nano()/1000))
	}
}

// watchdog returns ticks at half of what the service manager allows, and none
// where it does not ask. stop ends them.
func (n notifier) watchdog() (beat <-chan time.Time, stop func()) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil || limit <= 0 {
		return nil, func() {}
	}
	ticker := time.NewTicker(limit / 2)
	return ticker.C, ticker.Stop
}
