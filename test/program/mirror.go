package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Mirror makes a directory of links to what is in another, as far as it is wanted.
// Where there is no other, it makes nothing.
func Mirror(from, to string, wanted func(name string) bool) error {
	names, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err = errors.Join(err, os.MkdirAll(to, 0o755))
	for _, entry := range names {
		if wanted(entry.Name()) {
			err = errors.Join(err, os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())))
		}
	}
	return err
}
