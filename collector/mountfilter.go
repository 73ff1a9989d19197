package collector

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// MountFilter says which mounts are shown besides and against the built-in
// choice, by globs over the mount point. In a glob, * is anything within a path
// segment, ? one character of it, [a-z] a class, and a segment ** any number of
// segments: at the end one or more, elsewhere also none. So /snap/** is all
// below /snap without /snap itself.
type MountFilter struct {
	Include []string // shown whatever kind of file system it is
	Exclude []string // left out, included or not
}

// Validate names the globs that are malformed or can match no mount point.
func (f MountFilter) Validate() error {
	var all []error
	for _, list := range [][]string{f.Include, f.Exclude} {
		for _, glob := range list {
			if err := validateMountGlob(glob); err != nil {
				all = append(all, fmt.Errorf("glob %q: %w", glob, err))
			}
		}
	}
	return errors.Join(all...)
}

func validateMountGlob(glob string) error {
	if !strings.HasPrefix(glob, "/") {
		return errors.New("must start with /")
	}
	if path.Clean(glob) != glob {
		return fmt.Errorf("matches no mount point; write %s", path.Clean(glob))
	}
	for _, segment := range pathSegments(glob) {
		if _, err := path.Match(segment, ""); err != nil {
			return err
		}
		if segment != "**" && strings.Contains(segment, "**") {
			return errors.New("** must stand alone between slashes")
		}
	}
	return nil
}

// matchMountGlob reports whether glob matches the whole mount point. A
// malformed glob matches nothing.
func matchMountGlob(glob, mountpoint string) bool {
	pattern, names := pathSegments(glob), pathSegments(mountpoint)
	if n := len(pattern); n > 0 && pattern[n-1] == "**" {
		// The segment that must be there at the end, and then any number.
		pattern = append(pattern[:n-1:n-1], "*", "**")
	}
	// As with * in a shell pattern, only the last ** met ever needs to take
	// more, so this is at most the product of both lengths.
	p, n, retryP, retryN := 0, 0, -1, 0
	for n < len(names) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			p++
			retryP, retryN = p, n
		case p < len(pattern) && matchSegment(pattern[p], names[n]):
			p++
			n++
		case retryP >= 0:
			retryN++
			p, n = retryP, retryN
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

func matchSegment(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// pathSegments splits an absolute path; the root has none.
func pathSegments(p string) []string {
	if p = strings.TrimPrefix(p, "/"); p == "" {
		return nil
	}
	return strings.Split(p, "/")
}

// firstMatch returns the first glob that matches, or "".
func firstMatch(globs []string, mountpoint string) string {
	for _, glob := range globs {
		if matchMountGlob(glob, mountpoint) {
			return glob
		}
	}
	return ""
}

// choose parts the mounts into those to show and those to skip with a reason.
// virtual says of each file system type that the kernel knows whether it does
// without a block device; nil when the kernel did not tell.
func (f MountFilter) choose(entries []mountEntry, virtual map[string]bool) (shown []mountEntry, skipped []SkippedMount) {
	tree := newMountTree(entries)
	unreachable := make([]string, len(entries))
	unwanted := make([]string, len(entries))
	for i, e := range entries {
		if other, hidden := tree.hiddenBy(i); hidden {
			unreachable[i] = fmt.Sprintf("hidden by %s mounted on %s", other.fstype, other.mountpoint)
		} else if e.fstype == "autofs" {
			// statfs on it would mount what it stands for.
			unreachable[i] = "automount point"
		}
		unwanted[i] = unwantedMount(e, virtual)
	}
	repeatedMounts(entries, unreachable, unwanted)
	for i, e := range entries {
		if reason := f.verdict(e, unreachable[i], unwanted[i]); reason != "" {
			skipped = append(skipped, SkippedMount{e.mountpoint, e.fstype, reason})
		} else {
			shown = append(shown, e)
		}
	}
	return shown, skipped
}

// verdict returns why to skip a mount, or "".
func (f MountFilter) verdict(e mountEntry, unreachable, unwanted string) string {
	if glob := firstMatch(f.Exclude, e.mountpoint); glob != "" {
		return "excluded by mounts.exclude: " + glob
	}
	if unreachable != "" || unwanted == "" || firstMatch(f.Include, e.mountpoint) != "" {
		return unreachable
	}
	return unwanted
}

// repeatedMounts marks as unwanted all mounts of a file system but one, which
// is the one with the whole of it, and among such the one nearest to the root.
func repeatedMounts(entries []mountEntry, unreachable, unwanted []string) {
	type device struct{ major, minor uint32 }
	kept := make(map[device]int)
	for i, e := range entries {
		if unreachable[i] != "" || unwanted[i] != "" {
			continue
		}
		key := device{e.major, e.minor}
		if k, ok := kept[key]; !ok || e.standsFor(entries[k]) {
			kept[key] = i
		}
	}
	for i, e := range entries {
		k, ok := kept[device{e.major, e.minor}]
		if ok && k != i && unwanted[i] == "" {
			unwanted[i] = repetition(e, entries[k])
		}
	}
}

// standsFor reports whether e rather than other is shown for the file system
// that both are of. The subvolumes of a pool are equal parts of it, so there
// only the mount point counts.
func (e mountEntry) standsFor(other mountEntry) bool {
	if !hasSubvolumes[e.fstype] && (e.root == "/") != (other.root == "/") {
		return e.root == "/"
	}
	return len(e.mountpoint) < len(other.mountpoint)
}

func repetition(e, kept mountEntry) string {
	below, ok := strings.CutPrefix(e.root, strings.TrimSuffix(kept.root, "/")+"/")
	if ok && below != "" && !hasSubvolumes[e.fstype] {
		return "bind mount of " + path.Join(kept.mountpoint, below)
	}
	return "same file system as " + kept.mountpoint
}
