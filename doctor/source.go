package doctor

import (
	"slices"
	"strings"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// Source is one thing that tacho reads, and what of the page comes from it.
type Source struct {
	section string
	path    string
	gives   string
	// from are beginnings of what the data types of the section name as the origin
	// of a number, and members, where set, the beginning of the path of its numbers.
	from    []string
	members string
	unit    string // what there are several of; "numbers" without
	names   bool   // those that cannot be read are worth naming

	open   func(*examination) []Mend // what mends that it is denied; nil: [byCapability]
	repair func(*examination) []Mend // what mends that it fails; nil: [faulty]
	need   []string                  // the capabilities that open it; nil: [readAny]
	// none judges when nothing at all was read: nil where that is no fault.
	none func(*examination) Finding
	// judge has the first word, with ok when it has one. The tally is nil where
	// nothing of the source can be missing.
	judge func(*examination, *tally) (f Finding, ok bool)
}

// own are origins that are no source: tacho has them of itself.
var own = []string{"clock", "clock_gettime(2)", "runtime.NumGoroutine()", "whatever could not be read"}

// matches reports whether a number comes from the source.
func (s *Source) matches(o collector.Origin) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(o.Source, prefix) }
	return strings.HasPrefix(o.Path, s.members) && slices.ContainsFunc(s.from, begins)
}

// all is every source by section, in the order in which they are told.
var all = sync.OnceValue(func() map[string][]*Source {
	bySection := make(map[string][]*Source)
	for _, list := range [][]Source{systemSources, activitySources, deviceSources} {
		for i := range list {
			bySection[list[i].section] = append(bySection[list[i].section], &list[i])
		}
	}
	return bySection
})

func sourcesOf(section string) []*Source { return all()[section] }

// sourceOf is the source that a number of a section comes from: the first that
// matches, nil for what is tacho's own.
func sourceOf(section string, o collector.Origin) *Source {
	if slices.Contains(own, o.Source) {
		return nil
	}
	for _, s := range sourcesOf(section) {
		if s.matches(o) {
			return s
		}
	}
	return nil
}
