package views

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// Sections are the sections of a snapshot whose numbers the panel shows; none
// for a panel that shows what follows from others.
func (p Panel) Sections() []string {
	var sections []string
	for _, section := range collector.SectionNames() {
		if panelOf(section) == p.Name {
			sections = append(sections, section)
		}
	}
	return sections
}

// fieldSet is every number of a section.
type fieldSet struct {
	section string
	note    note
	age     string // how old the numbers are; "" without any
	fields  []field
}

// field is one number of a section with where it comes from.
type field struct {
	collector.Origin
	values []fieldValue // of one that is in a list: of its first elements
	more   int          // elements of lists that have no place
}

// fieldValue is what a number is at present, or why there is none.
type fieldValue struct {
	element string // of a list: what it is called
	text    string
	missing collector.Status // why there is no text; OK when there is
}

// fieldSets are the numbers of a panel in the snapshot. Before the first snapshot
// they have no values.
func fieldSets(p Panel, s *collector.Snapshot) []fieldSet {
	var sets []fieldSet
	for _, section := range p.Sections() {
		sets = append(sets, fieldSetOf(section, s))
	}
	return sets
}

func fieldSetOf(section string, s *collector.Snapshot) fieldSet {
	set := fieldSet{section: section}
	var data reflect.Value
	if s != nil {
		reading := readingOf(section, s)
		set.note = reading.Interface().(noted).in(s)
		if reading.Interface().(collector.Section).Has() {
			data = reading.FieldByName("Value")
			set.age = ageOf(reading.FieldByName("At").Interface().(time.Time), s)
		}
	}
	for _, o := range collector.Origins()[section] {
		f := field{Origin: o}
		if data.IsValid() {
			f.follow(data, "", o.Path)
		}
		set.fields = append(set.fields, f)
	}
	return set
}
