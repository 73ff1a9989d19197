package doctor

import (
	"reflect"
	"strings"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// shape is where in a type the numbers are that may be missing. It is made once a
// type, so that a machine of many processes is not walked by names.
type shape struct {
	leaves []leaf
	lists  []list
}

// leaf is a number or a status.
type leaf struct {
	index    []int
	path     string
	source   *Source
	isStatus bool
}

// list is a slice of what has such numbers.
type list struct {
	index []int
	path  string
	shape shape
}

var (
	valueType  = reflect.TypeFor[collector.Value]()
	statusType = reflect.TypeFor[collector.Status]()
	processes  = reflect.TypeFor[collector.Processes]()
	groups     = reflect.TypeFor[collector.Cgroups]()
	home       = processes.PkgPath()
)

// shapes are those of the sections' data, by the name of the section.
var shapes = sync.OnceValue(func() map[string]shape {
	made := make(map[string]shape)
	for field := range reflect.TypeFor[collector.Snapshot]().Fields() {
		name := field.Tag.Get("section")
		if name == "" {
			continue
		}
		if value, ok := field.Type.FieldByName("Value"); ok {
			made[name] = shapeOf(name, value.Type)
		}
	}
	return made
})

func shapeOf(section string, t reflect.Type) shape {
	var s shape
	s.add(section, nil, "", t)
	return s
}

// add takes what is at index, of the type t, into the shape.
func (s *shape) add(section string, index []int, path string, t reflect.Type) {
	switch {
	case t == valueType || t == statusType:
		if o, ok := collector.OriginOf(section, path); ok {
			s.leaves = append(s.leaves, leaf{index, path, sourceOf(section, o), t == statusType})
		}
	case t.Kind() == reflect.Slice:
		elem := t.Elem()
		if elem.Kind() == reflect.Pointer {
			elem = elem.Elem()
		}
		inner := shape{}
		inner.add(section, nil, path+"[]", elem)
		if len(inner.leaves)+len(inner.lists) > 0 {
			s.lists = append(s.lists, list{index, path, inner})
		}
	case t.Kind() == reflect.Struct && t.PkgPath() == home:
		for i := range t.NumField() {
			s.addField(section, append(index[:len(index):len(index)], i), path, t.Field(i))
		}
	}
}

func (s *shape) addField(section string, index []int, path string, field reflect.StructField) {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "-" || !field.IsExported() {
		return
	}
	if name != "" { // an embedded struct has its members here
		path = strings.TrimPrefix(path+"."+name, ".")
	}
	s.add(section, index, path, field.Type)
}

// at is the member of v at an index, which is empty for v itself.
func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = v.Field(i)
	}
	return v
}
