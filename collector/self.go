package collector

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Self is what this process costs. Source: getrusage(2), /proc/self/statm,
// the Go runtime.
type Self struct {
	CPU        Value   `json:"cpu_percent" from:"getrusage(2): 100 × Δ(user + system time) / t"` // of one core
	CPUSeconds float64 `json:"cpu_seconds_total" from:"getrusage(2): user + system time"`
	Resident   uint64  `json:"resident_bytes" from:"/proc/self/statm: column 2 × page size"`
	Goroutines int     `json:"goroutines" from:"runtime.NumGoroutine()"`

	// Unsupported where nobody is served.
	Subscribers Value `json:"subscribers" from:"stream.Hub.Stats(): clients whose streams are open"`
	SentTotal   Value `json:"sent_bytes_total" from:"stream.Hub.Stats(): bytes that streams have sent"`
	Sent        Value `json:"sent_bytes_per_second" from:"stream.Hub.Stats(): Δsent bytes / t"`
}

// Clients are those who watch this process.
type Clients struct {
	Subscribers int64  // whose streams are open
	SentBytes   uint64 // on all streams since the start
}

// NewSelf returns the collector of Self. It wraps [ErrNoBaseline] at its first
// call. Clients tells of those who watch; nil where nobody can. Roots do not count
// for it.
func NewSelf(clients func() Clients) Collector[Self] {
	return (&selfReader{clients: clients}).read
}

type selfReader struct {
	clients func() Clients
	seconds float64
	sent    uint64
	at      time.Time
}

func (r *selfReader) read(context.Context) (Self, error) {
	at := time.Now()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return Self{}, fmt.Errorf("self: getrusage: %w", err)
	}
	resident, err := readResident()
	if err != nil {
		return Self{}, fmt.Errorf("self: %w", err)
	}
	seconds := time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
	self := Self{
		CPU:        Missing(NoBaseline),
		CPUSeconds: seconds,
		Resident:   resident,
		Goroutines: runtime.NumGoroutine(),
	}
	if !r.at.IsZero() {
		self.CPU = perSecond(100*r.seconds, 100*seconds, at.Sub(r.at))
	}
	r.addClients(&self, at)
	r.seconds, r.at = seconds, at
	if self.CPU.Status() == NoBaseline {
		return self, fmt.Errorf("self: %w", ErrNoBaseline)
	}
	return self, nil
}

func (r *selfReader) addClients(self *Self, at time.Time) {
	if r.clients == nil {
		return
	}
	now := r.clients()
	self.Subscribers = Of(float64(now.Subscribers))
	self.SentTotal = Of(float64(now.SentBytes))
	self.Sent = Missing(NoBaseline)
	if !r.at.IsZero() {
		self.Sent = perSecond(r.sent, now.SentBytes, at.Sub(r.at))
	}
	r.sent = now.SentBytes
}

// readResident reads the real /proc: HOST_PROC is that of the watched machine,
// where this process may be another one or none.
func readResident() (uint64, error) {
	text, err := readText("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	resident, err := parseResident(text, uint64(os.Getpagesize()))
	if err != nil {
		return 0, fmt.Errorf("/proc/self/statm: %w", err)
	}
	return resident, nil
}

// parseResident returns the second column of statm, which counts pages, in bytes.
func parseResident(text string, pageSize uint64) (uint64, error) {
	fields := strings.Fields(text)
	if len(fields) < 3 {
		return 0, fmt.Errorf("only %d fields", len(fields))
	}
	return parseScaled(fields[1], pageSize)
}
