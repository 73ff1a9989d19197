package server

import (
	"encoding/json"
	"net/http"

	"github.com/tacho-monitor/tacho/views"
)

// webManifest is what a browser needs to show the page as a program of its own.
// Addresses are relative to that of the manifest, so that they are below the base
// path.
type webManifest struct {
	Name            string         `json:"name"`
	ShortName       string         `json:"short_name"`
	ID              string         `json:"id"`
	StartURL        string         `json:"start_url"`
	Scope           string         `json:"scope"`
	Display         string         `json:"display"`
	ThemeColor      string         `json:"theme_color"`
	BackgroundColor string         `json:"background_color"`
	Icons           []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

func (s *Server) manifest(w http.ResponseWriter, r *http.Request) {
	name := views.HostName(s.Feed.Latest())
	m := webManifest{
		Name: "tacho · " + name, ShortName: name, ID: "./", StartURL: "./", Scope: "./",
		Display: "standalone", ThemeColor: views.PlateDark, BackgroundColor: views.PlateDark,
		Icons: []manifestIcon{{s.Assets.URL("icon.svg"), "any", "image/svg+xml", "any maskable"}},
	}
	if name == "tacho" {
		m.Name = name
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	json.NewEncoder(w).Encode(m)
}
