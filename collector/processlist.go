package collector

// ProcessesOf returns Processes that list these, in this order where a query
// leaves it open, with their counts and without the top ones: for snapshots that
// were not read from a /proc.
func ProcessesOf(list ...*Process) Processes {
	p := Processes{Total: len(list), Listed: len(list)}
	var table processTable
	for slot, process := range list {
		table.set(int32(slot), process)
		p.Threads += process.Threads
	}
	p.table = table.publish()
	return p
}
