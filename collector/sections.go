package collector

import (
	"iter"
	"reflect"
	"time"
)

// Section is what can be said of every [Reading], whatever it holds.
type Section interface {
	Status() Status
	Has() bool
	Age(now time.Time) time.Duration
	Fault() error
}

// Fault is what the reading lacks, nil when it is whole.
func (r Reading[T]) Fault() error { return r.Err }

// Sections returns the sections of the snapshot by name, in its order.
func (s *Snapshot) Sections() iter.Seq2[string, Section] {
	return func(yield func(string, Section) bool) {
		snapshot := reflect.ValueOf(s).Elem()
		for _, at := range sectionFields {
			if !yield(at.name, snapshot.Field(at.index).Addr().Interface().(Section)) {
				return
			}
		}
	}
}

// SectionNames returns the names of the sections, in the order of the snapshot.
func SectionNames() []string {
	names := make([]string, len(sectionFields))
	for i, at := range sectionFields {
		names[i] = at.name
	}
	return names
}

type sectionField struct {
	name  string
	index int
}

// sectionFields are the fields of Snapshot that have a section tag.
var sectionFields = func() (fields []sectionField) {
	snapshot := reflect.TypeFor[Snapshot]()
	for i := range snapshot.NumField() {
		if name := snapshot.Field(i).Tag.Get("section"); name != "" {
			fields = append(fields, sectionField{name, i})
		}
	}
	return fields
}()
