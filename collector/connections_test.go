package collector

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnectionsAreCounted(t *testing.T) {
	ctx, _ := fixture(t, "net-sockets")
	got, err := NewConnections()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := Connections{
		Established: 5 + 1 + 1, SYNSent: 1, SYNReceived: 2, FINWait1: 1, FINWait2: 1, TimeWait: 4, Close: 1, CloseWait: 2,
		LastACK: 1, Listen: 4 + 2, Closing: 1, NewSYNReceived: 1, Other: 1, All: 29, ListeningPorts: 4,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConnectionsAreReadAnew(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	collect := NewConnections()
	if _, err := collect(ctx); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "proc/net/tcp6")); err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(readFixture(t, dir, "proc/net/tcp"), "\n")
	writeFile(t, filepath.Join(dir, "proc/net/tcp"), header+"\n")
	if got, err := collect(ctx); err != nil || got != (Connections{}) {
		t.Errorf("of no sockets %+v, %v", got, err)
	}
}

func readFixture(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestManyConnections has a file that is larger than any buffer.
func TestManyConnections(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	header, _, _ := strings.Cut(readFixture(t, dir, "proc/net/tcp"), "\n")
	const n = 130_000
	var text bytes.Buffer
	fmt.Fprintln(&text, header)
	for i := range n {
		fmt.Fprintf(&text, "%-149s\n", fmt.Sprintf("%4d: 0100007F:%04X 0100007F:%04X %02X 00000000:00000000", i, i%1000, i%60000, 1+i%11))
	}
	if text.Len() <= readLimit {
		t.Fatalf("%d bytes are no more than other files may have", text.Len())
	}
	writeFile(t, filepath.Join(dir, "proc/net/tcp"), text.String())
	got, err := NewConnections()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.All != n+4 || got.Established != n/11+1+1 || got.Close != n/11 || got.ListeningPorts != 1000+1 {
		t.Errorf("got %+v", got)
	}
}

func TestConnectionsWithoutSource(t *testing.T) {
	const header = "  sl  local_address rem_address   st\n"
	for name, text := range map[string]string{
		"empty":           "",
		"no header":       "   0: 0100007F:1F90 00000000:0000 0A 0\n",
		"header alone":    "  sl  local_address",
		"cut short":       header + "   0: 0100007F:1F90 00000000:0000 0A",
		"no state":        header + "   0: 0100007F:1F90 00000000:0000\n",
		"odd state":       header + "   0: 0100007F:1F90 00000000:0000 0G 0\n",
		"long state":      header + "   0: 0100007F:1F90 00000000:0000 00A 0\n",
		"odd port":        header + "   0: 0100007F:1F9 00000000:0000 0A 0\n",
		"no port":         header + "   0: 0100007F 00000000:0000 0A 0\n",
		"no colon":        header + "   0 0100007F:1F90 00000000:0000 0A 0\n",
		"empty line":      header + "\n",
		"endless line":    header + strings.Repeat("x", 2*connectionsBuffer),
		"garbage":         "\x00\xff\n",
		"a second header": header + header,
	} {
		for _, file := range []string{"tcp", "tcp6"} {
			ctx, dir := fixture(t, "net-sockets")
			path := filepath.Join(dir, "proc/net", file)
			writeFile(t, path, text)
			_, err := NewConnections()(ctx)
			if status := (Reading[Connections]{Err: err}).Status(); status != Failed || !strings.HasPrefix(err.Error(), "connections: "+path+": ") {
				t.Errorf("%s in %s: %v", name, file, err)
			}
		}
	}
	ctx, dir := fixture(t, "net-sockets")
	deny(t, filepath.Join(dir, "proc/net/tcp6"))
	if _, err := NewConnections()(ctx); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("may not read tcp6: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "proc/net/tcp")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewConnections()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without tcp: %v", err)
	}
}

// TestLiveConnections opens sockets, and looks for just as many more on their
// ports.
func TestLiveConnections(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			if strings.HasPrefix(address, "[") {
				continue // no IP version 6 here
			}
			t.Fatal(err)
		}
		defer listener.Close()
		const pairs = 20
		for range pairs {
			client, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			server, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
		}
		wantLiveConnections(t, listener.Addr().(*net.TCPAddr).Port, 2*pairs)
	}
}

// wantLiveConnections looks at the lines of one port alone, for other programs
// open and close sockets as they like.
func wantLiveConnections(t *testing.T, port int, established uint64) {
	t.Helper()
	ours := func(line []byte) bool {
		_, rest := cutColumn(line)
		local, rest := cutColumn(rest)
		remote, _ := cutColumn(rest)
		end := fmt.Appendf(nil, ":%04X", port)
		return bytes.HasSuffix(local, end) || bytes.HasSuffix(remote, end)
	}
	var table tcpTable
	for _, name := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile("/proc/net/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		table.begin()
		header, lines, _ := bytes.Cut(text, []byte("\n"))
		if err := table.parseLine(header); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(lines) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			if !ours(line) {
				continue
			}
			if err := table.parseLine(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c := table.connections(); c.Established != established || c.Listen != 1 || c.ListeningPorts != 1 || c.All != established+1 {
		t.Errorf("port %d has %+v", port, c)
	}
	got, err := NewConnections()(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Established < established || got.Listen < 1 || got.ListeningPorts < 1 {
		t.Errorf("got %+v", got)
	}
}

func FuzzTCPTable(f *testing.F) {
	for _, name := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(filepath.Join("testdata/net-sockets/proc/net", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, 4096)
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		var whole, pieces tcpTable
		rest, err := whole.parse(text)
		at = max(0, min(at, len(text)))
		kept, err2 := pieces.parse(text[:at])
		if err2 == nil {
			kept, err2 = pieces.parse(append(bytes.Clone(kept), text[at:]...))
		}
		if (err == nil) != (err2 == nil) || !bytes.Equal(rest, kept) || err == nil && whole != pieces {
			t.Fatalf("whole %v, in pieces %v", err, err2)
		}
		c := whole.connections()
		if err == nil && c.All > 0 && int(c.All) != bytes.Count(text, []byte("\n"))-1 || c.ListeningPorts > c.Listen {
			t.Fatalf("%+v of %q", c, text)
		}
	})
}
