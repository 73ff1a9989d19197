package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// countingMachine is a fixture whose counters go on, wrap and begin anew, and whose
// cores, disks and interfaces come and go. No counter goes on faster than its
// limit, so no rate may be above it.
type countingMachine struct {
	random *rand.Rand
	dir    string
	cores  [4]countingDevice
	disks  [4]countingDevice
	links  [4]countingDevice
	swap   countingDevice
}

// countingDevice is what has a row of counters in one file.
type countingDevice struct {
	absent   bool
	counters []tally
}

type tally struct {
	value uint64
	limit float64 // a second
	bits  int     // at which it wraps
}

const (
	coreTicksLimit  = userHZ / float64(cpuColumns-2) // so that no core has more than a second in a second
	sectorsLimit    = 4e6
	operationsLimit = 1e5
	millisLimit     = 1e3
	queueLimit      = 64e3
	topSpeed        = 10000 // Mbit/s
	bytesLimit      = topSpeed * 1e6 / 8
	packetsLimit    = 1e7
	pagesLimit      = 1e5
)

func newCountingMachine(t *testing.T, seed uint64) *countingMachine {
	m := &countingMachine{random: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir()}
	for i := range m.cores {
		m.cores[i] = m.device(64, coreTicksLimit, coreTicksLimit, coreTicksLimit, coreTicksLimit, coreTicksLimit,
			coreTicksLimit, coreTicksLimit, coreTicksLimit, 0, 0)
		m.disks[i] = m.device(64, operationsLimit, operationsLimit, sectorsLimit, millisLimit*16, operationsLimit, operationsLimit, sectorsLimit, millisLimit*16,
			0, millisLimit, queueLimit, operationsLimit, operationsLimit, sectorsLimit, millisLimit, operationsLimit, millisLimit)
		for _, column := range []int{3, 7, 9, 10, 14, 16} { // times, which the kernel counts in 32 bits
			m.disks[i].counters[column].bits = 32
		}
		limits := [netdevColumns]float64{}
		for column := range limits {
			limits[column] = packetsLimit
		}
		limits[0], limits[netdevTransmit] = bytesLimit, bytesLimit
		m.links[i] = m.device([]int{32, 64}[i%2], limits[:]...) // 32 bits: drivers of old
		writeFile(t, filepath.Join(m.dir, fmt.Sprintf("sys/class/net/eth%d/speed", i)), fmt.Sprint(topSpeed, "\n"))
		writeFile(t, filepath.Join(m.dir, fmt.Sprintf("sys/class/net/eth%d/operstate", i)), "up\n")
	}
	m.swap = m.device(50, pagesLimit, pagesLimit) // in bytes there would be no number for more
	return m
}

// device begins anywhere, often shortly before it wraps.
func (m *countingMachine) device(bits int, limits ...float64) (d countingDevice) {
	for _, limit := range limits {
		begin := m.random.Uint64N(1 << 40)
		switch m.random.IntN(4) {
		case 0:
			begin = 1<<32 - 1 - m.random.Uint64N(1<<24)
		case 1:
			begin = math.MaxUint64 - m.random.Uint64N(1<<24)
		}
		d.counters = append(d.counters, tally{begin >> (64 - bits) & (math.MaxUint64 >> (64 - bits)), limit, bits})
	}
	return d
}

// pass lets time pass, and at times something happen.
func (m *countingMachine) pass(elapsed time.Duration) {
	time.Sleep(elapsed)
	for _, devices := range [][]countingDevice{m.cores[:], m.disks[:], m.links[:], {m.swap}} {
		for i := range devices {
			devices[i].pass(m.random, elapsed)
		}
	}
	m.cores[0].absent = false // a machine has one
}

func (d *countingDevice) pass(random *rand.Rand, elapsed time.Duration) {
	for i := range d.counters {
		d.counters[i].pass(random, elapsed)
	}
	switch random.IntN(20) {
	case 0: // goes, or is back
		d.absent = !d.absent
	case 1: // is back as another one
		if d.absent {
			for i := range d.counters {
				d.counters[i].value = random.Uint64() >> random.IntN(64)
			}
			d.absent = false
		}
	case 2: // begins anew, in part
		for i := range d.counters {
			if random.IntN(2) == 0 {
				d.counters[i].value = 0
			}
		}
	}
}

func (c *tally) pass(random *rand.Rand, elapsed time.Duration) {
	most := uint64(c.limit * elapsed.Seconds())
	switch random.IntN(4) {
	case 0:
	case 1:
		c.value += most
	default:
		c.value += random.Uint64N(most + 1)
	}
	if c.bits < 64 {
		c.value %= 1 << c.bits
	}
}

// write leaves the files as the kernel would have them at this moment.
func (m *countingMachine) write(t *testing.T) {
	var stat, cores, disks, links strings.Builder
	total := make([]uint64, cpuColumns)
	for i, d := range m.cores {
		for column, c := range d.counters {
			total[column] += c.value
		}
		writeRow(&cores, &d, "cpu%d", i)
	}
	fmt.Fprintf(&stat, "cpu  %s\n%sintr 0\n", strings.Trim(fmt.Sprint(total), "[]"), &cores)
	fmt.Fprint(&links, "Inter-|   Receive  |  Transmit\n face |bytes\n")
	for i := range m.disks {
		writeRow(&disks, &m.disks[i], "   8 %7d sd%c", 16*i, 'a'+i)
		writeRow(&links, &m.links[i], "  eth%d:", i)
	}
	for name, text := range map[string]string{
		"stat":      stat.String(),
		"diskstats": disks.String(),
		"1/net/dev": links.String(),
		"meminfo":   "MemTotal: 1000 kB\nMemFree: 500 kB\nMemAvailable: 700 kB\nSwapTotal: 1000 kB\nSwapFree: 400 kB\nSwapCached: 1 kB\n",
		"vmstat":    fmt.Sprintf("pswpin %d\npswpout %d\n", m.swap.counters[0].value, m.swap.counters[1].value),
	} {
		writeFile(t, filepath.Join(m.dir, "proc", name), text)
	}
}

func writeRow(b *strings.Builder, d *countingDevice, format string, name ...any) {
	if d.absent {
		return
	}
	fmt.Fprintf(b, format, name...)
	for _, c := range d.counters {
		fmt.Fprint(b, " ", c.value)
	}
	b.WriteByte('\n')
}

// highest are the limits of what the collectors make of the counters.
var highest = map[string]float64{
	"read_bytes_per_second":  sectorsLimit * sectorSize,
	"write_bytes_per_second": sectorsLimit * sectorSize,
	"reads_per_second":       operationsLimit,
	"writes_per_second":      operationsLimit,
	"queue_length":           queueLimit / 1000,
	"bytes_per_second":       bytesLimit,
	"packets_per_second":     packetsLimit,
	"errors_per_second":      packetsLimit,
	"drops_per_second":       packetsLimit,
	"in_bytes_per_second":    pagesLimit,
	"out_bytes_per_second":   pagesLimit,
	"speed_bits_per_second":  topSpeed * 1e6,
}

// TestCountersNeverSpike holds the rates of random machines against what their
// counters may have counted.
func TestCountersNeverSpike(t *testing.T) {
	highest := highestWithPages()
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newCountingMachine(t, seed)
				ctx := rootedAt(t.Context(), m.dir)
				collect := rateCollectors(ctx)
				for tick := range 60 {
					m.write(t)
					for name, read := range collect {
						value, err := read()
						if err != nil && !errors.Is(err, ErrNoBaseline) {
							t.Fatalf("tick %d: %s: %v", tick, name, err)
						}
						checkNumbers(t, fmt.Sprintf("tick %d: %s", tick, name), highest, reflect.ValueOf(value))
					}
					m.pass(time.Duration(1+m.random.IntN(5000)) * time.Millisecond)
				}
			})
		})
	}
}

func highestWithPages() map[string]float64 {
	all := map[string]float64{}
	for name, limit := range highest {
		all[name] = limit
	}
	for _, name := range []string{"in_bytes_per_second", "out_bytes_per_second"} {
		all[name] *= float64(os.Getpagesize())
	}
	return all
}

func rateCollectors(ctx context.Context) map[string]func() (any, error) {
	cpu, disks, network, swap := NewCPU(), NewDisks(), NewNetwork(), NewSwap()
	return map[string]func() (any, error){
		"cpu":     func() (any, error) { return cpu(ctx) },
		"disks":   func() (any, error) { return disks(ctx) },
		"network": func() (any, error) { return network(ctx) },
		"swap":    func() (any, error) { return swap(ctx) },
	}
}

// checkNumbers wants each number within what its name and the limits allow.
func checkNumbers(t *testing.T, path string, highest map[string]float64, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			checkNumbers(t, fmt.Sprintf("%s[%d]", path, i), highest, v.Index(i))
		}
	case reflect.Struct:
		if usage, ok := v.Interface().(CPUUsage); ok {
			checkShares(t, path, usage)
		}
		for field := range v.Type().Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			below := v.FieldByIndex(field.Index)
			if number, ok := below.Interface().(Value); ok {
				checkNumber(t, path+"."+name, name, number, highest)
			} else if name != "-" && field.IsExported() {
				checkNumbers(t, path+"."+name, highest, below)
			}
		}
	}
}

func checkNumber(t *testing.T, path, name string, v Value, highest map[string]float64) {
	t.Helper()
	number, ok := v.Get()
	if !ok {
		if v.Status() == Failed {
			t.Errorf("%s is missing as %s", path, v.Status())
		}
		return
	}
	limit, known := highest[name]
	switch {
	case strings.HasSuffix(name, "_percent"):
		limit = 100
	case !known && strings.Contains(name, "per_second"):
		t.Errorf("%s has no limit here", path)
	case !known:
		limit = math.MaxFloat64
	}
	if math.IsNaN(number) || number < 0 || number > limit*(1+1e-9) {
		t.Errorf("%s is %v, want 0 to %v", path, number, limit)
	}
}

// checkShares wants the modes of a processor to make up a whole.
func checkShares(t *testing.T, path string, u CPUUsage) {
	t.Helper()
	whole := 0.0
	for _, share := range []Value{u.User, u.Nice, u.System, u.Idle, u.IOWait, u.IRQ, u.SoftIRQ, u.Steal, u.Guest} {
		number, _ := share.Get()
		whole += number
	}
	if whole > 100+1e-6 || u.Idle.Status() == OK && u.Guest.Status() == OK && whole < 100-1e-6 {
		t.Errorf("%s: the modes add up to %v %%", path, whole)
	}
}

// TestGapProperties tries every kind of time that may pass between two ticks.
func TestGapProperties(t *testing.T) {
	const slack = clockSlack
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(all ...time.Duration) time.Duration { return all[random.IntN(len(all))] }
	for range 10_000 {
		interval := pick(100*time.Millisecond, time.Second, time.Minute, time.Hour)
		monotonic := time.Duration(random.Int64N(int64(4 * interval)))
		stepped := pick(0, 0, time.Hour, -time.Hour, 8*time.Hour, slack/2, -slack/2)
		suspended := pick(0, 0, 8*time.Hour, time.Second, slack/2)
		base := instant{wall: time.Now(), boot: time.Duration(random.Int64N(1 << 50)), step: time.Duration(random.Int64N(1 << 50))}
		later := instant{
			wall: base.wall.Add(monotonic),
			boot: base.boot + monotonic + suspended,
			step: base.step + suspended + stepped, // the clock on the wall went on in suspend
		}
		got := gapBetween(base, later, interval)
		reason, missing := "", 0.0
		switch {
		case suspended > slack:
			reason, missing = "suspend", suspended.Seconds()
		case (suspended + stepped).Abs() > slack:
			reason, missing = "clock_step", (suspended + stepped).Seconds()
		case monotonic > 5*interval/2:
			reason, missing = "late", (monotonic - interval).Seconds()
		}
		if reason == "" && got != nil || reason != "" && (got == nil || got.Reason != reason || got.Seconds != missing) {
			t.Fatalf("%s of %s, stepped by %s, suspended for %s: got %+v, want %s of %v s", monotonic, interval, stepped, suspended, got, reason, missing)
		}
	}
}
