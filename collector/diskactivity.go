package collector

import (
	"path/filepath"
	"time"
)

// diskActivity tells whether a drive did anything of late. The kernel counts what
// it has asked of the drive, so that the drive itself need not be asked; questions
// about its health or temperature do not count. Source: block/NAME/stat of the
// device (Documentation/block/stat.rst).
type diskActivity struct {
	device string // as a directory of sysfs
	path   string // of stat, once it was there
	before diskTransfers
	known  bool // there is a before
	buf    []byte
}

// diskTransfers are the reads and the writes that a drive has completed.
type diskTransfers struct{ reads, writes uint64 }

// idlePause is how often a drive that does nothing is looked at.
const idlePause = 10 * time.Second

// isIdle reports whether nothing was transferred since the last call of note. A
// drive of which that is unknown is not idle.
func (a *diskActivity) isIdle() bool {
	now, ok := a.read()
	return ok && a.known && now == a.before
}

// note remembers what was transferred until now.
func (a *diskActivity) note() { a.before, a.known = a.read() }

func (a *diskActivity) read() (t diskTransfers, ok bool) {
	if a.path == "" {
		found, _ := filepath.Glob(filepath.Join(a.device, "block/*/stat"))
		if len(found) != 1 {
			return t, false
		}
		a.path = found[0]
	}
	text, err := readInto(a.path, a.buf)
	if err != nil {
		a.path = ""
		return t, false
	}
	a.buf = text
	return parseDiskTransfers(text)
}

// parseDiskTransfers reads the first and the fifth number of stat.
func parseDiskTransfers(text []byte) (t diskTransfers, ok bool) {
	line, _ := cutLine(text)
	for column := range 5 {
		var word []byte
		word, line = nextWord(line)
		number, ok := parseDecimal(word)
		switch {
		case !ok:
			return diskTransfers{}, false
		case column == 0:
			t.reads = number
		case column == 4:
			t.writes = number
		}
	}
	return t, true
}
