package collector

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// readUsers returns the login sessions in utmp. It looks in /run, since /var/run
// is a symbolic link to there that leaves a mounted root.
func readUsers(ctx context.Context) ([]User, Status) {
	path := runPath(ctx, "utmp")
	data, err := readInto(path, nil)
	if err != nil {
		return []User{}, statusOf(err)
	}
	ended := func(uint32) bool { return false }
	if sameMachine := (path == "/run/utmp") == (procPath(ctx) == procRoot); sameMachine {
		ended = endedProcesses(ctx)
	}
	users, err := parseUtmp(data, utmpLayoutOf(runtime.GOARCH), ended)
	if err != nil {
		return users, Failed
	}
	return users, OK
}

// endedProcesses returns whether a process is gone. A session that was killed
// leaves its record behind. Where process 1 is hidden others are as well, and
// none is known to be gone.
func endedProcesses(ctx context.Context) func(pid uint32) bool {
	visible := exists(procPath(ctx, "1"))
	return func(pid uint32) bool {
		if !visible || pid == 0 || pid > math.MaxInt32 {
			return false
		}
		_, err := os.Stat(procPath(ctx, strconv.FormatUint(uint64(pid), 10)))
		return errors.Is(err, fs.ErrNotExist)
	}
}

// utmpLayout is what differs in glibc's struct utmp by architecture.
type utmpLayout struct {
	size    int // of a record
	seconds int // offset of ut_tv.tv_sec
	wide    bool
}

func utmpLayoutOf(architecture string) utmpLayout {
	if architecture == "arm64" {
		return utmpLayout{size: 400, seconds: 344, wide: true}
	}
	return utmpLayout{size: 384, seconds: 340}
}

// parseUtmp returns the records of type USER_PROCESS whose process has not
// ended, and an error besides when the last record is incomplete.
func parseUtmp(data []byte, layout utmpLayout, ended func(pid uint32) bool) ([]User, error) {
	const userProcess = 7
	users := []User{}
	for len(data) >= layout.size {
		record := data[:layout.size]
		data = data[layout.size:]
		if binary.NativeEndian.Uint16(record) == userProcess && !ended(binary.NativeEndian.Uint32(record[4:])) {
			users = append(users, layout.user(record))
		}
	}
	if len(data) > 0 {
		return users, fmt.Errorf("%d bytes after the last record", len(data))
	}
	return users, nil
}

func (l utmpLayout) user(record []byte) User {
	seconds := uint64(binary.NativeEndian.Uint32(record[l.seconds:]))
	if l.wide {
		seconds = binary.NativeEndian.Uint64(record[l.seconds:])
	}
	return User{
		Terminal: utmpText(record[8:40]),
		Name:     utmpText(record[44:76]),
		From:     utmpText(record[76:332]),
		Since:    epoch(seconds),
	}
}

// utmpText is a field up to its first NUL, or all of it.
func utmpText(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
