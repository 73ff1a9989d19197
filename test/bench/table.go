package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// table prints rows of cells in aligned columns, the first one to the left and
// the others to the right.
type table struct {
	rows [][]string
	note string // below the rows
}

func newTable(columns ...string) *table { return &table{rows: [][]string{columns}} }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print() {
	width := 0
	for _, row := range t.rows {
		width = max(width, len(row[0]))
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range t.rows {
		fmt.Fprintf(w, "%-*s\t%s\t\n", width, row[0], strings.Join(row[1:], "\t"))
	}
	w.Flush()
	if t.note != "" {
		fmt.Println(t.note)
	}
}

func title(format string, args ...any) { fmt.Printf("\n"+format+"\n", args...) }

// median of values, of which there is at least one.
func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// collect maps values, as in the medians of a field.
func collect[S, T any](values []S, of func(S) T) []T {
	mapped := make([]T, len(values))
	for i, v := range values {
		mapped[i] = of(v)
	}
	return mapped
}
