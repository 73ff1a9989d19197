package config

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// prefix is what the variables begin with.
const prefix = "TACHO_"

// Flags declares --config and one flag a key. They take any text, so that [Load]
// can name every fault of every source at once.
func Flags(flags *pflag.FlagSet) {
	flags.String("config", "", "file to read; else the first that exists of "+strings.Join(Files(), " and "))
	for _, k := range keys(nil) {
		value := &flagValue{rule: k.rule, text: text(k.value(Defaults()))}
		flag := flags.VarPF(value, k.flag(), "", k.help+" ("+k.rule.allowed+")")
		if k.rule.kind == switched {
			flag.NoOptDefVal = "true"
		}
	}
}

// flagValue is a flag as it was written; a list grows with each use.
type flagValue struct {
	rule rule
	text string
	used bool
}

func (v *flagValue) String() string { return v.text }

func (v *flagValue) Set(text string) error {
	if v.rule.list && v.used {
		text = v.text + "," + text
	}
	v.text, v.used = text, true
	return nil
}

// Type names the kind of value in usage texts.
func (v *flagValue) Type() string {
	if v.rule.list {
		return "list"
	}
	return string(v.rule.kind)
}

func readFlags(flags *pflag.FlagSet, table []key) source {
	s := source{settings: map[string]setting{}}
	if flags == nil {
		return s
	}
	for _, k := range table {
		if flag := flags.Lookup(k.flag()); flag != nil && flag.Changed {
			s.read(k, flag.Value.String(), "--"+flag.Name)
		}
	}
	return s
}

func readEnviron(environ []string, table []key) source {
	s := source{settings: map[string]setting{}}
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, prefix) {
			values[name] = value
		}
	}
	var known []string // without the prefix, which would make all names alike
	for _, k := range table {
		name := k.variable()
		known = append(known, strings.TrimPrefix(name, prefix))
		if value := values[name]; value != "" {
			s.read(k, value, name)
		}
		delete(values, name)
	}
	for name := range values {
		meant := didYouMean(strings.TrimPrefix(name, prefix), known, prefix)
		s.warnings = append(s.warnings, printable(name)+": unknown variable, ignored"+meant)
	}
	slices.Sort(s.warnings)
	return s
}

// read takes the value of a flag or variable.
func (s *source) read(k key, written, origin string) {
	if !k.rule.list {
		value, err := k.rule.parse(written)
		if err != nil {
			s.refuse(k, origin, err.Error())
			return
		}
		s.give(k, value, origin)
		return
	}
	items := []string{}
	for item := range strings.SplitSeq(written, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		value, err := k.rule.parse(item)
		if err != nil {
			s.refuse(k, origin, err.Error())
			continue
		}
		items = append(items, value.(string))
	}
	s.give(k, items, origin)
}
