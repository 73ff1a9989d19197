package assets

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func build() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":      {Data: []byte(`{"app.js": "app-1a2b.js", "icon.svg": "icon-3c4d.svg", "app.css": "app-5e6f.css"}`)},
		"app-1a2b.js":        {Data: []byte("plain script")},
		"app-1a2b.js.br":     {Data: []byte("brotli script")},
		"app-1a2b.js.gz":     {Data: []byte("gzip script")},
		"app-5e6f.css":       {Data: []byte("plain style")},
		"app-5e6f.css.gz":    {Data: []byte("gzip style")},
		"icon-3c4d.svg":      {Data: []byte("<svg/>")},
		"not-in-manifest.js": {Data: []byte("hidden")},
	}
}

func loaded(t *testing.T) *Set {
	t.Helper()
	set, err := LoadFS(build())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// get asks for a path with pairs of header names and values.
func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "http://host/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	loaded(t).ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestURL(t *testing.T) {
	set := loaded(t)
	if got := set.URL("app.js"); got != "assets/app-1a2b.js" {
		t.Errorf("app.js is at %q", got)
	}
	if got := set.URL("other.js"); got != "" {
		t.Errorf("other.js is at %q", got)
	}
}

func TestInline(t *testing.T) {
	// printf 'plain style' | openssl dgst -sha256 -binary | base64
	const hash = "H1mUXaoQ77GmQmYDt7fz4GXiE5suKWZc4K/UtMjqR+4="
	if content, source := loaded(t).Inline("app.css"); content != "plain style" || source != "'sha256-"+hash+"'" {
		t.Errorf("app.css is %q, %s", content, source)
	}
	if content, source := loaded(t).Inline("other.css"); content != "" || source != "" {
		t.Errorf("other.css is %q, %s", content, source)
	}
}

func TestServe(t *testing.T) {
	for path, want := range map[string]struct{ mediaType, content string }{
		"app-1a2b.js":    {"text/javascript; charset=utf-8", "plain script"},
		"/app-5e6f.css":  {"text/css; charset=utf-8", "plain style"},
		"/icon-3c4d.svg": {"image/svg+xml", "<svg/>"},
	} {
		r := get(t, "GET", path)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != want.mediaType || body(t, r) != want.content {
			t.Errorf("%s: %s %s", path, r.Status, r.Header)
		}
		if r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
}

func TestOnlyTheManifestIsServed(t *testing.T) {
	for _, path := range []string{"", "/", "app.js", "app-1a2b.js.br", "not-in-manifest.js", "manifest.json", "../assets.go", "app-1a2b.js/"} {
		if r := get(t, "GET", path); r.StatusCode != 404 || r.Header.Get("Cache-Control") != "" {
			t.Errorf("%q: %s, %v", path, r.Status, r.Header)
		}
	}
}

func TestContentCoding(t *testing.T) {
	for accepted, want := range map[string]string{
		"":                                 "plain script",
		"gzip, deflate, br, zstd":          "brotli script",
		"GZIP":                             "gzip script",
		"gzip;q=1.0, br;q=0.5":             "gzip script",
		"br; q=0, gzip":                    "gzip script",
		"br;q=0.3, gzip; q=0.3":            "brotli script",
		"*":                                "brotli script",
		"*;q=0.1, br;q=0":                  "gzip script",
		"identity":                         "plain script",
		"identity;q=1, gzip;q=0.5":         "plain script",
		"identity;q=0.5, gzip;q=0.9":       "gzip script",
		"identity;q=0":                     "plain script",
		"gzip;q=2, br;q=x":                 "plain script",
		"gzip;q=nan":                       "plain script",
		";;,,q=1":                          "plain script",
		"deflate, compress":                "plain script",
		"gzip;level=9;q=0.2, br;q=0.1":     "gzip script",
		strings.Repeat("x,", 400) + "gzip": "gzip script",
	} {
		r := get(t, "GET", "app-1a2b.js", "Accept-Encoding", accepted)
		if got := body(t, r); got != want {
			t.Errorf("%q: %s", accepted, got)
		}
		coding := map[string]string{"p": "", "b": "br", "g": "gzip"}[want[:1]]
		if got := r.Header.Get("Content-Encoding"); got != coding {
			t.Errorf("%q: Content-Encoding %q", accepted, got)
		}
		if r.ContentLength != int64(len(want)) {
			t.Errorf("%q: Content-Length %d", accepted, r.ContentLength)
		}
	}
	if r := get(t, "GET", "app-1a2b.js", "Accept-Encoding", "gzip", "Accept-Encoding", "br;q=0.1"); body(t, r) != "gzip script" {
		t.Error("two header lines are not one list")
	}
}

func TestValidation(t *testing.T) {
	tags := make(map[string]bool)
	for _, coding := range []string{"br", "gzip", "identity"} {
		tag := get(t, "GET", "app-1a2b.js", "Accept-Encoding", coding).Header.Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") || tags[tag] {
			t.Errorf("%s: ETag %s", coding, tag)
		}
		tags[tag] = true
		r := get(t, "GET", "app-1a2b.js", "Accept-Encoding", coding, "If-None-Match", tag)
		if r.StatusCode != 304 || body(t, r) != "" {
			t.Errorf("%s: %s", coding, r.Status)
		}
	}
}

func TestHead(t *testing.T) {
	r := get(t, "HEAD", "app-1a2b.js", "Accept-Encoding", "br")
	if r.StatusCode != 200 || r.Header.Get("Content-Length") != "13" || body(t, r) != "" {
		t.Errorf("%s %v", r.Status, r.Header)
	}
}

func TestLoadFSOfBrokenBuilds(t *testing.T) {
	if _, err := LoadFS(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
	if _, err := LoadFS(fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil || !strings.Contains(err.Error(), "manifest.json") {
		t.Errorf("half a manifest: %v", err)
	}
	missing := build()
	delete(missing, "app-1a2b.js")
	if _, err := LoadFS(missing); err == nil || !strings.Contains(err.Error(), "app-1a2b.js") {
		t.Errorf("no script: %v", err)
	}
}

// What is embedded depends on whether build.mjs has run; both must be clear.
func TestLoad(t *testing.T) {
	set, err := Load()
	switch {
	case err != nil && err.Error() != "assets: not built: run make build":
		t.Error(err)
	case err == nil && (set.URL("app.js") == "" || set.URL("app.css") == "" || set.URL("icon.svg") == ""):
		t.Error("the build lacks what the page needs")
	}
}
