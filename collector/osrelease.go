package collector

import (
	"context"
	"strings"
)

// OSRelease is what an os-release tells of the operating system, by the names
// that os-release(5) has for it; "" for what it does not tell.
type OSRelease struct {
	ID, IDLike, Name, PrettyName        string
	Version, VersionID, VersionCodename string
	Variant, VariantID                  string
	BuildID, ImageID, ImageVersion      string
}

// readOSRelease takes the first os-release of those that os-release(5) names.
func readOSRelease(ctx context.Context) OSRelease {
	for _, path := range []string{etcPath(ctx, "os-release"), hostPath(ctx, "usr/lib/os-release")} {
		if text, err := readText(path); err == nil {
			return parseOSRelease(text)
		}
	}
	return OSRelease{}
}

// parseOSRelease reads assignments, whose values are quoted as in a shell. Of a
// name that is assigned to twice the last value counts, as there.
func parseOSRelease(text string) (r OSRelease) {
	fields := map[string]*string{
		"ID": &r.ID, "ID_LIKE": &r.IDLike, "NAME": &r.Name, "PRETTY_NAME": &r.PrettyName,
		"VERSION": &r.Version, "VERSION_ID": &r.VersionID, "VERSION_CODENAME": &r.VersionCodename,
		"VARIANT": &r.Variant, "VARIANT_ID": &r.VariantID,
		"BUILD_ID": &r.BuildID, "IMAGE_ID": &r.ImageID, "IMAGE_VERSION": &r.ImageVersion,
	}
	for line := range strings.Lines(text) {
		name, value, assigned := strings.Cut(strings.TrimSpace(line), "=")
		if field := fields[name]; assigned && field != nil {
			*field = unquoteShell(value)
		}
	}
	return r
}

func unquoteShell(value string) string {
	if n := len(value); n >= 2 && value[0] == value[n-1] {
		switch value[0] {
		case '\'':
			return value[1 : n-1]
		case '"':
			return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`").Replace(value[1 : n-1])
		}
	}
	return value
}
