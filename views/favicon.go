package views

import (
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// Icons are URLs of icons that say how the machine is; "" for none.
type Icons struct {
	Warning  string
	Critical string
	Lost     string // what the page shows is not of the present
}

// iconNow is the icon of the page as it is rendered.
func (shell Shell) iconNow() string {
	if shell.Snapshot == nil {
		return shell.Icon
	}
	switch v := findings.Judge(shell.Snapshot); {
	case v.Severity == findings.Critical && shell.Icons.Critical != "":
		return shell.Icons.Critical
	case v.Severity == findings.Warning && shell.Icons.Warning != "":
		return shell.Icons.Warning
	}
	return shell.Icon
}

// alert is how the title of the page begins where something is wrong.
func alert(s *collector.Snapshot) string {
	v := findings.Judge(s)
	mark := map[findings.Severity]string{findings.Warning: "▲ ", findings.Critical: "✖ "}[v.Severity]
	if mark == "" {
		return ""
	}
	return mark + clean(v.Short) + " · "
}
