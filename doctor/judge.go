package doctor

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// examination is what a source is judged by.
type examination struct {
	Environment
	snapshot *collector.Snapshot
	tallies  map[*Source]*tally // of the sections that were measured
	worst    map[*Source]grade  // of the element that is measured

	// What several sources are judged by is read once, when the first asks.
	cpuinfo      func() string // "" where it cannot be read
	kernelConfig func() string
}

func newExamination(s *collector.Snapshot, e Environment) *examination {
	x := &examination{Environment: e, snapshot: s, tallies: make(map[*Source]*tally), worst: make(map[*Source]grade)}
	x.cpuinfo = sync.OnceValue(func() string { return word(x.cpuinfoPath()) })
	x.kernelConfig = sync.OnceValue(func() string { return x.readKernelConfig() })
	return x
}

// judge says how one source fares.
func (x *examination) judge(s *Source, section collector.Section) Finding {
	f := x.find(s, section)
	f.Section, f.Source, f.Gives = s.section, s.path, s.gives
	return f
}

func (x *examination) find(s *Source, section collector.Section) Finding {
	switch section.Status() {
	case collector.Denied, collector.Failed, collector.Stale:
		return x.findInFault(s, section)
	case collector.Unsupported:
		return x.findNone(s, section.Fault())
	}
	if s.judge != nil {
		if f, ok := s.judge(x, x.tallies[s]); ok {
			return f
		}
	}
	t := x.tallies[s]
	switch {
	case len(shapesFrom(s)) == 0: // nothing of it can be missing where the section is not
		return Finding{Status: OK}
	case t == nil:
		return x.findNone(s, nil)
	case t.count[denied] > 0:
		return x.denied(s, t)
	case t.count[failed]+t.count[stale] > 0:
		return x.failing(s, t)
	case !t.wasRead():
		return x.findNone(s, nil)
	}
	return Finding{Status: OK}
}

// shapesFrom lists the members that come from a source and can be missing.
func shapesFrom(s *Source) (paths []string) {
	var walk func(shape)
	walk = func(in shape) {
		for _, l := range in.leaves {
			if l.source == s {
				paths = append(paths, l.path)
			}
		}
		for _, l := range in.lists {
			walk(l.shape)
		}
	}
	walk(shapes()[s.section])
	return paths
}

// findNone is for what nothing was read of and nothing refused.
func (x *examination) findNone(s *Source, fault error) Finding {
	if s.none != nil {
		return s.none(x)
	}
	f := Finding{Status: Absent, Why: "this machine has none"}
	if fault != nil {
		f.Why = trimSubject(fault)
	}
	return f
}

// findInFault is for the sources of a section that could not be read at all. The
// one that the error names is at fault, or else the first; of the others nothing
// is known.
func (x *examination) findInFault(s *Source, section collector.Section) Finding {
	culprit := x.culprit(s.section, section.Fault())
	f := Finding{Status: Failing, Why: trimSubject(section.Fault())}
	if section.Status() == collector.Denied {
		f.Status = Denied
	}
	if s != culprit {
		f.Why = "not read, because of " + culprit.path
	}
	if f.Status == Denied {
		f.Mends, f.needs = x.openers(culprit), culprit.needs()
		return f
	}
	f.Mends = faulty()
	return f
}

func (x *examination) culprit(section string, fault error) *Source {
	list := sourcesOf(section)
	for _, s := range list {
		if strings.Contains(fault.Error(), strings.TrimPrefix(s.path, "/proc")) {
			return s
		}
	}
	return list[0]
}

// denied is for a source of which some is refused.
func (x *examination) denied(s *Source, t *tally) Finding {
	f := x.counted(s, t, Denied, t.count[denied])
	f.Mends, f.needs = x.openers(s), s.needs()
	return f
}

func (x *examination) openers(s *Source) []Mend {
	if s.open != nil {
		return s.open(x)
	}
	return x.byCapability(s.needs()...)
}

// needs is which capabilities open the source to a process run by hand, nil where
// others do not help.
func (s *Source) needs() []string {
	if s.need == nil && s.open == nil {
		return []string{readAny}
	}
	return s.need
}

func (x *examination) failing(s *Source, t *tally) Finding {
	f := x.counted(s, t, Failing, t.count[failed]+t.count[stale])
	f.Mends = faulty()
	if s.repair != nil {
		f.Mends = s.repair(x)
	}
	return f
}

// counted is a finding of how many, which ones, and what they say.
func (x *examination) counted(s *Source, t *tally, status Status, affected int) Finding {
	f := Finding{Status: status, Affected: affected, Total: t.total()}
	unit := s.unit
	if unit == "" {
		unit = "numbers"
	}
	f.Why = fmt.Sprintf("%d of %d %s", affected, f.Total, unit)
	if (s.names || affected <= fewNames) && len(t.names) > 0 {
		f.Why += ": " + strings.Join(t.names, ", ")
		if affected > len(t.names) {
			f.Why += ", …"
		}
	}
	reason := strings.Join(t.faults, "; ")
	if reason == "" && status == Denied {
		reason = fs.ErrPermission.Error()
	}
	if reason != "" {
		f.Why += " (" + reason + ")"
	}
	return f
}

// trimSubject is an error without the name of its section.
func trimSubject(err error) string {
	text := err.Error()
	if subject, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(subject, " /") {
		return rest
	}
	return text
}

// faulty is for what the kernel or a device does wrong.
func faulty() []Mend {
	return []Mend{{
		Kind: "note", Text: "what the kernel or a device answers is at fault, and not this process; the kernel may have said more",
		Lines: []string{"sudo dmesg --level=err,warn"},
	}}
}
