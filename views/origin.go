package views

import (
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// originKey names a number: its section, and its path there.
type originKey struct{ section, path string }

var originsByKey = sync.OnceValue(func() map[originKey]collector.Origin {
	all := make(map[originKey]collector.Origin)
	for section, origins := range collector.Origins() {
		for _, o := range origins {
			all[originKey{section, o.Path}] = o
		}
	}
	return all
})

// sourced is a word about a number with a second line about where it comes from
// and what is made of it: "buffers of block devices\nBuffers · /proc/meminfo".
func sourced(about, section, path string) string {
	o, ok := originsByKey()[originKey{section, path}]
	if !ok {
		return about
	}
	from := join(o.Formula, o.Source)
	if about == "" {
		return from
	}
	return about + "\n" + from
}
