package nvml

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// dist has the helper, once make build has run.
//
//go:embed all:dist
var dist embed.FS

var errNotBuilt = errors.New("this tacho was built without its helper for NVIDIA: run make build")

// Embedded returns the helper that this binary carries: an ELF program for the
// processor that it was built for.
func Embedded() ([]byte, error) {
	packed, err := dist.ReadFile("dist/host.gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotBuilt
	}
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("embedded helper: %w", err)
	}
	program, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, fmt.Errorf("embedded helper: %w", err)
	}
	return program, nil
}
