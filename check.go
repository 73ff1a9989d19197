package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// check prints each setting in force and its origin. Invalid settings are its
// error, all of them at once.
func (p program) check(c *cobra.Command, _ []string) error {
	loaded, err := p.load(c)
	p.warn(loaded)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range loaded.Rows() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", row.Key, row.Value, row.Origin)
	}
	return table.Flush()
}
