package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The examples of the documentation are run as they stand there, but for the
// address, which differs with each run.
const documentedAddress = "http://127.0.0.1:8585/"

var codeBlock = regexp.MustCompile("(?ms)^```(sh|js|json)\n(.*?)^```$")

type example struct{ language, code string }

// examples returns the code of one file of docs.
func examples(t *testing.T, file string) (found []example) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		found = append(found, example{block[1], block[2]})
	}
	return found
}

// TestDocumentedCommands runs each curl command of the documentation until it
// has printed something of what it is there to show.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms")
	ran := 0
	for _, file := range []string{"docs/api.md", "docs/stream.md"} {
		for _, e := range examples(t, file) {
			if e.language != "sh" {
				continue
			}
			ran++
			command := strings.ReplaceAll(e.code, documentedAddress, p.URL)
			output := bufio.NewScanner(tool(t, "bash", "-c", "exec "+command))
			output.Buffer(nil, 1<<20)
			for shown := false; !shown; shown = strings.Contains(output.Text(), `"seq":`) || strings.Contains(output.Text(), `"error":`) {
				if !output.Scan() {
					t.Fatalf("%s: %q has printed neither a snapshot nor an error", file, command)
				}
			}
		}
	}
	if ran < 4 {
		t.Errorf("%d commands found in the documentation", ran)
	}
}

// TestDocumentedEventSource runs the EventSource examples in a page of another
// origin, as a reader of the documentation would.
func TestDocumentedEventSource(t *testing.T) {
	t.Parallel()
	s := site(t, func() string { return "" })
	p := start(t, "--cors-origins="+s.URL)
	for _, file := range []string{"README.md", "docs/stream.md"} {
		code := exampleWith(t, file, "js", "new EventSource")
		w := open(t, s.URL)
		eval[any](w, `window.said = []; console.log = (...words) => said.push(words); null`)
		eval[any](w, fmt.Sprintf("(() => { %s; window.events = events; return null })()", strings.ReplaceAll(code, documentedAddress, p.URL)))
		w.wait(`said.length >= 3 && said.at(-1).some((word) => typeof word === "number")`)
		eval[any](w, `events.close(); null`)
	}
}

// TestDocumentedFetch runs the fetch example in Node, with a token that the
// example does not say where it has from.
func TestDocumentedFetch(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms")
	code := exampleWith(t, "docs/stream.md", "js", "fetch(")
	dir := t.TempDir()
	write(t, dir, "example.mjs", `const token = "secret";`+"\n"+strings.ReplaceAll(code, documentedAddress, p.URL))
	output := bufio.NewScanner(tool(t, "node", filepath.Join(dir, "example.mjs")))
	for range 3 {
		if !output.Scan() {
			t.Fatal("the example has ended")
		}
		if words := strings.Fields(output.Text()); len(words) != 2 || !strings.HasSuffix(words[0], "Z") {
			t.Errorf("the example says %q, want a time and a number", output.Text())
		}
	}
}

// TestDocumentedJSON wants every JSON in the documentation to be JSON, and the
// members that it shows to be members of the real thing.
func TestDocumentedJSON(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, e := range examples(t, "docs/api.md") {
		if e.language != "json" {
			continue
		}
		shown := decode[map[string]any](t, e.code)
		url := p.URL + "api/v1/snapshot"
		switch {
		case shown["error"] != nil:
			url += "?channels=gpu"
		case shown["notices"] != nil:
			url = p.URL + "api/v1/notices"
		}
		_, body := get(t, url)
		wantMembers(t, "", shown, decode[map[string]any](t, body))
		if detail, ok := shown["error"].(map[string]any); ok && !strings.Contains(body, string(must(json.Marshal(detail["detail"])))) {
			t.Errorf("documented as %v, answered as %s", detail, body)
		}
	}
}

func wantMembers(t *testing.T, path string, shown, real map[string]any) {
	t.Helper()
	for name, value := range shown {
		got, ok := real[name]
		if !ok {
			t.Errorf("%s%s is documented and not there", path, name)
		}
		if inner, ok := value.(map[string]any); ok {
			innerReal, _ := got.(map[string]any)
			wantMembers(t, path+name+".", inner, innerReal)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// exampleWith returns the one example of a file that contains a word.
func exampleWith(t *testing.T, file, language, word string) string {
	t.Helper()
	for _, e := range examples(t, file) {
		if e.language == language && strings.Contains(e.code, word) {
			return e.code
		}
	}
	t.Fatalf("%s has no example with %q", file, word)
	return ""
}
