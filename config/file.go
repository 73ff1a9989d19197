package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fileLimit is far above any configuration, and keeps a wrong path (a device, a
// log) from filling the memory.
const fileLimit = 1 << 20

// readFile reads the file that --config names, else the first of from.Files
// that exists. It returns the path of the one that it took.
func readFile(from Sources, table []key) (source, string) {
	paths, asked := from.Files, false
	if from.Flags != nil {
		if flag := from.Flags.Lookup("config"); flag != nil && flag.Changed {
			paths, asked = []string{flag.Value.String()}, true
		}
	}
	for _, path := range paths {
		data, err := contents(path)
		if errors.Is(err, fs.ErrNotExist) && !asked {
			continue
		}
		f := file{path: quoted(path), table: table, source: source{settings: map[string]setting{}}}
		if err != nil {
			f.faults = append(f.faults, fault{origin: f.path, problem: err.Error()})
		} else {
			f.parse(data)
		}
		return f.source, path
	}
	return source{}, ""
}

// contents returns the bytes of a file, or why there are none, without its path.
func contents(path string) ([]byte, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, fileLimit+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(data) > fileLimit {
		return nil, fmt.Errorf("larger than %d bytes, so no configuration", fileLimit)
	}
	return data, nil
}

// cause is err without the path, which the fault names already.
func cause(err error) error {
	if wrapped := (*fs.PathError)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// file is a YAML file while it is read.
type file struct {
	source
	path  string
	table []key
}

func (f *file) parse(data []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return
	case err != nil:
		f.malformed(err)
		return
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		f.fault(&second, "", "a second document; one file holds one configuration")
	case !errors.Is(err, io.EOF):
		f.malformed(err)
	}
	f.section(document.Content[0], "")
}

// yamlError takes "yaml: line 3: did not find …" apart.
var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// malformed says "near", because the parser counts some faults from line 0 and
// others from line 1.
func (f *file) malformed(err error) {
	near, problem := "", err.Error()
	if parts := yamlError.FindStringSubmatch(problem); parts != nil {
		problem = parts[2]
		if parts[1] != "" {
			near = " near line " + parts[1]
		}
	}
	problem = "not valid YAML" + near + ": " + printable(problem) + "; indent with spaces, and quote a value that begins with * [ & or @"
	f.faults = append(f.faults, fault{origin: f.path, problem: problem})
}

// section reads the keys below one level; above is "" or "stream.".
func (f *file) section(node *yaml.Node, above string) {
	switch {
	case isNull(node):
		return
	case node.Kind != yaml.MappingNode:
		f.fault(node, strings.TrimSuffix(above, "."), fmt.Sprintf("%s, not a section (allowed: %s)", described(node), strings.Join(f.below(above), ", ")))
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := resolved(node.Content[i]), resolved(node.Content[i+1])
		full := above + name.Value
		if first, twice := lines[full]; twice {
			f.fault(name, full, fmt.Sprintf("written twice, first in line %d", first))
			continue
		}
		lines[full] = name.Line
		f.entry(name, value, above)
	}
}

func (f *file) entry(name, value *yaml.Node, above string) {
	full := above + name.Value
	dotted := strings.Contains(name.Value, ".")
	for _, k := range f.table {
		switch {
		case k.name == full && dotted:
			section, leaf, _ := strings.Cut(full, ".")
			f.fault(name, full, fmt.Sprintf("written with a dot; write %s: below %s:", leaf, section))
		case k.name == full:
			f.value(k, value)
		case strings.HasPrefix(k.name, full+".") && !dotted:
			f.section(value, full+".")
		default:
			continue
		}
		return
	}
	f.unknown(name, above)
}

// unknown names the key that was probably meant, else all that this level has.
func (f *file) unknown(name *yaml.Node, above string) {
	if name.Kind != yaml.ScalarNode {
		f.fault(name, strings.TrimSuffix(above, "."), described(name)+" where a key belongs")
		return
	}
	full := above + name.Value
	var all []string
	for _, k := range f.table {
		if _, leaf, _ := strings.Cut(k.name, "."); leaf != "" && leaf == name.Value {
			f.fault(name, full, "unknown key; did you mean "+k.name+"?")
			return
		}
		all = append(all, k.name)
	}
	hint := didYouMean(full, append(all, f.below("")...), "")
	if hint == "" {
		hint = " (allowed: " + strings.Join(f.below(above), ", ") + ")"
	}
	f.fault(name, full, "unknown key"+hint)
}

// below lists the keys and sections of one level, each once.
func (f *file) below(above string) []string {
	var names []string
	for _, k := range f.table {
		rest, ok := strings.CutPrefix(k.name, above)
		if name, _, _ := strings.Cut(rest, "."); ok && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	return names
}

func (f *file) value(k key, node *yaml.Node) {
	switch {
	case isNull(node):
	case k.rule.list:
		f.list(k, node)
	default:
		if value, ok := f.scalar(k, node); ok {
			f.give(k, value, f.at(node))
		}
	}
}

func (f *file) list(k key, node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		f.refuse(k, f.at(node), described(node)+", not a list")
		return
	}
	items := []string{}
	for _, item := range node.Content {
		if value, ok := f.scalar(k, resolved(item)); ok {
			items = append(items, value.(string))
		}
	}
	f.give(k, items, f.at(node))
}

func (f *file) scalar(k key, node *yaml.Node) (any, bool) {
	if !fits(k.rule.kind, node) {
		f.refuse(k, f.at(node), described(node)+", not "+nouns[k.rule.kind])
		return nil, false
	}
	value, err := k.rule.parse(node.Value)
	if err != nil {
		f.refuse(k, f.at(node), err.Error())
	}
	return value, err == nil
}

func (f *file) fault(node *yaml.Node, key, problem string) {
	f.faults = append(f.faults, fault{f.at(node), key, problem})
}

func (f *file) at(node *yaml.Node) string { return fmt.Sprintf("%s:%d", f.path, node.Line) }

// nouns name the kinds in sentences.
var nouns = map[kind]string{
	textual:  "text",
	switched: "a boolean",
	whole:    "a whole number",
	decimal:  "a number",
	duration: "a duration",
}

// fits reports whether YAML sees the kind in node. A number fits a duration
// here, because the rule says better what it lacks.
func fits(k kind, node *yaml.Node) bool {
	if node.Kind != yaml.ScalarNode {
		return false
	}
	switch node.ShortTag() {
	case "!!str":
		return k == textual || k == duration
	case "!!bool":
		return k == switched
	case "!!int":
		return k == whole || k == decimal || k == duration
	case "!!float":
		return k == decimal || k == duration
	}
	return false
}

// described is "NODE is KIND", for messages.
func described(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a section"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(node):
		return "nothing"
	}
	switch node.ShortTag() {
	case "!!str":
		return quoted(node.Value) + " is text"
	case "!!bool":
		return quoted(node.Value) + " is a boolean"
	case "!!int", "!!float":
		return quoted(node.Value) + " is a number"
	}
	return quoted(node.Value) + " is of type " + printable(node.ShortTag())
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// resolved is the node that an alias stands for, or node itself.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}
