package collector

import (
	"encoding/binary"
	"encoding/json"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// utmpRecord is what a test says of one record.
type utmpRecord struct {
	kind                 uint16
	pid                  uint32
	user, terminal, from string
	since                uint64
}

func login(user, terminal, from string, since uint64) utmpRecord {
	return utmpRecord{kind: 7, user: user, terminal: terminal, from: from, since: since}
}

func (r utmpRecord) encode(l utmpLayout) []byte {
	record := make([]byte, l.size)
	binary.NativeEndian.PutUint16(record, r.kind)
	binary.NativeEndian.PutUint32(record[4:], r.pid)
	copy(record[8:40], r.terminal)
	copy(record[44:76], r.user)
	copy(record[76:332], r.from)
	if l.wide {
		binary.NativeEndian.PutUint64(record[l.seconds:], r.since)
	} else {
		binary.NativeEndian.PutUint32(record[l.seconds:], uint32(r.since))
	}
	return record
}

func stillThere(uint32) bool { return false }

func writeUtmp(t *testing.T, dir string, records ...utmpRecord) {
	t.Helper()
	var file strings.Builder
	for _, record := range records {
		file.Write(record.encode(utmpLayoutOf(runtime.GOARCH)))
	}
	writeFile(t, filepath.Join(dir, "run/utmp"), file.String())
}

func TestUtmpOfBothArchitectures(t *testing.T) {
	for architecture, size := range map[string]int{"amd64": 384, "arm64": 400} {
		layout := utmpLayoutOf(architecture)
		data := append(login("ann", "pts/0", "2001:db8::7", 1790000100).encode(layout),
			login("bob", "pts/1", "", 4000000000).encode(layout)...)
		if len(data) != 2*size {
			t.Errorf("%s: a record has %d bytes", architecture, len(data)/2)
		}
		users, err := parseUtmp(data, layout, stillThere)
		if err != nil || len(users) != 2 || users[0].From != "2001:db8::7" ||
			users[0].Since.Unix() != 1790000100 || users[1].Since.Unix() != 4000000000 {
			t.Errorf("%s: %+v, %v", architecture, users, err)
		}
	}
	layout := utmpLayoutOf("arm64")
	users, _ := parseUtmp(login("eve", "pts/2", "", 5000000000).encode(layout), layout, stillThere)
	if len(users) != 1 || users[0].Since.Unix() != 5000000000 {
		t.Errorf("a time of 64 bits: %+v", users)
	}
}

func TestUtmpFullFields(t *testing.T) {
	layout := utmpLayoutOf("amd64")
	record := login(strings.Repeat("u", 32), strings.Repeat("t", 32), strings.Repeat("f", 256), 1).encode(layout)
	users, err := parseUtmp(record, layout, stillThere)
	if err != nil || len(users) != 1 {
		t.Fatalf("%+v, %v", users, err)
	}
	if u := users[0]; len(u.Name) != 32 || len(u.Terminal) != 32 || len(u.From) != 256 {
		t.Errorf("got %+v", u)
	}
}

func FuzzParseUtmp(f *testing.F) {
	for _, architecture := range []string{"amd64", "arm64"} {
		f.Add(login("\xff\xfe", "pts/0", "", 1<<63).encode(utmpLayoutOf(architecture)), architecture == "arm64")
	}
	f.Add([]byte{7, 0}, false)
	f.Fuzz(func(t *testing.T, data []byte, wide bool) {
		layout := utmpLayoutOf("amd64")
		if wide {
			layout = utmpLayoutOf("arm64")
		}
		users, err := parseUtmp(data, layout, stillThere)
		if (err != nil) != (len(data)%layout.size != 0) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
		for _, user := range users {
			if !utf8.ValidString(user.Name + user.Terminal + user.From) {
				t.Errorf("%+q", user)
			}
		}
		if _, err := json.Marshal(users); err != nil {
			t.Error(err)
		}
	})
}
