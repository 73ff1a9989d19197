package collector

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ProcessQuery chooses processes and their order. The zero query chooses all, by
// CPU, most first.
type ProcessQuery struct {
	Text      string // within the name, command line, PID, unit, container or user, whatever the case
	User      string // exactly, a name or a number
	Unit      string // how the unit or the container's identifier begins, whatever the case
	Cgroup    string // path of the control group that they are in, or below; "" takes all
	Sort      string // one of [ProcessSorts]; any other is "cpu"
	Ascending bool
	Limit     int // at most so many rows; 0 for all
}

// processOrder is a way to sort. It compares by a number, or by a text where that
// is set.
type processOrder struct {
	key    string
	number func(*Process) Value
	text   func(*Process) string
}

var processOrders = []processOrder{
	{key: "cpu", number: func(p *Process) Value { return tenths(p.CPU) }},
	{key: "memory", number: func(p *Process) Value { return Of(float64(p.Resident)) }},
	{key: "swap", number: func(p *Process) Value { return p.Swap }},
	{key: "read", number: func(p *Process) Value { return p.ReadBytes }},
	{key: "write", number: func(p *Process) Value { return p.WriteBytes }},
	{key: "io", number: processFlow},
	{key: "pid", number: func(p *Process) Value { return Of(float64(p.PID)) }},
	{key: "name", text: func(p *Process) string { return p.Name }},
	{key: "user", text: func(p *Process) string { return p.User }},
	{key: "time", number: func(p *Process) Value { return Of(p.CPUSeconds) }},
	{key: "threads", number: func(p *Process) Value { return Of(float64(p.Threads)) }},
	{key: "started", number: func(p *Process) Value { return Of(float64(p.Start)) }},
	{key: "unit", text: func(p *Process) string { return p.Unit }},
}

// ProcessSorts returns the keys that processes can be sorted by.
func ProcessSorts() []string {
	keys := make([]string, len(processOrders))
	for i, order := range processOrders {
		keys[i] = order.key
	}
	return keys
}

func orderOf(key string) *processOrder {
	for i := range processOrders {
		if processOrders[i].key == key {
			return &processOrders[i]
		}
	}
	return &processOrders[0]
}

// tenths is a share of a processor to a tenth of a percent: what is spent below
// that is noise, and would have the idle change places at each tick.
func tenths(percent Value) Value {
	number, known := percent.Get()
	if !known {
		return percent
	}
	return Of(math.Round(10*number) / 10)
}

// processFlow is what a process reads and writes, missing where one of them is.
func processFlow(p *Process) Value {
	read, ok := p.ReadBytes.Get()
	if !ok {
		return p.ReadBytes
	}
	written, ok := p.WriteBytes.Get()
	if !ok {
		return p.WriteBytes
	}
	return Of(read + written)
}

// Select returns the processes that q chooses, in its order, and how many there
// are without its limit. Those that lack what is sorted by come last, either way
// up; equal ones are in the order of their numbers. CPU is compared to a tenth of a
// percent, and of those equal in it the one of most memory comes first.
func (p Processes) Select(q ProcessQuery) (rows []*Process, matched int) {
	return p.selectIn(q, nil)
}

// SelectProcesses is [Processes.Select] where Unit may be the name of a container
// too, as its runtime calls it.
func (s *Snapshot) SelectProcesses(q ProcessQuery) (rows []*Process, matched int) {
	return s.Processes.Value.selectIn(q, s.Cgroups.Value.containersNamed(q.Unit))
}

// containersNamed are the identifiers of the containers whose name begins so.
func (c Cgroups) containersNamed(beginning string) map[string]bool {
	if beginning == "" {
		return nil
	}
	named := make(map[string]bool)
	for _, group := range c.Cgroups {
		if group.Kind == "container" && beginsFold(group.Name, beginning) {
			named[group.Container] = true
		}
	}
	return named
}

func (p Processes) selectIn(q ProcessQuery, containers map[string]bool) (rows []*Process, matched int) {
	text := newTextFilter(q.Text)
	best := selection{order: orderOf(q.Sort), ascending: q.Ascending, limit: q.Limit}
	for process := range p.All() {
		if q.isIn(process, containers) && q.isBelow(process) && q.isOf(process) && text.mentions(process) {
			matched++
			best.add(process)
		}
	}
	return best.sorted(), matched
}

func (q *ProcessQuery) isIn(p *Process, containers map[string]bool) bool {
	switch {
	case q.Unit == "", beginsFold(p.Unit, q.Unit):
		return true
	case p.Container != "":
		return beginsFold(p.Container, q.Unit) || containers[p.Container]
	}
	return p.Unit == "" && beginsFold(p.Cgroup[strings.LastIndexByte(p.Cgroup, '/')+1:], q.Unit)
}

func (q *ProcessQuery) isBelow(p *Process) bool {
	return q.Cgroup == "" || isWithin(p.Cgroup, q.Cgroup)
}

func (q *ProcessQuery) isOf(p *Process) bool {
	return q.User == "" || p.User == q.User || isUser(p, q.User)
}

func isUser(p *Process, number string) bool {
	uid, known := p.UID.Get()
	n, err := strconv.ParseUint(number, 10, 32)
	return known && err == nil && uint64(uid) == n
}

func beginsFold(s, beginning string) bool {
	return len(s) >= len(beginning) && strings.EqualFold(s[:len(beginning)], beginning)
}

// textFilter looks for a text in whatever case. It folds each string once, into
// one buffer.
type textFilter struct {
	lower  string // what is looked for
	wanted []byte // the same
	buf    []byte
}

func newTextFilter(text string) textFilter {
	lower := strings.ToLower(strings.TrimSpace(text))
	return textFilter{lower: lower, wanted: []byte(lower)}
}

func (f *textFilter) mentions(p *Process) bool {
	if f.lower == "" {
		return true
	}
	var pid [20]byte
	return f.isIn(p.Name) || f.isIn(p.CommandLine) || f.isIn(p.Unit) || f.isIn(p.Container) || f.isIn(p.User) ||
		strings.Contains(string(strconv.AppendInt(pid[:0], int64(p.PID), 10)), f.lower)
}

func (f *textFilter) isIn(s string) bool {
	f.buf = f.buf[:0]
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return strings.Contains(strings.ToLower(s), f.lower)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		f.buf = append(f.buf, c)
	}
	return bytes.Contains(f.buf, f.wanted)
}

// selection keeps the first rows of an order without sorting all of them: a heap
// of at most limit, with the last of them on top.
type selection struct {
	order     *processOrder
	ascending bool
	limit     int
	rows      []row
}

// row is a process with what it is sorted by.
type row struct {
	process *Process
	number  float64
	text    string
	missing bool
}

func (s *selection) rowOf(p *Process) row {
	if s.order.text != nil {
		text := s.order.text(p)
		return row{process: p, text: text, missing: text == ""}
	}
	number, known := s.order.number(p).Get()
	return row{process: p, number: number, missing: !known}
}

func (s *selection) compare(a, b row) int {
	if a.missing != b.missing {
		if a.missing {
			return 1
		}
		return -1
	}
	c := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
	if !s.ascending {
		c = -c
	}
	if c == 0 && s.order.key == "cpu" {
		c = cmp.Compare(b.process.Resident, a.process.Resident)
	}
	return cmp.Or(c, cmp.Compare(a.process.PID, b.process.PID))
}

func (s *selection) add(p *Process) {
	added := s.rowOf(p)
	switch {
	case s.limit <= 0:
		s.rows = append(s.rows, added)
	case len(s.rows) < s.limit:
		s.rows = append(s.rows, added)
		s.rise(len(s.rows) - 1)
	case s.compare(added, s.rows[0]) < 0:
		s.rows[0] = added
		s.sink()
	}
}

func (s *selection) rise(i int) {
	for i > 0 {
		above := (i - 1) / 2
		if s.compare(s.rows[i], s.rows[above]) <= 0 {
			return
		}
		s.rows[i], s.rows[above] = s.rows[above], s.rows[i]
		i = above
	}
}

func (s *selection) sink() {
	for i := 0; ; {
		last := i
		for below := 2*i + 1; below <= 2*i+2 && below < len(s.rows); below++ {
			if s.compare(s.rows[below], s.rows[last]) > 0 {
				last = below
			}
		}
		if last == i {
			return
		}
		s.rows[i], s.rows[last] = s.rows[last], s.rows[i]
		i = last
	}
}

func (s *selection) sorted() []*Process {
	slices.SortFunc(s.rows, s.compare)
	processes := make([]*Process, len(s.rows))
	for i, row := range s.rows {
		processes[i] = row.process
	}
	return processes
}
