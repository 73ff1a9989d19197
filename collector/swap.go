package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Swap is the swap space and its traffic. Source: /proc/meminfo, /proc/vmstat
// (pswpin, pswpout, in pages). Where no traffic is counted, as in a kernel
// without swap, its rates and totals are unsupported.
type Swap struct {
	Total       uint64 `json:"total_bytes" from:"/proc/meminfo: SwapTotal"`
	Used        uint64 `json:"used_bytes" from:"/proc/meminfo: SwapTotal − SwapFree"`
	Free        uint64 `json:"free_bytes" from:"/proc/meminfo: SwapFree"`
	Cached      Value  `json:"cached_bytes" from:"/proc/meminfo: SwapCached"`                               // in swap and in memory alike
	UsedPercent Value  `json:"used_percent" from:"/proc/meminfo: 100 × (SwapTotal − SwapFree) / SwapTotal"` // unsupported without swap
	In          Value  `json:"in_bytes_per_second" from:"/proc/vmstat: Δpswpin × page size / t"`
	Out         Value  `json:"out_bytes_per_second" from:"/proc/vmstat: Δpswpout × page size / t"`
	InTotal     Value  `json:"in_bytes_total" from:"/proc/vmstat: pswpin × page size"`
	OutTotal    Value  `json:"out_bytes_total" from:"/proc/vmstat: pswpout × page size"`
}

// NewSwap returns the collector of Swap. It wraps [ErrNoBaseline] while there
// are counters without rates, and [ErrUnsupported] when /proc/meminfo has no
// lines about swap.
func NewSwap() Collector[Swap] { return (&swapReader{meminfo: newMeminfoReader()}).read }

type swapReader struct {
	meminfo  meminfoReader
	buf      []byte
	previous swapTraffic
	at       time.Time
}

func (r *swapReader) read(ctx context.Context) (Swap, error) {
	info, err := r.meminfo.read(ctx)
	if err != nil {
		return Swap{}, fmt.Errorf("swap: %w", err)
	}
	if !info.hasSwap {
		return Swap{}, fmt.Errorf("swap: %w: /proc/meminfo has no line SwapTotal", ErrUnsupported)
	}
	at := time.Now()
	traffic, err := r.readTraffic(ctx)
	if err != nil {
		return Swap{}, err
	}
	swap := info.swap()
	if !traffic.counted {
		return swap, nil
	}
	swap.InTotal, swap.OutTotal = Of(float64(traffic.in)), Of(float64(traffic.out))
	swap.In, swap.Out = traffic.since(r.previous, at.Sub(r.at))
	r.previous, r.at = traffic, at
	if swap.In.Status() == NoBaseline {
		return swap, fmt.Errorf("swap: %w", ErrNoBaseline)
	}
	return swap, nil
}

func (m meminfo) swap() Swap {
	free := min(m.swapFree, m.swapTotal)
	used := m.swapTotal - free
	return Swap{
		Total:       m.swapTotal,
		Used:        used,
		Free:        free,
		Cached:      m.swapCached,
		UsedPercent: percentOf(float64(used), float64(m.swapTotal)),
	}
}

// swapTraffic are the bytes swapped since boot; counted is false where nothing
// counts them.
type swapTraffic struct {
	in, out uint64
	counted bool
}

// since returns both rates, or neither: the counters are set back together.
func (t swapTraffic) since(previous swapTraffic, elapsed time.Duration) (in, out Value) {
	if !previous.counted || t.in < previous.in || t.out < previous.out {
		return Missing(NoBaseline), Missing(NoBaseline)
	}
	return perSecond(previous.in, t.in, elapsed), perSecond(previous.out, t.out, elapsed)
}

// readTraffic reads the file itself: gopsutil's mem.SwapMemory (44 us against
// 20) asks sysinfo(2), which knows no roots, and takes 4 KiB for a page.
func (r *swapReader) readTraffic(ctx context.Context) (swapTraffic, error) {
	text, err := readProcShared(ctx, "vmstat", &r.buf)
	if errors.Is(err, fs.ErrNotExist) {
		return swapTraffic{}, nil
	}
	if err != nil {
		return swapTraffic{}, fmt.Errorf("swap: %w", err)
	}
	traffic, err := parseSwapTraffic(string(text), uint64(os.Getpagesize()))
	if err != nil {
		return swapTraffic{}, fmt.Errorf("swap: /proc/vmstat: %w", err)
	}
	return traffic, nil
}

func parseSwapTraffic(text string, pageSize uint64) (swapTraffic, error) {
	if err := wholeLines(text); err != nil {
		return swapTraffic{}, err
	}
	in, hasIn := lineAfter(text, "pswpin ")
	out, hasOut := lineAfter(text, "pswpout ")
	if !hasIn && !hasOut {
		return swapTraffic{}, nil
	}
	traffic := swapTraffic{counted: true}
	var err error
	if traffic.in, err = parseScaled(in, pageSize); err != nil {
		return swapTraffic{}, fmt.Errorf("pswpin: %w", err)
	}
	if traffic.out, err = parseScaled(out, pageSize); err != nil {
		return swapTraffic{}, fmt.Errorf("pswpout: %w", err)
	}
	return traffic, nil
}
