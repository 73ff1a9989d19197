package collector

// processTable holds the records of processes in slots. What was published stays
// as it is: a record is replaced, not written to, and a chunk of records is
// copied before its first change after it was published. So a tick costs as much
// memory as has changed in it, and a slot a pointer.
type processTable struct {
	chunks  []*processChunk
	fresh   []bool // by chunk: it is not published yet
	changed bool
	last    []*processChunk // as published
}

const processChunkSize = 64

type processChunk [processChunkSize]*Process

func (t *processTable) set(slot int32, p *Process) {
	i := int(slot) / processChunkSize
	for len(t.chunks) <= i {
		t.chunks, t.fresh = append(t.chunks, new(processChunk)), append(t.fresh, true)
	}
	if !t.fresh[i] {
		copied := *t.chunks[i]
		t.chunks[i], t.fresh[i] = &copied, true
	}
	t.chunks[i][slot%processChunkSize] = p
	t.changed = true
}

// publish returns the table as it is, for good.
func (t *processTable) publish() []*processChunk {
	if t.changed {
		t.last = append(make([]*processChunk, 0, len(t.chunks)), t.chunks...)
		clear(t.fresh)
		t.changed = false
	}
	return t.last
}
