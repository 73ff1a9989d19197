// Package hangfs mounts file systems that answer to statfs when they are told
// to, and else let whoever asks wait, as a dead file server does. It speaks the
// protocol of /dev/fuse (linux/fuse.h, version 7.31) as far as that needs.
package hangfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// What the kernel asks for; all else is not implemented.
const (
	opForget      = 2
	opGetattr     = 3
	opStatfs      = 17
	opInit        = 26
	opInterrupt   = 36
	opDestroy     = 38
	opBatchForget = 42
)

const (
	headerIn  = 40 // bytes of struct fuse_in_header
	headerOut = 16 // bytes of struct fuse_out_header
)

// Type is the file system type of the mounts, of which tacho knows that they
// hold data.
const Type = "fuse.sshfs"

// Path is the mount point of number i below dir.
func Path(dir string, i int) string { return filepath.Join(dir, fmt.Sprintf("mount%02d", i)) }

// MountedFile is there once all is mounted below dir.
func MountedFile(dir string) string { return filepath.Join(dir, "mounted") }

// answerFile is there while statfs answers.
func answerFile(dir string) string { return filepath.Join(dir, "answer") }

// Answer has the file systems below dir answer to statfs, at once, also to what
// was asked before; or no more.
func Answer(dir string, answer bool) error {
	if err := os.Remove(answerFile(dir)); !answer || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(answerFile(dir), nil, 0o600)
}

// Serve mounts count file systems below dir and serves them for so long. It needs
// a mount namespace of its own. The end of the process ends whatever waits for
// them, which no signal does; so it must not live as long as who waits.
func Serve(dir string, count int, long time.Duration) error {
	mounts := make([]*mount, count)
	for i := range mounts {
		m, err := newMount(Path(dir, i))
		if err != nil {
			return err
		}
		mounts[i] = m
		go m.serve()
	}
	if err := os.WriteFile(MountedFile(dir), nil, 0o600); err != nil {
		return err
	}
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_, err := os.Stat(answerFile(dir))
		for _, m := range mounts {
			m.answering.Store(err == nil)
			m.answerPending()
		}
	}
	return nil
}

// mount is one file system: an empty directory.
type mount struct {
	device    int // /dev/fuse
	answering atomic.Bool
	pending   chan uint64 // statfs requests without an answer
}

func newMount(path string) (*mount, error) {
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, err
	}
	device, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/fuse", Err: err}
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d", device, os.Getuid(), os.Getgid())
	if err := unix.Mount("dead:/", path, Type, unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return nil, &os.PathError{Op: "mount", Path: path, Err: err}
	}
	return &mount{device: device, pending: make(chan uint64, 1000)}, nil
}

// serve answers until the file system is unmounted.
func (m *mount) serve() {
	request := make([]byte, 1<<16)
	for {
		n, err := unix.Read(m.device, request)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOENT):
			continue
		case err != nil || n < headerIn:
			return
		}
		m.handle(binary.NativeEndian.Uint32(request[4:]), binary.NativeEndian.Uint64(request[8:]))
	}
}

func (m *mount) handle(operation uint32, unique uint64) {
	switch operation {
	case opForget, opBatchForget, opInterrupt: // have no answer
	case opInit:
		m.reply(unique, 0, initOut())
	case opGetattr:
		m.reply(unique, 0, attrOut())
	case opStatfs:
		m.pending <- unique
		m.answerPending()
	case opDestroy:
		m.reply(unique, 0, nil)
	default:
		m.reply(unique, unix.ENOSYS, nil)
	}
}

func (m *mount) answerPending() {
	for m.answering.Load() {
		select {
		case unique := <-m.pending:
			m.reply(unique, 0, statfsOut())
		default:
			return
		}
	}
}

// reply writes an answer. That nobody waits for it any more is no error.
func (m *mount) reply(unique uint64, fault unix.Errno, body []byte) {
	out := make([]byte, headerOut, headerOut+len(body))
	binary.NativeEndian.PutUint32(out, uint32(headerOut+len(body)))
	binary.NativeEndian.PutUint32(out[4:], uint32(-int32(fault)))
	binary.NativeEndian.PutUint64(out[8:], unique)
	unix.Write(m.device, append(out, body...))
}

// initOut is a struct fuse_init_out.
func initOut() []byte {
	out := make([]byte, 64)
	binary.NativeEndian.PutUint32(out[0:], 7)      // major
	binary.NativeEndian.PutUint32(out[4:], 31)     // minor
	binary.NativeEndian.PutUint32(out[20:], 1<<12) // max_write
	binary.NativeEndian.PutUint32(out[24:], 1)     // time_gran
	return out
}

// attrOut is a struct fuse_attr_out of a directory.
func attrOut() []byte {
	out := make([]byte, 104)
	binary.NativeEndian.PutUint64(out[0:], 3600)                // attr_valid
	binary.NativeEndian.PutUint64(out[16:], 1)                  // ino
	binary.NativeEndian.PutUint32(out[76:], unix.S_IFDIR|0o700) // mode
	binary.NativeEndian.PutUint32(out[80:], 2)                  // nlink
	binary.NativeEndian.PutUint32(out[84:], uint32(os.Getuid()))
	binary.NativeEndian.PutUint32(out[88:], uint32(os.Getgid()))
	return out
}

// The sizes that statfs tells.
const (
	BlockSize = 4096
	Blocks    = 1000
	Free      = 400
)

// statfsOut is a struct fuse_statfs_out.
func statfsOut() []byte {
	out := make([]byte, 80)
	for i, number := range []uint64{Blocks, Free, Free, 100, 50} { // blocks, bfree, bavail, files, ffree
		binary.NativeEndian.PutUint64(out[8*i:], number)
	}
	binary.NativeEndian.PutUint32(out[40:], BlockSize) // bsize
	binary.NativeEndian.PutUint32(out[44:], 255)       // namelen
	binary.NativeEndian.PutUint32(out[48:], BlockSize) // frsize
	return out
}
