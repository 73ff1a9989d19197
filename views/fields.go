package views

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// Sections are the sections of a snapshot whose numbers the panel shows; none
// for a panel of what follows from others.
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
	age     string // of the numbers; "" when there are none
	fields  []field
}

// field is one number of a section, with where it comes from.
type field struct {
	collector.Origin
	values []fieldValue // more than one where it is in a list
	more   int          // elements of the list that are left out
}

// fieldValue is what a number is at present, or why there is none.
type fieldValue struct {
	element string // of a list, what it is called
	text    string
	status  collector.Status // OK where there is a text
}

// mostElements is how many elements of a list are shown.
const mostElements = 3

// fieldSets are the numbers that the panel shows. Before the first snapshot they
// have no values.
func fieldSets(p Panel, s *collector.Snapshot) []fieldSet {
	var sets []fieldSet
	for _, section := range p.Sections() {
		set := fieldSet{section: section}
		var data reflect.Value
		if s != nil {
			data = set.read(s)
		}
		for _, o := range collector.Origins()[section] {
			f := field{Origin: o}
			f.follow(data, "", o.Path)
			set.fields = append(set.fields, f)
		}
		sets = append(sets, set)
	}
	return sets
}

// read takes over the state of the section, and returns its data where it may be
// shown.
func (set *fieldSet) read(s *collector.Snapshot) (data reflect.Value) {
	snapshot := reflect.ValueOf(s).Elem()
	for i := range snapshot.NumField() {
		if snapshot.Type().Field(i).Tag.Get("section") != set.section {
			continue
		}
		reading := snapshot.Field(i)
		section := reading.Interface().(collector.Section)
		set.note = noteFor(section, reading.FieldByName("Every").Interface().(time.Duration), s)
		if section.Has() {
			set.age = duration(section.Age(s.Time))
			data = reading.FieldByName("Value")
		}
	}
	return data
}

// follow adds what is at the path below v: "usage.busy_percent", "[].name".
func (f *field) follow(v reflect.Value, element, path string) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return
	}
	if path == "" {
		text, status := textOf(v)
		f.values = append(f.values, fieldValue{element, text, status})
		return
	}
	if rest, ok := strings.CutPrefix(path, "[]"); ok {
		f.followList(v, element, strings.TrimPrefix(rest, "."))
		return
	}
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	f.follow(memberOf(v, path[:end]), element, strings.TrimPrefix(path[end:], "."))
}

func (f *field) followList(v reflect.Value, element, path string) {
	if v.Kind() != reflect.Slice {
		return
	}
	for i := range min(v.Len(), mostElements) {
		f.follow(v.Index(i), join(element, nameOf(v.Index(i), i)), path)
	}
	f.more += max(0, v.Len()-mostElements)
}

// memberOf is the member that JSON has by that name; none for any other.
func memberOf(v reflect.Value, name string) (none reflect.Value) {
	if v.Kind() != reflect.Struct {
		return none
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == name && field.IsExported() {
			return v.Field(i)
		}
		if field.Anonymous && tag == "" {
			if inner := memberOf(v.Field(i), name); inner.IsValid() {
				return inner
			}
		}
	}
	return none
}

// nameOf is what an element of a list is called, by its number where it has no
// name.
func nameOf(v reflect.Value, i int) string {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	for _, name := range []string{"name", "label", "mountpoint", "device", "pid", "id"} {
		if member := memberOf(v, name); member.IsValid() {
			if text, status := textOf(member); status == collector.OK && text != "" {
				return text
			}
		}
	}
	return strconv.Itoa(i)
}

// textOf writes a number as the JSON interface does.
func textOf(v reflect.Value) (string, collector.Status) {
	switch value := v.Interface().(type) {
	case collector.Value:
		text, _ := json.Marshal(value)
		return string(text), value.Status()
	case time.Time:
		return value.UTC().Format(time.RFC3339), collector.OK
	case []string:
		return clean(strings.Join(value, ", ")), collector.OK
	default:
		return clean(fmt.Sprint(value)), collector.OK
	}
}

// aged says how old numbers are.
func aged(age string) string {
	if age == "" {
		return ""
	}
	return "read " + age + " ago"
}

// noValue says why a field has nothing to show: its section has not, or its list
// is empty.
func noValue(n note) string {
	if n.status == collector.OK || n.status == collector.NoBaseline {
		return "none here"
	}
	return strings.ReplaceAll(n.status.String(), "_", " ")
}
