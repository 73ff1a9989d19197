package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Softnet is what the processors did with the packets that arrived. Source:
// /proc/net/softnet_stat.
//
// The kernel counts per core in 32 bits, which a busy one fills within the hour.
// The totals go on past that: they are the kernel's sums at the first reading,
// and what was counted since. A core that comes or goes leaves this tick without
// rates, and adds nothing for what it counted before.
type Softnet struct {
	Processed     Value `json:"processed_total" from:"/proc/net/softnet_stat: Σ column 1 of the cores, on past 2³²"`
	ProcessedRate Value `json:"processed_per_second" from:"/proc/net/softnet_stat: Σ Δcolumn 1 of the cores / t"`
	Dropped       Value `json:"dropped_total" from:"/proc/net/softnet_stat: Σ column 2 of the cores, on past 2³²"` // the queue of a core was full
	DroppedRate   Value `json:"dropped_per_second" from:"/proc/net/softnet_stat: Σ Δcolumn 2 of the cores / t"`
	Squeezed      Value `json:"squeezed_total" from:"/proc/net/softnet_stat: Σ column 3 of the cores, on past 2³²"` // a core ran out of time with packets left
	SqueezedRate  Value `json:"squeezed_per_second" from:"/proc/net/softnet_stat: Σ Δcolumn 3 of the cores / t"`

	// Cores are the cores that are online, with the kernel's own counts, which begin
	// anew at 2³².
	Cores []SoftnetCore `json:"-"`
}

// SoftnetCore is what one core did with the packets that arrived.
type SoftnetCore struct{ ID, Processed, Dropped, Squeezed uint32 }

// Columns of /proc/net/softnet_stat. The number of the core is there since 5.10.
const (
	processedColumn = iota
	droppedColumn
	squeezedColumn
	softnetColumns
	softnetCoreColumn = 12
)

// softnetCore is one line of /proc/net/softnet_stat.
type softnetCore struct {
	id     uint32 // of the core, or the number of the line where that is not told
	counts [softnetColumns]uint32
}

// softnetReader reads /proc/net/softnet_stat.
type softnetReader struct {
	buf      []byte
	previous []softnetCore
	at       time.Time // of previous; zero at first
	totals   [softnetColumns]uint64
}

func (r *softnetReader) read(ctx context.Context) Softnet {
	cores, err := r.readCores(ctx)
	if err != nil {
		none := Missing(statusOf(err))
		return Softnet{
			Processed: none, ProcessedRate: none, Dropped: none, DroppedRate: none, Squeezed: none, SqueezedRate: none,
		}
	}
	at := time.Now()
	elapsed := at.Sub(r.at)
	moved, known := softnetBetween(r.previous, cores)
	r.addUp(cores, moved)
	rate := func(column int) Value {
		if !known || elapsed <= 0 {
			return Missing(NoBaseline)
		}
		return Of(float64(moved[column]) / elapsed.Seconds())
	}
	softnet := Softnet{
		Processed: Of(float64(r.totals[processedColumn])), ProcessedRate: rate(processedColumn),
		Dropped: Of(float64(r.totals[droppedColumn])), DroppedRate: rate(droppedColumn),
		Squeezed: Of(float64(r.totals[squeezedColumn])), SqueezedRate: rate(squeezedColumn),
	}
	softnet.Cores = make([]SoftnetCore, len(cores))
	for i, core := range cores {
		softnet.Cores[i] = SoftnetCore{core.id, core.counts[processedColumn], core.counts[droppedColumn], core.counts[squeezedColumn]}
	}
	r.previous, r.at = cores, at
	return softnet
}

// addUp moves the totals on, or begins them.
func (r *softnetReader) addUp(cores []softnetCore, moved [softnetColumns]uint64) {
	for column := range r.totals {
		r.totals[column] += moved[column]
	}
	if !r.at.IsZero() {
		return
	}
	for _, core := range cores {
		for column, count := range core.counts {
			r.totals[column] += uint64(count)
		}
	}
}

func (r *softnetReader) readCores(ctx context.Context) ([]softnetCore, error) {
	text, err := readInto(procPath(ctx, "net/softnet_stat"), r.buf)
	if err != nil {
		return nil, err
	}
	r.buf = text
	return parseSoftnet(string(text))
}

// softnetBetween is what the cores counted between two readings. A count that is
// lower has gone past 2^32, unless that would take half of them. It is nothing,
// and not known, unless both readings have the same cores.
func softnetBetween(previous, current []softnetCore) (moved [softnetColumns]uint64, known bool) {
	sameCore := func(a, b softnetCore) bool { return a.id == b.id }
	if !slices.EqualFunc(previous, current, sameCore) {
		return moved, false
	}
	for i, core := range current {
		for column, count := range core.counts {
			more := count - previous[i].counts[column]
			if more > math.MaxInt32 {
				return [softnetColumns]uint64{}, false
			}
			moved[column] += uint64(more)
		}
	}
	return moved, true
}

// parseSoftnet reads a line a core that is online: hexadecimal columns, of which
// later kernels have more.
func parseSoftnet(text string) ([]softnetCore, error) {
	if err := wholeLines(text); err != nil {
		return nil, err
	}
	cores := make([]softnetCore, 0, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		core, err := parseSoftnetLine(strings.TrimSuffix(line, "\n"), uint32(len(cores)))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(cores)+1, err)
		}
		cores = append(cores, core)
	}
	return cores, nil
}

func parseSoftnetLine(line string, number uint32) (softnetCore, error) {
	core := softnetCore{id: number}
	column := 0
	for field, rest := cutField(line); field != ""; field, rest = cutField(rest) {
		value, err := strconv.ParseUint(field, 16, 32)
		if err != nil {
			return core, err
		}
		switch {
		case column < softnetColumns:
			core.counts[column] = uint32(value)
		case column == softnetCoreColumn:
			core.id = uint32(value)
		}
		column++
	}
	if column < softnetColumns {
		return core, errors.New("too few columns")
	}
	return core, nil
}
