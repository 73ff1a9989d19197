// Package assets holds the scripts, the style sheets and the icons of the page.
//
// build.mjs bundles them into dist, under names that carry a hash of their
// content, each with a gzip and a brotli variant beside it and manifest.json
// to name them all. What dist holds at compile time is embedded in the binary.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Set is one build of the assets. It is immutable, and serves the files by
// their hashed names: mount it below /assets/ with that prefix stripped.
type Set struct {
	names map[string]string // source name to hashed name
	files map[string]file   // by hashed name
}

type file struct {
	mediaType string
	variants  []variant // in order of preference, the plain one last
}

// variant is the content in one content coding; "" is none.
type variant struct {
	coding string
	etag   string
	body   []byte
}

// codings are the content codings that a build writes, best first, with the
// suffix of their files.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

// Load returns the assets that are embedded in this binary. It fails when the
// binary was compiled before build.mjs had run.
func Load() (*Set, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	set, err := LoadFS(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("assets: not built: run make build")
	}
	return set, err
}

// LoadFS returns the assets of a build whose manifest.json is in the root of
// files.
func LoadFS(files fs.FS) (*Set, error) {
	raw, err := fs.ReadFile(files, "manifest.json")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	set := &Set{files: make(map[string]file)}
	if err := json.Unmarshal(raw, &set.names); err != nil {
		return nil, fmt.Errorf("assets: manifest.json: %w", err)
	}
	for _, name := range set.names {
		if set.files[name], err = load(files, name); err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
	}
	return set, nil
}

func load(files fs.FS, name string) (file, error) {
	f := file{mediaType: mediaType(name)}
	for _, coding := range codings {
		body, err := fs.ReadFile(files, name+coding.suffix)
		if errors.Is(err, fs.ErrNotExist) && coding.name != "" {
			continue
		}
		if err != nil {
			return file{}, err
		}
		// The name is the hash of the content, so it is the entity tag as well.
		etag := strconv.Quote(strings.TrimSuffix(name, path.Ext(name)) + coding.suffix)
		f.variants = append(f.variants, variant{coding.name, etag, body})
	}
	return f, nil
}

// mediaType does not ask the host's mime.types first: it may call a script
// text/plain, which browsers then refuse to run.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

// URL is where the asset of that source name is served, relative to the base
// path: URL("app.js") is "assets/app-K3JD92QM.js". It is "" for a name that the
// build does not hold.
func (s *Set) URL(name string) string {
	if hashed, ok := s.names[name]; ok {
		return "assets/" + hashed
	}
	return ""
}

// Has reports whether file is a hashed name of this build.
func (s *Set) Has(file string) bool {
	_, ok := s.files[file]
	return ok
}

// Inline is the content of an asset that stands in a document itself, and the
// source expression by which a Content-Security-Policy lets it (CSP 3, section
// 2.3.1, hash-source). Both are "" for a name that the build does not hold.
func (s *Set) Inline(name string) (content, source string) {
	f, ok := s.files[s.names[name]]
	if !ok {
		return "", ""
	}
	plain := f.variants[len(f.variants)-1].body
	hash := sha256.Sum256(plain)
	return string(plain), "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// ServeHTTP answers a request whose path is a hashed name. Anything else is
// not found.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	v := f.choose(r.Header.Values("Accept-Encoding"))
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", f.mediaType)
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", v.etag)
	if v.coding != "" {
		header.Set("Content-Encoding", v.coding)
		// ServeContent leaves the length out when there is a coding.
		header.Set("Content-Length", strconv.Itoa(len(v.body)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(v.body))
}
