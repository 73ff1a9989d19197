package collector

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// zpool reads the files of one pool. Only the call in the fence touches it.
type zpool struct {
	dir    string
	buf    []byte
	before map[string]zfsCounters // by file
	at     time.Time
	due    time.Time
	pacer  pacer
	last   zpoolReading // but for the state
}

// zpoolReading is what one call gave. It is immutable.
type zpoolReading struct {
	state    string
	stateErr error
	at       time.Time // of the counters
	total    [4]Value
	rate     [4]Value
}

// zfsCounters are reads, writes, bytes read and bytes written.
type zfsCounters [4]uint64

// read is the call for the fence.
func (p *zpool) read() (zpoolReading, error) {
	state, err := readWord(filepath.Join(p.dir, "state"))
	began := time.Now()
	if !began.Before(p.due) {
		p.last = p.count()
		p.due = p.last.at.Add(p.pacer.pauseAfter(time.Since(began)))
	}
	reading := p.last
	reading.state, reading.stateErr = state, err
	return reading, nil
}

// count reads the counters and compares them with those before.
func (p *zpool) count() zpoolReading {
	counters, fault := p.readCounters()
	now := time.Now()
	reading := zpoolReading{at: now}
	if fault != OK {
		reading.total, reading.rate = missingCounters(fault)
		p.before = nil
		return reading
	}
	total, used, ok := sumCounters(p.before, counters)
	for i := range total {
		reading.total[i] = Of(float64(total[i]))
		reading.rate[i] = Missing(NoBaseline)
		if p.before != nil && ok {
			reading.rate[i] = perSecond(0, used[i], now.Sub(p.at))
		}
	}
	p.before, p.at = counters, now
	return reading
}

// readCounters reads io or else every objset file.
func (p *zpool) readCounters() (map[string]zfsCounters, Status) {
	if text, err := readInto(filepath.Join(p.dir, "io"), p.buf); err == nil {
		p.buf = text
		if c, ok := parsePoolIO(text); ok {
			return map[string]zfsCounters{"io": c}, OK
		}
		return nil, Failed
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, statusOf(err)
	}
	counters := make(map[string]zfsCounters, len(entries))
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "objset-") {
			continue
		}
		text, err := readInto(filepath.Join(p.dir, e.Name()), p.buf)
		if err != nil {
			if statusOf(err) == Unsupported {
				continue // unmounted since it was listed
			}
			return nil, statusOf(err)
		}
		p.buf = text
		c, ok := parseObjset(text)
		if !ok {
			return nil, Failed
		}
		counters[e.Name()] = c
	}
	if len(counters) == 0 {
		return nil, Unsupported
	}
	return counters, OK
}

// sumCounters is the sum of all, and that of what each has counted since before:
// a dataset that was not there began at 0. It reports false when one went
// backwards.
func sumCounters(before, now map[string]zfsCounters) (total, used zfsCounters, ok bool) {
	ok = true
	for name, counters := range now {
		for i, count := range counters {
			total[i] += count
			if count < before[name][i] {
				ok = false
				continue
			}
			used[i] += count - before[name][i]
		}
	}
	return total, used, ok
}

// shownPool is what the fence gave for a pool.
func shownPool(name string, o outcome[zpoolReading], now time.Time) ZFSPool {
	p := ZFSPool{Name: name, Status: OK}
	got := o.value
	switch {
	case o.isStuck():
		p.Status, p.Error = Stale, "no answer for "+age(now.Sub(o.stuck))
	case o.err != nil:
		p.Status, p.Error = statusOf(o.err), o.err.Error()
	}
	if p.Status != OK {
		p.setCounters(missingCounters(p.Status))
		return p
	}
	p.setCounters(got.total, got.rate)
	p.Age = Of(max(0, now.Sub(got.at).Seconds()))
	switch {
	case got.stateErr != nil:
		p.Status, p.Error = statusOf(got.stateErr), got.stateErr.Error()
	case !isPoolState(got.state):
		p.Status, p.Error = Failed, "no state: "+strconv.Quote(got.state)
	default:
		p.State = got.state
	}
	return p
}

func (p *ZFSPool) setCounters(total, rate [4]Value) {
	p.Reads, p.Writes, p.ReadBytes, p.WrittenBytes = total[0], total[1], total[2], total[3]
	p.ReadRate, p.WriteRate, p.ReadSpeed, p.WriteSpeed = rate[0], rate[1], rate[2], rate[3]
}

func missingCounters(why Status) (total, rate [4]Value) {
	for i := range total {
		total[i], rate[i] = Missing(why), Missing(why)
	}
	return total, rate
}
