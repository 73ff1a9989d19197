package collector

import "golang.org/x/sys/unix"

// keptBudget is how many things a collector may keep open, and how many it does.
type keptBudget struct{ limit, used int }

// take reports whether one more may be kept, and counts it.
func (b *keptBudget) take() bool {
	if b.used >= b.limit {
		return false
	}
	b.used++
	return true
}

// descriptorShare is how many descriptors one collector may keep open, of those that
// this process may have.
func descriptorShare() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur/4, 4096))
}
