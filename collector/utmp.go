package collector

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"

	"github.com/shirou/gopsutil/v4/common"
)

// readUsers returns the login sessions in utmp. It looks in /run, since /var/run
// is a symbolic link to there that leaves a mounted root.
func readUsers(ctx context.Context) ([]User, Status) {
	path := rootPath(ctx, common.HostRunEnvKey, hostPath(ctx, "run"), []string{"utmp"})
	data, err := readInto(path, nil)
	if err != nil {
		return []User{}, statusOf(err)
	}
	users, err := parseUtmp(data, utmpLayoutOf(runtime.GOARCH))
	if err != nil {
		return users, Failed
	}
	return users, OK
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

// parseUtmp returns the records of type USER_PROCESS, and an error besides when
// the last record is incomplete.
func parseUtmp(data []byte, layout utmpLayout) ([]User, error) {
	const userProcess = 7
	users := []User{}
	for len(data) >= layout.size {
		record := data[:layout.size]
		data = data[layout.size:]
		if binary.NativeEndian.Uint16(record) == userProcess {
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
