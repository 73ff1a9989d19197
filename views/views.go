// Package views turns a snapshot into HTML: one templ component a panel, the
// documents around them, and the formatting of numbers. It reads no clock and
// does no I/O: the same snapshot always gives the same bytes.
//
// The page and its stream are made of the same components. A [Panel] has a
// shell, which the page renders once, and a body, which every tick replaces
// through [Panel.Partial].
//
// Whatever the machine names (mounts, devices, interfaces, users) may be
// hostile. Names pass through clean and are only ever element text or attribute
// values, which templ escapes; identifiers made of them pass through slug.
package views

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/notices"
)

// Shell is what a document needs besides the snapshot.
type Shell struct {
	Base     string // path prefix without a trailing slash: "" or "/tacho"
	Script   string // URL of the bundle of scripts
	Port     string // that the browser asks, by what it says; "" for the usual one
	Boot     string // URL of the script that starts them
	First    string // the style sheet of the first screen, as text
	FirstURL string // URL of the same, for documents that do not hold it, or may not
	Style    string // URL of the style sheet of the rest
	Icon     string // URL of the icon
	Icons    Icons  // those that take its place
	Theme    string // "light", "dark", or "" to follow the system
	Kiosk    bool   // for a wall: nothing to operate
	Version  string
	Snapshot *collector.Snapshot // the latest; nil before the first tick
	Notices  []notices.Notice    // the latest, the oldest first

	Arrangement Arrangement
	// What the viewer wants to see in tables; nil for what all see.
	Processes *ProcessTable
	Cgroups   *CgroupTable
}

// Panel is one section of the page.
type Panel struct {
	Name  string // names its channel and its identifiers too
	Title string
	chart *chart // nil for a panel without one
	// controls choose what is in the table of the panel, for one viewer; nil for a
	// panel without such a table.
	controls func(Shell) templ.Component
	body     func(*collector.Snapshot) templ.Component
	framed   bool // in a document of its own, in a page of others
	wide     bool // as wide as the page, where others stand side by side

	// As a viewer has arranged the page.
	folded, lone bool
}

// Panels are the sections of the page, in its order.
func Panels() []Panel {
	return []Panel{
		{Name: "host", Title: "Host", body: hostBody},
		{Name: "findings", Title: "Now", body: findingsBody},
		{Name: "glance", Title: "At a glance", body: glanceBody},
		{Name: "cpu", Title: "CPU", body: cpuBody, chart: cpuChart()},
		{Name: "memory", Title: "Memory", body: memoryBody, chart: memoryChart()},
		{Name: "disks", Title: "Disks", body: disksBody, chart: disksChart()},
		{Name: "network", Title: "Network", body: networkBody, chart: networkChart()},
		{Name: "processes", Title: "Processes", body: processesBody, controls: processControls, wide: true},
		{Name: "notices", Title: "Events", body: noNotices, controls: noticeControls, wide: true},
		{Name: "cgroups", Title: "Units and containers", body: cgroupsBody, controls: cgroupControls, wide: true},
		{Name: "mounts", Title: "File systems", body: mountsBody, wide: true},
		{Name: "pressure", Title: "Pressure", body: pressureBody, chart: pressureChart()},
		{Name: "sockets", Title: "Sockets", body: socketsBody},
		{Name: "sensors", Title: "Sensors", body: sensorsBody},
		{Name: "gpus", Title: "GPUs", body: gpusBody},
		{Name: "raid", Title: "RAID and ZFS", body: raidBody},
		{Name: "kernel", Title: "Kernel", body: kernelBody},
		{Name: "self", Title: "tacho", body: selfBody},
	}
}

// PanelByName returns the panel of that name, and whether there is one.
func PanelByName(name string) (Panel, bool) {
	for _, p := range Panels() {
		if p.Name == name {
			return p, true
		}
	}
	return Panel{}, false
}

// Page is the whole dashboard as a document.
func Page(shell Shell) templ.Component { return page(shell, panelsWith(shell.Notices)) }

// Embed is a document of one live panel and nothing else, to be shown in the
// frame of another page.
func Embed(shell Shell, panel Panel) templ.Component { return embed(shell, panel.With(shell.Notices)) }

// Fields is a document that lists every number of the sections of a panel: what
// it is now, or why it is missing, and where it comes from.
func Fields(shell Shell, panel Panel) templ.Component { return fieldsPage(shell, panel) }

// ProcessView is the table of the processes as one viewer wants it.
func ProcessView(s *collector.Snapshot, t ProcessTable) templ.Component { return processView(s, t) }

// Process is a document about one process: the one of that number, and where start
// is not 0, only if it began then. It reports whether there is one.
func Process(shell Shell, pid int, start uint64) (document templ.Component, found bool) {
	p := findProcess(shell.Snapshot, pid, start)
	return processPage(shell, pid, p), p != nil
}

// Cgroup is a document about one control group. It reports whether there is one of
// that path.
func Cgroup(shell Shell, path string) (document templ.Component, found bool) {
	c := findCgroup(shell.Snapshot, path)
	return cgroupPage(shell, path, c), c != nil
}

// CgroupView is the table of the units and containers as one viewer wants it.
func CgroupView(s *collector.Snapshot, t CgroupTable) templ.Component { return cgroupView(s, t) }

// Error is the document for an answer that is no page: it needs neither scripts
// nor a snapshot. Code is the HTTP status.
func Error(shell Shell, code int, title, detail string) templ.Component {
	return errorPage(shell, strconv.Itoa(code), title, detail)
}

// Partial is the message that replaces the body of the panel in a page that is
// open: an <hx-partial> which patches the body in place.
func (p Panel) Partial(s *collector.Snapshot) templ.Component { return partial(p, p.content(s)) }

// Broken is the message in place of a [Panel.Partial] that failed: the numbers
// of before must not stay in its place.
func (p Panel) Broken() templ.Component { return partial(p, broken()) }

func (p Panel) content(s *collector.Snapshot) templ.Component {
	if s == nil {
		return waiting()
	}
	return p.body(s)
}

// alone is the panel in a document of its own, which has nothing to choose and
// leads nowhere.
func (p Panel) alone() Panel {
	p.controls, p.framed = nil, true
	return p
}

func (p Panel) bodyID() string  { return p.Name + "-body" }
func (p Panel) titleID() string { return p.Name + "-title" }

// stream is where the HTML of the named panels comes from; all of them without
// a name. The whole ring is replayed first, so that the charts are full at once.
func (shell Shell) stream(panels ...string) string {
	query := "?"
	for _, name := range panels {
		query += "channels=" + url.QueryEscape(name) + "&"
	}
	return shell.Base + "/events" + query + "replay=all"
}

func (shell Shell) processTable() ProcessTable {
	if shell.Processes == nil {
		return DefaultProcessTable()
	}
	return *shell.Processes
}

func (shell Shell) cgroupTable() CgroupTable {
	if shell.Cgroups == nil {
		return DefaultCgroupTable()
	}
	return *shell.Cgroups
}

// refreshSeconds is how often a page without scripts loads itself again.
func (shell Shell) refreshSeconds() string {
	const shortest = 5 * time.Second
	interval := shortest
	if shell.Snapshot != nil {
		interval = max(shortest, shell.Snapshot.Interval.Round(time.Second))
	}
	return strconv.Itoa(int(interval.Seconds()))
}

// interval is the tick in milliseconds, by which the page tells that it is late.
func (shell Shell) interval() string {
	if shell.Snapshot == nil {
		return ""
	}
	return strconv.FormatInt(shell.Snapshot.Interval.Milliseconds(), 10)
}

func (shell Shell) hostName() string { return HostName(shell.Snapshot) }
