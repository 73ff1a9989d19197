package collector

// Numbers of memory.stat, whatever a version calls them.
const (
	statAnon = iota
	statFile
	statShmem
	statSlab
	statSwap
	statDirty
	statInactiveFile
	statWriteback
	statKernel
	memoryStats
)

// memoryStatKeys are what version 2 calls them. Swap has a file of its own there, and
// kernel is new in 5.18.
var memoryStatKeys = [memoryStats]string{
	statAnon: "anon", statFile: "file", statShmem: "shmem", statSlab: "slab", statDirty: "file_dirty",
	statInactiveFile: "inactive_file", statWriteback: "file_writeback", statKernel: "kernel",
}

// memoryStatV1 are what version 1 calls them, with what is in the groups below.
var memoryStatV1 = [memoryStats]string{
	statAnon: "total_rss", statFile: "total_cache", statShmem: "total_shmem", statSwap: "total_swap", statDirty: "total_dirty",
	statInactiveFile: "total_inactive_file", statWriteback: "total_writeback",
}

// memoryStat is what memory.stat says, in bytes.
type memoryStat struct {
	values [memoryStats]uint64
	found  uint32
	err    error
}

func parseMemoryStat(text []byte, v2 bool) (s memoryStat) {
	keys := &memoryStatKeys
	if !v2 {
		keys = &memoryStatV1
	}
	s.found, s.err = parseKeyed(text, keys[:], s.values[:])
	return s
}

func (s *memoryStat) value(i int) Value {
	switch {
	case s.err != nil:
		return Missing(cgroupStatus(s.err))
	case s.found&(1<<i) == 0:
		return Missing(Unsupported)
	}
	return Of(float64(s.values[i]))
}

// unwritten reports whether something is still to be written to disk, which the
// kernel does, and counts, in its own time.
func (s *memoryStat) unwritten() bool { return s.values[statDirty] > 0 || s.values[statWriteback] > 0 }

func (m *CgroupMemory) fillStat(s *memoryStat) {
	m.Anon, m.File, m.Shmem, m.Dirty = s.value(statAnon), s.value(statFile), s.value(statShmem), s.value(statDirty)
	m.Slab = s.value(statSlab)
	m.WorkingSet = s.value(statInactiveFile)
	current, hasCurrent := m.Current.Get()
	if inactive, ok := m.WorkingSet.Get(); ok && hasCurrent {
		m.WorkingSet = Of(max(0, current-inactive))
	} else if !hasCurrent {
		m.WorkingSet = m.Current
	}
}
