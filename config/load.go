package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Sources is where [Load] reads.
type Sources struct {
	Flags     *pflag.FlagSet     // declared by [Flags], and parsed
	Environ   []string           // as [os.Environ] returns it
	Files     []string           // without --config, the first of these that exists; see [Files]
	CheckGlob func(string) error // syntax of mounts.include and mounts.exclude; nil: that of [path.Match]
}

// Files is where the file is looked for without --config.
func Files() []string { return []string{"config.yaml", "/etc/tacho/config.yaml"} }

// Loaded is a configuration and how it came about.
type Loaded struct {
	Config   Config
	File     string   // that was read; "" for none
	Warnings []string // a line each
	origins  map[string]string
}

// Row is one setting for the eyes of the operator.
type Row struct {
	Key    string // "stream.heartbeat"
	Value  string // in force; a secret is masked
	Origin string // "--stream-heartbeat", "TACHO_STREAM_HEARTBEAT", "config.yaml:31" or "default"
}

// setting is a valid value that a source gives to a key.
type setting struct {
	value  any
	origin string
}

// source is what was read from one place.
type source struct {
	settings map[string]setting // by key
	faults   []fault
	warnings []string
}

// fault is one line on what is wrong, with its place and, where one is meant,
// its key.
type fault struct{ origin, key, problem string }

func (f fault) Error() string {
	if f.key == "" {
		return f.origin + ": " + f.problem
	}
	return f.origin + ": " + printable(f.key) + ": " + f.problem
}

// Load reads all sources. Its error holds every fault, a line each (three for
// an address that is open to other machines); then only File and Warnings are
// set.
func Load(from Sources) (Loaded, error) {
	table := keys(from.CheckGlob)
	file, path := readFile(from, table)
	all := []source{file, readEnviron(from.Environ, table), readFlags(from.Flags, table)}
	loaded := Loaded{File: path}
	var faults []fault
	for _, s := range all {
		faults = append(faults, s.faults...)
		loaded.Warnings = append(loaded.Warnings, s.warnings...)
	}
	config, origins, err := merge(table, all)
	if err != nil {
		return loaded, err
	}
	if err := join(faults, config, origins["listen"]); err != nil {
		return loaded, err
	}
	loaded.Config, loaded.origins = config, origins
	return loaded, nil
}

// Rows lists every setting in the order of the file.
func (l Loaded) Rows() []Row {
	var rows []Row
	for _, k := range keys(nil) {
		rows = append(rows, Row{Key: k.name, Value: k.shown(k.value(l.Config)), Origin: l.origins[k.name]})
	}
	return rows
}

// merge lays the sources over the defaults, the later over the earlier. They are
// read and checked before viper sees them, because it converts types freely and
// keeps no lines; what it does here is the tree of keys and its decoding.
func merge(table []key, sources []source) (Config, map[string]string, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("."))
	origins := make(map[string]string, len(table))
	for _, k := range table {
		v.SetDefault(k.name, k.value(Defaults()))
		origins[k.name] = "default"
	}
	for _, s := range sources {
		for name, given := range s.settings {
			v.Set(name, given.value)
			origins[name] = given.origin
		}
	}
	var config Config
	if err := v.UnmarshalExact(&config, strictly); err != nil {
		return Config{}, nil, fmt.Errorf("configuration: %w", err)
	}
	return config, origins, nil
}

// strictly makes a rule that does not yield the type of its field an error.
func strictly(c *mapstructure.DecoderConfig) {
	c.WeaklyTypedInput = false
	c.DecodeHook = nil
}

// join is all faults as one error. Whether the address is open is asked only
// when both keys that decide it could be read.
func join(faults []fault, config Config, listenOrigin string) error {
	var all []error
	undecided := false
	for _, f := range faults {
		all = append(all, f)
		undecided = undecided || f.key == "listen" || f.key == "allow_remote"
	}
	if !undecided {
		all = append(all, checkRemote(config, listenOrigin))
	}
	return errors.Join(all...)
}

// give takes the valid value of a key.
func (s *source) give(k key, value any, origin string) {
	s.settings[k.name] = setting{value, origin}
}

// refuse notes what is wrong with the value of a key, and what is allowed.
func (s *source) refuse(k key, origin string, problem string) {
	if k.secret {
		problem = "not a valid value"
	}
	s.faults = append(s.faults, fault{origin, k.name, problem + " (allowed: " + k.rule.allowed + ")"})
}

// quoted is text that someone wrote, short and on one line.
func quoted(text string) string {
	odd := func(r rune) bool { return r == ' ' || r == '"' || !unicode.IsPrint(r) }
	if text == "" || len(text) > 80 || !utf8.ValidString(text) || strings.ContainsFunc(text, odd) {
		return fmt.Sprintf("%.80q", text)
	}
	return text
}

// printable is text without what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
