package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// table prints rows of cells in aligned columns. The first row is its head.
type table struct{ rows [][]string }

func newTable(head ...string) *table { return &table{rows: [][]string{head}} }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for i, row := range t.rows {
		if i > 0 {
			row[0] = "  " + row[0]
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
}

func kilobytes(bytes float64) string { return fmt.Sprintf("%.1f KB", bytes/1000) }

func milliseconds(ms float64) string { return fmt.Sprintf("%.1f ms", ms) }

// quantile of values, of which there is at least one.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
