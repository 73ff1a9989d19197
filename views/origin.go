package views

import "github.com/tacho-monitor/tacho/collector"

// sourced is a word about a number with a second line about where it comes from
// and what is made of it: "buffers of block devices\nBuffers · /proc/meminfo".
func sourced(about, section, path string) string {
	o, ok := collector.OriginOf(section, path)
	if !ok {
		return about
	}
	from := join(o.Formula, o.Source)
	if about == "" {
		return from
	}
	return about + "\n" + from
}
