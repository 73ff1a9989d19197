package collector

import (
	"context"
	"strconv"
)

// Conntrack is the table of the connections that the packet filter follows. What
// does not fit into it is dropped. Source: /proc/sys/net/netfilter, which exists
// while the module nf_conntrack is loaded. That is of the network namespace of
// whoever reads it, so it is unsupported where another one is watched.
type Conntrack struct {
	Used    Value `json:"used" from:"/proc/sys/net/netfilter/nf_conntrack_count"`
	Limit   Value `json:"limit" from:"/proc/sys/net/netfilter/nf_conntrack_max"`
	Percent Value `json:"used_percent" from:"/proc/sys/net/netfilter/nf_conntrack_count: 100 × count / nf_conntrack_max"`
}

func readConntrack(ctx context.Context) (c Conntrack) {
	if !watchesOwnNetwork(ctx) {
		return c
	}
	c.Used = readConntrackNumber(ctx, "nf_conntrack_count")
	c.Limit = readConntrackNumber(ctx, "nf_conntrack_max")
	used, known := c.Used.Get()
	limit, limited := c.Limit.Get()
	switch {
	case !known:
		c.Percent = Missing(c.Used.Status())
	case !limited:
		c.Percent = Missing(c.Limit.Status())
	default:
		c.Percent = percentOf(used, limit)
	}
	return c
}

func readConntrackNumber(ctx context.Context, name string) Value {
	word, err := readWord(procPath(ctx, "sys/net/netfilter", name))
	if err != nil {
		return Missing(statusOf(err))
	}
	number, err := strconv.ParseUint(word, 10, 63)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(number))
}
