package views

import "github.com/tacho-monitor/tacho/collector"

// The colours that browsers paint around the page, which are those of its plate.
const (
	PlateLight = "#fafbfa"
	PlateDark  = "#101615"
)

// mediaOf is when a colour of that scheme counts: always, where its viewer has
// chosen the theme.
func mediaOf(theme, scheme string) string {
	if theme != "" {
		return "all"
	}
	return "(prefers-color-scheme: " + scheme + ")"
}

// HostName is what the machine calls itself, "tacho" where that is not known.
func HostName(s *collector.Snapshot) string {
	if s == nil || !s.Host.Has() {
		return "tacho"
	}
	return clean(s.Host.Value.Name)
}
