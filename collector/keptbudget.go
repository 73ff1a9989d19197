package collector

import "golang.org/x/sys/unix"

// keptBudget is how many descriptors, or what has a few of them, a collector may keep
// open, and how many it does.
type keptBudget struct{ limit, used int }

// descriptorShare is how many descriptors one collector may keep open, of those that
// this process may have.
func descriptorShare() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur/4, 4096))
}
