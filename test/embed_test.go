package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// site is a web site of another origin than tacho's. Its page is the body.
func site(t *testing.T, body func() string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><title>another site</title>%s", body())
	}))
	t.Cleanup(s.Close)
	return s
}

func frame(url string) func() string {
	return func() string { return fmt.Sprintf(`<iframe src="%sembed/cpu"></iframe>`, url) }
}

// reader reads the stream of JSON, as a script of any site would.
func reader(url string) func() string {
	return func() string {
		return fmt.Sprintf(`<script>
			const read = [];
			const source = new EventSource("%sapi/v1/stream/cpu,load");
			source.onmessage = ({ data, lastEventId }) => read.push({ id: lastEventId, data: JSON.parse(data) });
		</script>`, url)
	}
}

func TestEmbedInAnotherSite(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	s := site(t, frame("http://"+address+"/"))
	start(t, "--listen="+address, "--embed-origins="+s.URL)
	w := open(t, s.URL)
	w.wait(`seen.framed.length >= 3`)
	if !eval[bool](w, `seen.framed.every(({ seq }, i, all) => i === 0 || seq === all[i - 1].seq + 1)`) {
		t.Errorf("the frame has shown %v", eval[[]any](w, `seen.framed`))
	}
	if !eval[bool](w, `/\d/.test(seen.framed.at(-1).text)`) {
		t.Errorf("there are no numbers in the frame: %q", eval[string](w, `seen.framed.at(-1).text`))
	}
}

func TestEmbedIsRefused(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]string{
		"nobody is allowed":      "--embed-origins=",
		"somebody else is":       "--embed-origins=https://example.org",
		"only scripts are, here": "--cors-origins=http://127.0.0.1",
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, option)
			w := open(t, site(t, frame(p.URL)).URL)
			w.tolerate("net::ERR_BLOCKED_BY_RESPONSE")
			w.waitComplaint("frame-ancestors")
			if eval[int](w, `seen.framed.length`) > 0 {
				t.Error("the frame is shown")
			}
		})
	}
}

func TestScriptOfAnotherSite(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	s := site(t, reader("http://"+address+"/"))
	start(t, "--listen="+address, "--cors-origins="+s.URL)
	w := open(t, s.URL)
	w.wait(`read.length >= 3`)
	if !eval[bool](w, `read.every(({ id, data }, i) => id.endsWith("-" + data.seq) && data.seq === read[0].data.seq + i && data.cpu && data.load)`) {
		t.Errorf("read: %v", eval[[]any](w, `read`))
	}
}

func TestScriptIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, "--cors-origins=https://example.org")
	w := open(t, site(t, reader(p.URL)).URL)
	w.tolerate("has been blocked by CORS policy", "net::ERR_FAILED")
	w.wait(`source.readyState === EventSource.CLOSED`)
	if eval[int](w, `read.length`) > 0 {
		t.Error("the script has read the stream")
	}
}
