package collector

import "time"

// processStates has each letter that a state may be, to make strings of one
// without memory.
const processStates = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func stateName(c byte) string {
	i := int(c - 'A')
	if c >= 'a' {
		i = int(c-'a') + 26
	}
	return processStates[i : i+1]
}

// firstRecord is the record of a process of which nothing is known yet.
func (c *processCollector) firstRecord() Process {
	none := Missing(NoBaseline)
	record := Process{
		UID: none, Swap: none, CPU: none, MajorFaultRate: none,
		ReadBytes: none, WriteBytes: none, ReadTotal: none, WriteTotal: none, CancelledTotal: none,
	}
	if c.commandLine {
		record.CommandLineStatus = NoBaseline
	}
	return record
}

// describe writes what the stat of a process says into its record.
func (c *processCollector) describe(record *Process, t *trackedProcess, s *sight) {
	stat := &s.stat
	record.PID, record.Parent = int(t.pid), int(stat.parent)
	record.Start = stat.start
	record.Started = c.system.boot.Add(time.Duration(stat.start) * tickLength)
	if string(stat.comm) != record.Name {
		record.Name = string(stat.comm)
	}
	record.State, record.Kernel = stateName(stat.state), t.kernel
	record.CPUSeconds = s.cpu.Seconds()
	record.Resident, record.Virtual = t.resident, stat.virtual
	record.Threads, record.Nice, record.Priority = int(stat.threads), int(stat.nice), int(stat.priority)
	record.Processor = Missing(Unsupported)
	if stat.processor >= 0 {
		record.Processor = Of(float64(stat.processor))
	}
	record.MajorFaults = stat.majorFaults
}

// rates writes what a process did since the tick before into its record. It is
// called before t takes s in.
func (c *processCollector) rates(record *Process, slot int32, s *sight) {
	t := &c.slots[slot]
	record.CPU = Missing(NoBaseline)
	if s.clocked == t.clocked {
		record.CPU = c.share(t.cpu, s.cpu)
	}
	record.MajorFaultRate = perSecond(t.faults, s.stat.majorFaults, c.elapsed)
	c.ioRates(record, slot, s)
	t.share, _ = record.CPU.Get()
	t.flow = record.flow()
}

// flow is what a process is ranked by among those that read and write.
func (p *Process) flow() float64 {
	read, _ := p.ReadBytes.Get()
	written, _ := p.WriteBytes.Get()
	return read + written
}

// share is a part of the time of one core. The clocks of one pass are read one
// after the other, so one may come out above all cores.
func (c *processCollector) share(before, now time.Duration) Value {
	if c.elapsed <= 0 || now < before {
		return Missing(NoBaseline)
	}
	return Of(min(100*(now-before).Seconds()/c.elapsed.Seconds(), 100*float64(c.system.cpus)))
}

func (c *processCollector) ioRates(record *Process, slot int32, s *sight) {
	t := &c.slots[slot]
	switch {
	case t.ioStatus != OK:
		return // as the facts said
	case s.ioStatus == Unsupported: // not asked for
		record.ReadBytes, record.WriteBytes = Missing(Idle), Missing(Idle)
		return
	case s.ioStatus != OK:
		t.ioStatus = s.ioStatus
		setIO(record, Missing(s.ioStatus))
		return
	}
	elapsed := c.elapsed
	if !t.clocked && t.ioTick+1 != c.tick {
		elapsed = 0 // nobody knows in which ticks it was
	}
	record.ReadBytes, record.WriteBytes = s.io.rates(t.io, elapsed)
	t.gained = s.io.since(t.io)
	if elapsed > 0 {
		c.estate.findHeir(slot, t, s)
	}
	c.adoptIO(record, t, s.io, s.stat.childFaults)
}

// adoptIO makes the counters the ones that the next rates are since. ChildFaults
// says which children they include.
func (c *processCollector) adoptIO(record *Process, t *trackedProcess, io processIO, childFaults uint64) {
	t.io, t.ioTick, t.ioStatus, t.childFaults = io, c.tick, OK, childFaults
	record.ReadTotal, record.WriteTotal = Of(float64(io.read)), Of(float64(io.written))
	record.CancelledTotal = Of(float64(io.cancelled))
}

func setIO(record *Process, v Value) {
	record.ReadBytes, record.WriteBytes = v, v
	record.ReadTotal, record.WriteTotal, record.CancelledTotal = v, v, v
}
