package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ZFS is the state of the imported ZFS pools and of the cache (ARC). Source:
// /proc/spl/kstat/zfs.
type ZFS struct {
	Pools []ZFSPool `json:"pools"` // by name
	ARC   ZFSCache  `json:"arc"`
}

// ZFSPool is one imported pool. Its numbers are stale, and its state unknown,
// while its files do not answer, as those of a suspended pool may do.
//
// The counters are what the pool read and wrote on its devices where ZFS says so
// (before 2.1), and otherwise what its mounted datasets and volumes were asked
// for: the sum of those that there are, so that one that is unmounted takes its
// share out of it. Rates know each dataset and stay right. A pool of so many
// datasets that reading them takes long is read less often; Age says when.
type ZFSPool struct {
	Name   string `json:"name"`
	State  string `json:"state" from:"/proc/spl/kstat/zfs/POOL/state"` // "ONLINE", "DEGRADED", "FAULTED", "SUSPENDED", …; "" where it cannot be read
	Status Status `json:"status" from:"/proc/spl/kstat/zfs/POOL/state: how reading it went"`
	Error  string `json:"error,omitempty"`

	Reads        Value `json:"reads_total" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Σ reads, or reads of POOL/io"`
	Writes       Value `json:"writes_total" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Σ writes, or writes of POOL/io"`
	ReadBytes    Value `json:"read_bytes_total" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Σ nread, or nread of POOL/io"`
	WrittenBytes Value `json:"written_bytes_total" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Σ nwritten, or nwritten of POOL/io"`
	ReadRate     Value `json:"reads_per_second" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Δ(Σ reads) / t"`
	WriteRate    Value `json:"writes_per_second" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Δ(Σ writes) / t"`
	ReadSpeed    Value `json:"read_bytes_per_second" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Δ(Σ nread) / t"`
	WriteSpeed   Value `json:"written_bytes_per_second" from:"/proc/spl/kstat/zfs/POOL/objset-ID: Δ(Σ nwritten) / t"`
	Age          Value `json:"counters_age_seconds" from:"clock_gettime(2): since the counters were read"`
}

// ZFSCache is the adaptive replacement cache, which all pools share. Its numbers
// are missing with one status when arcstats cannot be read.
type ZFSCache struct {
	Size       Value `json:"size_bytes" from:"/proc/spl/kstat/zfs/arcstats: size"`
	Target     Value `json:"target_bytes" from:"/proc/spl/kstat/zfs/arcstats: c"`
	Minimum    Value `json:"minimum_bytes" from:"/proc/spl/kstat/zfs/arcstats: c_min"`
	Maximum    Value `json:"maximum_bytes" from:"/proc/spl/kstat/zfs/arcstats: c_max"`
	Hits       Value `json:"hits_total" from:"/proc/spl/kstat/zfs/arcstats: hits"`
	Misses     Value `json:"misses_total" from:"/proc/spl/kstat/zfs/arcstats: misses"`
	HitRate    Value `json:"hits_per_second" from:"/proc/spl/kstat/zfs/arcstats: Δhits / t"`
	MissRate   Value `json:"misses_per_second" from:"/proc/spl/kstat/zfs/arcstats: Δmisses / t"`
	HitPercent Value `json:"hit_percent" from:"/proc/spl/kstat/zfs/arcstats: 100 × Δhits / (Δhits + Δmisses)"` // idle when nobody asked
}

// NewZFS returns the collector of ZFS. Without the module it wraps
// [ErrUnsupported], and [ErrNoBaseline] at the first reading of counters.
//
// Each pool is read apart from the others: one that is suspended may hang.
func NewZFS() Collector[ZFS] {
	r := &zfsReader{fence: fence[string, zpoolReading]{subject: "zfs"}}
	return r.read
}

type zfsReader struct {
	fence fence[string, zpoolReading]
	pools map[string]*zpool
	arc   arcCounters
	at    time.Time // of arc
	buf   []byte
}

func (r *zfsReader) read(ctx context.Context) (ZFS, error) {
	dir := procPath(ctx, "spl/kstat/zfs")
	names, err := listPools(dir)
	if err != nil {
		return ZFS{}, fmt.Errorf("zfs: %w", optionalProc(ctx, err))
	}
	first := r.pools == nil
	z := ZFS{Pools: r.readPools(ctx, dir, names), ARC: r.readCache(filepath.Join(dir, "arcstats"))}
	if first {
		return z, fmt.Errorf("zfs: %w: first reading", ErrNoBaseline)
	}
	return z, nil
}

// listPools returns the directories of dir: every imported pool has one.
func listPools(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, naturalCompare)
	return names, nil
}

func (r *zfsReader) readPools(ctx context.Context, dir string, names []string) []ZFSPool {
	known := r.pools
	r.pools = make(map[string]*zpool, len(names))
	for _, name := range names {
		r.pools[name] = known[name]
		if r.pools[name] == nil {
			r.pools[name] = &zpool{dir: filepath.Join(dir, name)}
		}
	}
	pools := r.pools // a call may outlive this reading
	shown := make([]ZFSPool, len(names))
	for i, o := range r.fence.gather(ctx, names, func(name string) (zpoolReading, error) { return pools[name].read() }) {
		shown[i] = shownPool(names[i], o, time.Now())
	}
	return shown
}

// readCache reads arcstats and compares it with the reading before.
func (r *zfsReader) readCache(path string) ZFSCache {
	text, err := readInto(path, r.buf)
	now := time.Now()
	if err != nil {
		return noCache(statusOf(err))
	}
	r.buf = text
	arc, err := parseArcstats(text)
	if err != nil {
		return noCache(Failed)
	}
	cache := arc.since(r.arc, now.Sub(r.at), r.at.IsZero())
	r.arc, r.at = arc, now
	return cache
}

func noCache(why Status) ZFSCache {
	none := Missing(why)
	return ZFSCache{none, none, none, none, none, none, none, none, none}
}

// arcCounters is what arcstats says; the first four are bytes.
type arcCounters struct{ size, target, minimum, maximum, hits, misses Value }

// parseArcstats takes the lines that it has: not every version has all of them.
func parseArcstats(text []byte) (arcCounters, error) {
	var a arcCounters
	err := eachKstat(text, func(name, number []byte) {
		switch string(name) {
		case "size":
			a.size = kstatNumber(number)
		case "c":
			a.target = kstatNumber(number)
		case "c_min":
			a.minimum = kstatNumber(number)
		case "c_max":
			a.maximum = kstatNumber(number)
		case "hits":
			a.hits = kstatNumber(number)
		case "misses":
			a.misses = kstatNumber(number)
		}
	})
	return a, err
}

func (a arcCounters) since(before arcCounters, elapsed time.Duration, first bool) ZFSCache {
	c := ZFSCache{Size: a.size, Target: a.target, Minimum: a.minimum, Maximum: a.maximum, Hits: a.hits, Misses: a.misses}
	if first {
		before = arcCounters{hits: Missing(NoBaseline), misses: Missing(NoBaseline)}
	}
	c.HitRate = rateOf(before.hits, a.hits, elapsed)
	c.MissRate = rateOf(before.misses, a.misses, elapsed)
	hits, hasHits := c.HitRate.Get()
	misses, hasMisses := c.MissRate.Get()
	switch {
	case !hasHits:
		c.HitPercent = c.HitRate
	case !hasMisses:
		c.HitPercent = c.MissRate
	case hits+misses == 0:
		c.HitPercent = Missing(Idle)
	default:
		c.HitPercent = percentOf(hits, hits+misses)
	}
	return c
}

// rateOf is the rate of a counter that may be missing at either end.
func rateOf(before, now Value, elapsed time.Duration) Value {
	to, ok := now.Get()
	if !ok {
		return now
	}
	from, had := before.Get()
	if !had {
		return Missing(NoBaseline)
	}
	return perSecond(from, to, elapsed)
}
