package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

func TestProcessPages(t *testing.T) {
	s := serving(t, Options{BasePath: "/ops"}, peopled(60))
	for path, want := range map[string]int{
		"/ops/processes/7":                http.StatusOK,
		"/ops/processes/7?start=x":        http.StatusBadRequest,
		"/ops/processes/7?start=99999999": http.StatusNotFound,
		"/ops/processes/9999":             http.StatusNotFound,
		"/ops/processes/-1":               http.StatusNotFound,
		"/ops/processes/seven":            http.StatusNotFound,
	} {
		if got := ask(s, "GET", path); got.StatusCode != want || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %s, want %d", path, got.Status, want)
		}
	}
}

func TestCgroupPages(t *testing.T) {
	latest := peopled(1)
	latest.Cgroups.Value.Cgroups = []*collector.Cgroup{{Path: "/", Name: "/"}, {Path: "/a.slice/b%2f?\\x2d.service", Parent: "/", Name: "b"}}
	s := serving(t, Options{BasePath: "/ops"}, latest)
	for path, want := range map[string]int{
		"/ops/cgroups":  http.StatusOK,
		"/ops/cgroups/": http.StatusOK,
		"/ops/cgroups/a.slice/b%252f%3F%5Cx2d.service":  http.StatusOK,
		"/ops/cgroups/a.slice":                          http.StatusNotFound,
		"/ops/cgroups/a.slice/b%252f%3F%5Cx2d.service/": http.StatusNotFound,
	} {
		if got := ask(s, "GET", path); got.StatusCode != want || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %s, want %d", path, got.Status, want)
		}
	}
}

// TestTablesLeadToThePage: a part of a page is none.
func TestTablesLeadToThePage(t *testing.T) {
	s := serving(t, Options{BasePath: "/ops"}, peopled(1))
	browser := header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for path, want := range map[string]string{
		"/ops/processes":           "/ops/#processes",
		"/ops/processes?q=a%26b":   "/ops/?q=a%26b#processes",
		"/ops/cgroups?cgroup_q=no": "/ops/?cgroup_q=no#cgroups",
	} {
		if got := ask(s, "GET", path, browser); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != want {
			t.Errorf("%s leads to %s %q, want %q", path, got.Status, got.Header.Get("Location"), want)
		}
		for name, set := range map[string]func(*http.Request){"htmx": header("HX-Request", "true"), "curl": header("Accept", "*/*")} {
			if got := ask(s, "GET", path, browser, set); got.StatusCode != http.StatusOK || !strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "HX-Request") {
				t.Errorf("%s: %s is answered %s", name, path, got.Status)
			}
		}
	}
	if got := ask(s, "GET", "/ops/processes?sort=size", browser); got.StatusCode != http.StatusBadRequest {
		t.Errorf("a mistake is answered %s", got.Status)
	}
}

func TestTreesAndMoreRows(t *testing.T) {
	s := serving(t, Options{}, peopled(200))
	for path, want := range map[string]int{
		"/processes?tree":             100,
		"/processes?tree=on&limit=50": 50,
		"/processes?sort=pid":         15,
		"/processes?limit=5&more=100": 100,
		"/processes?limit=500":        200,
	} {
		if got := strings.Count(text(t, ask(s, "GET", path)), `data-row="process-`); got != want {
			t.Errorf("%s has %d rows, want %d", path, got, want)
		}
	}
	for _, path := range []string{"/processes?tree=yes", "/processes?more=501", "/?tree=yes"} {
		if got := ask(s, "GET", path); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
}

func TestManifest(t *testing.T) {
	s := serving(t, Options{BasePath: "/ops"}, peopled(1))
	answer := ask(s, "GET", "/ops/manifest.webmanifest")
	if answer.Header.Get("Content-Type") != "application/manifest+json" {
		t.Errorf("the manifest is %s", answer.Header)
	}
	if page := text(t, ask(s, "GET", "/ops/")); !strings.Contains(page, `<link rel="manifest" href="/ops/manifest.webmanifest"`) {
		t.Error("the page does not say where its manifest is")
	}
	if policy := ask(s, "GET", "/ops/").Header.Get("Content-Security-Policy"); !strings.Contains(policy, "manifest-src 'self'") {
		t.Errorf("the page may not read its manifest: %s", policy)
	}
	if page := text(t, ask(s, "GET", "/ops/?kiosk")); !strings.Contains(page, "data-kiosk") {
		t.Error("no kiosk")
	}
}
