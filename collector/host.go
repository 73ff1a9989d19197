package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Host is what stays the same from tick to tick, and the uptime. Source:
// /proc/sys/kernel, uname(2), os-release(5), /proc/stat (btime), /proc/uptime, utmp,
// and for Virtualization what process 1 and the firmware show of themselves.
//
// The kernel gives whoever asks the name of his own UTS namespace, whatever the
// root. So where HOST_ETC or HOST_ROOT name another /etc, Name is in its
// hostname, if there is one.
type Host struct {
	Name           string    `json:"name"`
	OS             string    `json:"os"`             // "Debian GNU/Linux 12 (bookworm)"; "" without an os-release
	Kernel         string    `json:"kernel"`         // release
	Architecture   string    `json:"architecture"`   // as uname -m says it
	Virtualization string    `json:"virtualization"` // "KVM guest", "Docker container"; "" when none was recognised
	BootTime       time.Time `json:"boot_time" from:"/proc/stat: btime, in seconds since 1970"`
	Uptime         float64   `json:"uptime_seconds" from:"/proc/uptime: its first number"`
	Users          []User    `json:"users"`                                                                       // login sessions, by utmp, whose processes are not known to be gone
	UsersStatus    Status    `json:"users_status" from:"/run/utmp: whether it was there and could be read whole"` // why Users may be incomplete; unsupported without utmp

	// KernelVersion ("#1 SMP …") and DomainName, of NIS and "(none)" as a rule, are
	// as uname(2) says them; "" where the kernel does not.
	KernelVersion string    `json:"-"`
	DomainName    string    `json:"-"`
	Release       OSRelease `json:"-"` // zero without an os-release
}

// User is one login session.
type User struct {
	Name     string    `json:"name"`
	Terminal string    `json:"terminal"`
	From     string    `json:"from"` // host name or address; "" for a local one
	Since    time.Time `json:"since"`
}

// NewHost returns the collector of Host. Name and Uptime are of this call, the
// sessions and BootTime at most hostInterval old, the rest of the first call
// that could read it.
func NewHost() Collector[Host] { return new(hostReader).read }

// hostInterval is how often a host is asked for what seldom changes.
const hostInterval = 10 * time.Second

type hostReader struct {
	slow Host // all but Name and Uptime
	at   time.Time
}

func (r *hostReader) read(ctx context.Context) (Host, error) {
	if now := time.Now(); r.at.IsZero() || now.Sub(r.at) >= hostInterval {
		if err := refreshHost(ctx, &r.slow); err != nil {
			return Host{}, fmt.Errorf("host: %w", err)
		}
		r.at = now
	}
	reading := r.slow
	var err error
	if reading.Name, err = readHostName(ctx); err != nil {
		return Host{}, fmt.Errorf("host: %w", err)
	}
	if reading.Uptime, err = readUptime(ctx); err != nil {
		return Host{}, fmt.Errorf("host: %w", err)
	}
	return reading, nil
}

// refreshHost does not ask gopsutil, whose host.Info takes 8 ms, and whose
// host.PlatformInformation and host.Users may start lsb_release and loginctl.
func refreshHost(ctx context.Context, h *Host) error {
	var err error
	// Not for good: setting the clock moves the boot time, and a machine without
	// a battery for its clock does so minutes after boot.
	if h.BootTime, err = readBootTime(ctx); err != nil {
		return err
	}
	if h.Kernel == "" {
		if h.Kernel, err = readKernelName(ctx, "osrelease"); err != nil {
			return err
		}
		h.KernelVersion, _ = readKernelName(ctx, "version")
	}
	h.DomainName, _ = readKernelName(ctx, "domainname")
	if h.Architecture == "" {
		if h.Architecture, err = machine(); err != nil {
			return err
		}
		h.Virtualization = virtualization(ctx)
	}
	if h.Release == (OSRelease{}) {
		h.Release = readOSRelease(ctx)
		h.OS = h.Release.PrettyName
	}
	h.Users, h.UsersStatus = readUsers(ctx)
	return nil
}

func readHostName(ctx context.Context) (string, error) {
	if path := etcPath(ctx, "hostname"); path != "/etc/hostname" {
		if name, err := readWord(path); err == nil && name != "" {
			name, _, _ = strings.Cut(name, "\n")
			return name, nil
		}
	}
	return readKernelName(ctx, "hostname")
}

// readKernelName reads one of the names that uname(2) gives, below the root.
func readKernelName(ctx context.Context, name string) (string, error) {
	text, err := readProc(ctx, "sys/kernel", name)
	if err != nil {
		return "", err
	}
	value := strings.TrimSpace(text)
	if value == "" {
		return "", fmt.Errorf("/proc/sys/kernel/%s: empty", name)
	}
	return value, nil
}

func machine() (string, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "", fmt.Errorf("uname: %w", err)
	}
	return unix.ByteSliceToString(name.Machine[:]), nil
}

func readBootTime(ctx context.Context) (time.Time, error) {
	text, err := readInto(procPath(ctx, "stat"), nil)
	if err != nil {
		return time.Time{}, hintAtProc(err)
	}
	seconds, err := parseStatLine(text, "btime")
	if err != nil {
		return time.Time{}, fmt.Errorf("/proc/stat: %w", err)
	}
	return epoch(seconds), nil
}

// epoch takes seconds since 1970. Years of more than four digits have no RFC
// 3339 form, so they give the last moment that has one.
func epoch(seconds uint64) time.Time {
	const last = 253402300799
	return time.Unix(int64(min(seconds, last)), 0).UTC()
}

func readUptime(ctx context.Context) (float64, error) {
	text, err := readProc(ctx, "uptime")
	if err != nil {
		return 0, err
	}
	uptime, err := parseUptime(text)
	if err != nil {
		return 0, fmt.Errorf("/proc/uptime: %w", err)
	}
	return uptime, nil
}

// parseUptime reads "962.56 1781.99": the uptime, and the idle time of all cores.
func parseUptime(text string) (float64, error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0, errors.New("not uptime and idle time")
	}
	return parseFinite(fields[0])
}
