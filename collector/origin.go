package collector

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Origin says where a number of a section comes from.
type Origin struct {
	Path    string `json:"path"`    // of the member within the section's data: "usage.busy_percent", "cores[].id"
	Source  string `json:"source"`  // the file or system call: "/proc/stat"
	Formula string `json:"formula"` // what is made of it: "Δbusy / Δall"; "" when it stands there as it is
}

// Origins returns where every number of every section comes from, by the name of
// the section and in the order of its members. The data types say it in the tag
// from:"SOURCE: FORMULA" of their fields.
var Origins = sync.OnceValue(func() map[string][]Origin {
	all := make(map[string][]Origin)
	snapshot := reflect.TypeFor[Snapshot]()
	for field := range snapshot.Fields() {
		section := field.Tag.Get("section")
		if section == "" {
			continue
		}
		if value, ok := field.Type.FieldByName("Value"); ok {
			all[section] = originsOf(nil, "", value.Type)
		}
	}
	return all
})

// OriginOf returns where one number comes from, and whether that is known.
func OriginOf(section, path string) (Origin, bool) {
	for _, o := range Origins()[section] {
		if o.Path == path {
			return o, true
		}
	}
	return Origin{}, false
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// originsOf adds the tagged members of a type, with those of the types in it.
func originsOf(all []Origin, path string, t reflect.Type) []Origin {
	switch {
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
		return originsOf(all, path+"[]", t.Elem())
	case t.Kind() == reflect.Pointer:
		return originsOf(all, path, t.Elem())
	case t.Kind() != reflect.Struct || t.Implements(marshaler) && t != reflect.TypeFor[Processes]():
		return all
	}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		below := path
		if name != "" { // an embedded struct has its members here
			below = strings.TrimPrefix(path+"."+name, ".")
		}
		if from := field.Tag.Get("from"); from != "" {
			source, formula, _ := strings.Cut(from, ": ")
			all = append(all, Origin{below, source, formula})
			continue
		}
		all = originsOf(all, below, field.Type)
	}
	return all
}
