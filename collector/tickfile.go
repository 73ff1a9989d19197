package collector

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// tickNames are the files of /proc that several collectors read at each tick. On a
// machine of hundreds of processors the kernel takes milliseconds to write stat.
var tickNames = [...]string{"stat", "vmstat", "meminfo", "loadavg"}

// tickSizes is how long each of them was last, so that the next one is read into
// memory of its size.
var tickSizes [len(tickNames)]atomic.Int64

// tickFiles are those files as they were at one tick. What one collector has read
// the others see too, so that their numbers agree.
type tickFiles [len(tickNames)]tickFile

// tickFile is read by whoever asks first, while others wait: a file that hangs
// would hang them as well. Its memory is of this tick alone, because a collector
// may still hold it when the next tick has begun.
type tickFile struct {
	once sync.Once
	text []byte
	err  error
}

type tickFilesKey struct{}

// withTickFiles returns a context for the collectors of one tick. With it, each
// file of tickNames is read once.
func withTickFiles(ctx context.Context) context.Context {
	return context.WithValue(ctx, tickFilesKey{}, new(tickFiles))
}

// readProcShared reads a file of tickNames, or gives what it was when another
// collector has read it at this tick. Nobody may write to that, and it stays as it
// is. Without a tick in the context the text is in own, which the next call
// overwrites.
func readProcShared(ctx context.Context, name string, own *[]byte) ([]byte, error) {
	if files, ok := ctx.Value(tickFilesKey{}).(*tickFiles); ok {
		if i := slices.Index(tickNames[:], name); i >= 0 {
			return files[i].read(procPath(ctx, name), &tickSizes[i])
		}
	}
	text, err := readInto(procPath(ctx, name), *own)
	if err == nil {
		*own = text
	}
	return text, err
}

func (f *tickFile) read(path string, size *atomic.Int64) ([]byte, error) {
	f.once.Do(func() {
		// Room for a few more digits, and for the read that finds the end.
		last := size.Load()
		f.text, f.err = readInto(path, make([]byte, 0, last+last/16+512))
		f.text = slices.Clip(f.text)
		size.Store(int64(len(f.text)))
	})
	return f.text, f.err
}
