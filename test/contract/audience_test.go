package contract

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/stream"
)

// event is what every client makes of an event of the stream.
type event struct{ ID, Event, Data string }

// audience is a site whose clients tell what they read. It has pages for those
// that are browsers.
type audience struct {
	*site
	clients []string
	shown   uint64       // seq of the newest frame
	want    []event      // what each is to have read
	door    sync.RWMutex // locked while nobody comes in

	mu          sync.Mutex
	read        map[string][]event  // by client
	codings     map[string][]string // that its streams had, by client
	connections []int               // duplicates of the descriptors of streams
}

// assemble returns an audience that is there until the test ends. It hears something
// each second, since proxies hang up on those who hear nothing.
func assemble(t *testing.T) *audience {
	t.Helper()
	w := &way{path: paths[0]}
	s := w.open(t, func(h *stream.Handler) { h.Heartbeat = func() time.Duration { return time.Second } })
	a := &audience{site: s, read: map[string][]event{}, codings: map[string][]string{}}
	sites.Store(a.name, a)
	t.Cleanup(a.cut)
	return a
}

// expect counts a client in, from the start.
func (a *audience) expect(client string) { a.clients = append(a.clients, client) }

// show publishes a frame with a text for each channel.
func (a *audience) show(texts ...string) {
	a.shown++
	a.publishTexts(a.shown, texts...)
	a.want = append(a.want, event{a.hub.Boot.ID(a.shown).String(), "message", receivedAll(texts)})
}

// away ends all connections, and keeps clients from coming back before f is done.
func (a *audience) away(f func()) {
	a.t.Helper()
	a.door.Lock()
	defer a.door.Unlock()
	a.cut()
	a.wantSubscribers(0)
	f()
}

// address is that of a file of the site, for a client.
func (a *audience) address(f *front, file, client string) string {
	return fmt.Sprintf("%s/%s/%s?client=%s", f.url, a.name, file, client)
}

func (a *audience) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client := r.URL.Query().Get("client")
	switch file := filepath.Base(r.URL.Path); file {
	case "stream":
		a.serveStream(w, r, client)
	case "report":
		var e event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.note(client, e)
	case "htmx.js":
		http.ServeFile(w, r, "../../node_modules/htmx.org/dist/htmx.min.js")
	case "hx-sse.js":
		http.ServeFile(w, r, "../../node_modules/htmx.org/dist/ext/hx-sse.js")
	default:
		http.ServeFile(w, r, "testdata/"+file)
	}
}

func (a *audience) serveStream(w http.ResponseWriter, r *http.Request, client string) {
	a.door.RLock()
	a.hold(r.Context().Value(connKey{}).(*net.TCPConn))
	a.door.RUnlock()
	a.site.ServeHTTP(w, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codings[client] = append(a.codings[client], w.Header().Get("Content-Encoding"))
}

// hold keeps a descriptor of a connection, by which to end it whoever has it.
func (a *audience) hold(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		duplicate, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.connections = append(a.connections, duplicate)
	})
}

// cut ends the connections of all streams, as a server that dies does.
func (a *audience) cut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, fd := range a.connections {
		unix.Shutdown(fd, syscall.SHUT_RDWR)
		unix.Close(fd)
	}
	a.connections = nil
}

func (a *audience) note(client string, e event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read[client] = append(a.read[client], e)
}

// lastID is what a client has to say when it comes back.
func (a *audience) lastID(client string) string {
	if read := a.readBy(client); len(read) > 0 {
		return read[len(read)-1].ID
	}
	return ""
}

// wantRead waits until every client has read all that was shown, and what the
// newest frame has for the present. It wants them to have read that alone.
func (a *audience) wantRead() {
	a.t.Helper()
	a.want = append(a.want, event{a.hub.Boot.ID(a.shown).String(), "live", fmt.Sprint(a.shown)})
	for _, client := range a.clients {
		eventually(a.t, func() error {
			if got := a.readBy(client); len(got) < len(a.want) {
				return fmt.Errorf("%s has read %d of %d events", client, len(got), len(a.want))
			}
			return nil
		})
		for i, e := range a.readBy(client) {
			if i >= len(a.want) || e != a.want[i] {
				a.t.Fatalf("event %d: %s reads %.200q, want %.200q", i, client, e, a.want[min(i, len(a.want)-1)])
			}
		}
	}
}

func (a *audience) readBy(client string) []event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.read[client])
}
