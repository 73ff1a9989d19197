package collector

import "context"

// nameContainers looks up what containers are called that have a number in their
// path. The name of a pod is known from its containers.
func (c *cgroupCollector) nameContainers(ctx context.Context) {
	var states containerStates
	for _, n := range c.nodes {
		if n.entry.Kind != "container" || !isContainerID(n.member.container) || !n.nameAt.IsZero() && c.now.Sub(n.nameAt) < renameEvery {
			continue
		}
		if !n.nameAt.IsZero() && n.entry.NameStatus == OK {
			continue
		}
		n.nameAt = c.now
		facts, err := states.find(ctx, n.member.container, n.member.runtime)
		if err != nil {
			c.next(n).NameStatus = statusOf(err)
			continue
		}
		e := c.next(n)
		e.Name, e.NameStatus, e.PodName = facts.name, OK, facts.pod
		if pod := n.parent; pod != nil && pod.entry.Kind == "pod" && facts.pod != "" && pod.entry.PodName != facts.pod {
			e := c.next(pod)
			e.Name, e.PodName = facts.pod, facts.pod
		}
	}
}
