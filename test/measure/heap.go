package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/chromedp"
)

// heap is what JavaScript holds, in bytes. What the browser compiles grows for
// as long as it finds something that is worth it; a page that leaks does so in
// its data, or in nodes, which are the browser's and counted apart.
type heap struct{ code, data float64 }

// snapshot is a heap snapshot as the browser writes it: of each node some
// numbers, by fields that it names.
type snapshot struct {
	Snapshot struct {
		Meta struct {
			NodeFields []string          `json:"node_fields"`
			NodeTypes  []json.RawMessage `json:"node_types"`
		} `json:"meta"`
	} `json:"snapshot"`
	Nodes []float64 `json:"nodes"`
}

// heap returns what a snapshot of the page has of each.
func (w *window) heap() (heap, error) {
	var written bytes.Buffer
	w.take(func(text string) { written.WriteString(text) })
	defer w.take(nil)
	// Its chunks come before its answer.
	if _, err := chromedp.Call(w.ctx, heapprofiler.TakeHeapSnapshot, heapprofiler.TakeHeapSnapshotParams{}); err != nil {
		return heap{}, err
	}
	var s snapshot
	if err := json.Unmarshal(written.Bytes(), &s); err != nil {
		return heap{}, fmt.Errorf("heap snapshot: %w", err)
	}
	return s.heap()
}

// take has pieces of heap snapshots be given to f.
func (w *window) take(f func(text string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chunk = f
}

func (s snapshot) heap() (h heap, err error) {
	meta := s.Snapshot.Meta
	kind, size := slices.Index(meta.NodeFields, "type"), slices.Index(meta.NodeFields, "self_size")
	if kind < 0 || size < 0 || len(meta.NodeTypes) <= kind {
		return h, fmt.Errorf("heap snapshot: fields %q", meta.NodeFields)
	}
	var kinds []string
	if err := json.Unmarshal(meta.NodeTypes[kind], &kinds); err != nil {
		return h, fmt.Errorf("heap snapshot: %w", err)
	}
	for node := range slices.Chunk(s.Nodes, len(meta.NodeFields)) {
		switch kinds[int(node[kind])] {
		case "code":
			h.code += node[size]
		case "native", "synthetic": // of the browser
		default:
			h.data += node[size]
		}
	}
	return h, nil
}
