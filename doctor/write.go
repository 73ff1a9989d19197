package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Write prints the report for people: by section, with what is missing and how to
// mend it below its source, and a line of all at the end.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Judged as %s.\n", printable(r.Environment.String()))
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "%s\n", printable(note))
	}
	width := 0
	for _, f := range r.Sources {
		width = max(width, utf8.RuneCountInString(f.Source))
	}
	mended := make(map[string]string) // where a set of mends was told before
	for i, f := range r.Sources {
		if i == 0 || r.Sources[i-1].Section != f.Section {
			fmt.Fprintf(&b, "\n%s\n", printable(f.Section))
		}
		f.write(&b, width)
		f.writeMends(&b, mended)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// write marks what is a fault, so that the eye finds it in a long list.
func (f Finding) write(b *strings.Builder, width int) {
	mark := " "
	if f.Status.isFault() {
		mark = "!"
	}
	fmt.Fprintf(b, "%s %-7s  %-*s  %s\n", mark, printable(string(f.Status)), width, printable(f.Source), printable(f.Gives))
	if f.Why != "" {
		fmt.Fprintf(b, "%s%s\n", indent, printable(f.Why))
	}
}

const indent = "           "

func (f Finding) writeMends(b *strings.Builder, mended map[string]string) {
	if len(f.Mends) == 0 {
		return
	}
	key := fmt.Sprint(f.Mends)
	if before, ok := mended[key]; ok {
		fmt.Fprintf(b, "%smend: as for %s\n", indent, printable(before))
		return
	}
	mended[key] = f.Source
	for i, m := range f.Mends {
		word := "mend"
		if i > 0 {
			word = "or"
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, word, printable(m.Text))
		for _, line := range m.Lines {
			fmt.Fprintf(b, "%s    %s\n", indent, printable(line))
		}
		if m.Price != "" {
			fmt.Fprintf(b, "%s  price: %s\n", indent, printable(m.Price))
		}
	}
}

// Summary is "41 sources: 2 denied, 3 absent, 36 ok".
func (r Report) Summary() string {
	var parts []string
	for _, status := range statuses {
		if n := r.Counts[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return fmt.Sprintf("%d sources: %s", len(r.Sources), strings.Join(parts, ", "))
}

// printable is text without what a terminal would obey: names of mounts and units
// are anyone's.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
