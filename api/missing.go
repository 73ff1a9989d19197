package api

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// Missing says why each number is null that is missing in what data points to, by
// its path: {"usage.steal_percent": "unsupported"}. What elements of a list
// lack for the same reason is said once: with empty brackets for all of them,
// "cores[].frequency_hertz", and else with those that lack it,
// "cores[1,4-7].frequency_hertz". In a list within a list only the inner
// elements are told together.
func Missing(data any) map[string]string {
	var g gaps
	g.walk("", "", reflect.ValueOf(data).Elem())
	return g.summary()
}

// gaps collects missing numbers by the path that they share with the same number
// of the other elements of their lists.
type gaps struct {
	byPath map[string]*shared
}

type shared struct {
	present int
	missing []gap
}

type gap struct {
	path   string
	status collector.Status
}

// walk visits the members of v. Path has the indices of lists, and pattern has
// empty brackets in their place.
func (g *gaps) walk(path, pattern string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			g.walk(path, pattern, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			g.walk(path+"["+strconv.Itoa(i)+"]", pattern+"[]", v.Index(i))
		}
	case reflect.Struct:
		if number, ok := v.Addr().Interface().(*collector.Value); ok {
			g.note(path, pattern, number.Status())
			return
		}
		for _, m := range membersOf(v.Type()) {
			g.walk(below(path, m.name), below(pattern, m.name), v.Field(m.index))
		}
	}
}

func (g *gaps) note(path, pattern string, status collector.Status) {
	if g.byPath == nil {
		g.byPath = make(map[string]*shared)
	}
	s := g.byPath[pattern]
	if s == nil {
		s = new(shared)
		g.byPath[pattern] = s
	}
	if status == collector.OK {
		s.present++
		return
	}
	s.missing = append(s.missing, gap{path, status})
}

func (g *gaps) summary() map[string]string {
	why := make(map[string]string)
	for pattern, s := range g.byPath {
		if s.alike() {
			why[pattern] = s.missing[0].status.String()
			continue
		}
		for path, status := range together(s.missing) {
			why[path] = status.String()
		}
	}
	return why
}

// together joins the paths that differ in their last index alone and have the
// same status.
func together(missing []gap) map[string]collector.Status {
	type group struct {
		before, after string
		status        collector.Status
	}
	indices := make(map[group][]int)
	joined := make(map[string]collector.Status)
	for _, m := range missing {
		open, end := strings.LastIndexByte(m.path, '['), strings.LastIndexByte(m.path, ']')
		if open < 0 {
			joined[m.path] = m.status
			continue
		}
		index, _ := strconv.Atoi(m.path[open+1 : end])
		at := group{m.path[:open], m.path[end+1:], m.status}
		indices[at] = append(indices[at], index)
	}
	for at, list := range indices {
		joined[at.before+"["+ranges(list)+"]"+at.after] = at.status
	}
	return joined
}

// ranges writes numbers that ascend: 1,4-7.
func ranges(numbers []int) string {
	var text []byte
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(numbers[i]), 10)
		if last > i {
			text = append(text, '-')
			text = strconv.AppendInt(text, int64(numbers[last]), 10)
		}
		i = last + 1
	}
	return string(text)
}

// alike reports that every element lacks the number, for one reason.
func (s *shared) alike() bool {
	return s.present == 0 && len(s.missing) > 0 &&
		!slices.ContainsFunc(s.missing, func(m gap) bool { return m.status != s.missing[0].status })
}

func below(path, name string) string {
	switch {
	case name == "": // embedded: its members are here
		return path
	case path == "":
		return name
	}
	return path + "." + name
}

// member is a field that JSON shows and that may hold numbers that can be missing.
type member struct {
	name  string // "" for an embedded struct
	index int
}

var members sync.Map // of reflect.Type to []member

func membersOf(t reflect.Type) []member {
	if known, ok := members.Load(t); ok {
		return known.([]member)
	}
	var all []member
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() || !holdsValues(field.Type, nil) {
			continue
		}
		all = append(all, member{name, i})
	}
	members.Store(t, all)
	return all
}

var valueType = reflect.TypeFor[collector.Value]()

// holdsValues reports whether something of the type can hold a Value.
func holdsValues(t reflect.Type, seen map[reflect.Type]bool) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return holdsValues(t.Elem(), seen)
	case reflect.Struct:
		if t == valueType || seen[t] {
			return t == valueType
		}
		seen = maps.Clone(seen)
		if seen == nil {
			seen = make(map[reflect.Type]bool)
		}
		seen[t] = true
		for i := range t.NumField() {
			if holdsValues(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
