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
	Subscribers    Value `json:"subscribers" from:"stream.Hub.Stats(): clients whose streams are open"`
	SentTotal      Value `json:"sent_bytes_total" from:"stream.Hub.Stats(): bytes that streams have sent"`
	Sent           Value `json:"sent_bytes_per_second" from:"stream.Hub.Stats(): Δsent bytes / t"`
	EventsTotal    Value `json:"events_total" from:"stream.Hub.Stats(): events that streams were given"`
	Events         Value `json:"events_per_second" from:"stream.Hub.Stats(): Δevents / t"`
	SkippedTotal   Value `json:"skipped_total" from:"stream.Hub.Stats(): events that slow streams passed over"`
	StalledTotal   Value `json:"stalled_total" from:"stream.Hub.Stats(): streams closed because they accepted nothing"`
	RefusedTotal   Value `json:"refused_total" from:"stream.Hub.Stats(): clients for whom there was no room"`
	EncodingsTotal Value `json:"encodings_total" from:"stream.Hub.Stats(): parts of events encoded, each once for all streams"`
	Encodings      Value `json:"encodings_per_second" from:"stream.Hub.Stats(): Δencodings / t"`

	// DelayP99 is Idle where no event was sent since the reading before, and Failed
	// where more than one in a hundred took longer than the longest bound.
	DelayP99 Value `json:"delay_p99_seconds" from:"stream.Hub.Stats(): upper bound of what 99 % of the events since the reading before took from tick to socket"`
}

// NewSelf returns the collector of Self. It wraps [ErrNoBaseline] at its first
// call. Clients tells of those who watch; nil where nobody can. Roots do not count
// for it.
func NewSelf(clients func() Clients) Collector[Self] {
	return (&selfReader{clients: clients}).read
}

type selfReader struct {
	clients func() Clients
	before  Clients
	seconds float64
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
	elapsed := r.elapsed(at)
	self := Self{
		CPU:        perSecond(100*r.seconds, 100*seconds, elapsed),
		CPUSeconds: seconds,
		Resident:   resident,
		Goroutines: runtime.NumGoroutine(),
	}
	if r.clients != nil {
		now := r.clients()
		self.count(now)
		self.compare(r.before, now, elapsed)
		r.before = now
	}
	r.seconds, r.at = seconds, at
	if self.CPU.Status() == NoBaseline {
		return self, fmt.Errorf("self: %w", ErrNoBaseline)
	}
	return self, nil
}

// elapsed is the time since the reading before, 0 at the first.
func (r *selfReader) elapsed(at time.Time) time.Duration {
	if r.at.IsZero() {
		return 0
	}
	return at.Sub(r.at)
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
