package collector

import (
	"context"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// userNames knows the users of /etc/passwd by number. Users that come from
// elsewhere, a directory service for one, have their number for a name: asking
// for them may take for ever.
type userNames struct {
	path    string
	names   map[uint32]string
	version fileVersion
	asked   time.Time
}

// fileVersion tells whether a file is the one that was read before.
type fileVersion struct {
	device, inode uint64
	size          int64
	modified      unix.Timespec
}

// userInterval is how long the names are believed without a look at the file.
const userInterval = time.Minute

// refresh reads the file if it has changed, but looks at most once a minute. It
// knows no names where the file is of another machine than /proc: a container that
// was given the /proc of its host alone has users of its own.
func (u *userNames) refresh(ctx context.Context, now time.Time) {
	path := etcPath(ctx, "passwd")
	if sameMachine := (path == "/etc/passwd") == (procPath(ctx) == procRoot); !sameMachine {
		*u = userNames{}
		return
	}
	if u.path == path && now.Sub(u.asked) < userInterval {
		return
	}
	version := versionOf(path)
	if u.path == path && u.version == version {
		u.asked = now
		return
	}
	text, err := readText(path)
	if err != nil {
		text = ""
	}
	u.path, u.names, u.version, u.asked = path, parsePasswd(text), version, now
}

func versionOf(path string) fileVersion {
	var stat unix.Stat_t
	if unix.Stat(path, &stat) != nil {
		return fileVersion{}
	}
	return fileVersion{uint64(stat.Dev), stat.Ino, stat.Size, stat.Mtim}
}

// name returns the name of a user, or the number where it has none. It remembers
// none of those: containers and services that have a user of their own each time
// bring ever more.
func (u *userNames) name(uid uint32) string {
	if name, ok := u.names[uid]; ok {
		return name
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// parsePasswd reads passwd(5). Of several names of a number the first counts, as
// for getpwuid(3). Lines that name nobody are passed over.
func parsePasswd(text string) map[uint32]string {
	names := make(map[uint32]string)
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		_, rest, _ = strings.Cut(rest, ":")
		number, _, more := strings.Cut(rest, ":")
		uid, err := strconv.ParseUint(number, 10, 32)
		if name == "" || name[0] == '#' || !more || err != nil {
			continue
		}
		if _, taken := names[uint32(uid)]; !taken {
			names[uint32(uid)] = name
		}
	}
	return names
}
