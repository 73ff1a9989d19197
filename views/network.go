package views

import (
	"fmt"

	"github.com/tacho-monitor/tacho/collector"
)

func linkTitle(l collector.Interface) string {
	mtu := ""
	if number, ok := l.MTU.Get(); ok {
		mtu = fmt.Sprintf("MTU %.0f", number)
	}
	return join(clean(l.Name), clean(l.Kind), clean(l.Address), mtu)
}

// dormant reports a link that carries nothing because it is down.
func dormant(l collector.Interface) bool {
	return l.State == "down" || l.State == "lowerlayerdown" || l.State == "notpresent"
}

// linkState is the operational state in the words of people, and in the
// kernel's where they differ (RFC 2863, Documentation/networking/operstates.rst).
func linkState(l collector.Interface) (state, kernel string) {
	switch l.State {
	case "lowerlayerdown":
		return "no carrier", l.State
	case "notpresent":
		return "absent", l.State
	}
	return clean(l.State), ""
}

func faults(received, sent uint64) string {
	return fmt.Sprintf("%d received, %d sent since the interface exists", received, sent)
}
