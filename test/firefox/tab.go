package firefox

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Tab is a tab in a window of its own, so that it is never in the background,
// with cookies of its own.
type Tab struct {
	session *session
	context string
	user    string
}

// Open opens an empty tab of a size in CSS pixels, in whose pages a script runs
// before their own ones.
func (b *Browser) Open(width, height int, script string) (*Tab, error) {
	t := &Tab{session: b.session}
	var user struct{ UserContext string }
	if err := t.session.call("browser.createUserContext", fields{}, &user); err != nil {
		return nil, err
	}
	t.user = user.UserContext
	var made struct{ Context string }
	if err := t.session.call("browsingContext.create", fields{"type": "window", "userContext": t.user}, &made); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	t.context = made.Context
	err := errors.Join(
		t.call("browsingContext.setViewport", fields{"viewport": fields{"width": width, "height": height}}),
		t.session.call("script.addPreloadScript", fields{"functionDeclaration": "() => {" + script + "}", "contexts": []string{t.context}}, nil),
	)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close closes the tab and forgets its cookies.
func (t *Tab) Close() error {
	return t.session.call("browser.removeUserContext", fields{"userContext": t.user}, nil)
}

// call gives a command that is about this tab.
func (t *Tab) call(method string, params fields) error {
	params["context"] = t.context
	return t.session.call(method, params, nil)
}

// Navigate loads a page and all that it has.
func (t *Tab) Navigate(url string) error {
	return t.call("browsingContext.navigate", fields{"url": url, "wait": "complete"})
}

// Press presses keys, one after another. Those that write nothing have values
// of WebDriver.
func (t *Tab) Press(keys ...rune) error {
	var actions []fields
	for _, key := range keys {
		actions = append(actions, fields{"type": "keyDown", "value": string(key)}, fields{"type": "keyUp", "value": string(key)})
	}
	return t.perform(fields{"type": "key", "id": "keyboard", "actions": actions})
}

// Escape is the value of that key.
const Escape = '\ue00c'

// Click clicks on a place of the viewport.
func (t *Tab) Click(x, y float64) error {
	return t.perform(fields{"type": "pointer", "id": "mouse", "actions": []fields{
		{"type": "pointerMove", "x": int(x), "y": int(y)},
		{"type": "pointerDown", "button": 0},
		{"type": "pointerUp", "button": 0},
	}})
}

func (t *Tab) perform(source fields) error {
	return t.call("input.performActions", fields{"actions": []fields{source}})
}

// Evaluate evaluates an expression of JavaScript, which may be a promise.
func Evaluate[T any](t *Tab, expression string) (value T, err error) {
	var got struct {
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err = t.session.call("script.evaluate", fields{
		"expression":   "(async () => JSON.stringify(await (" + expression + ")) ?? 'null')()",
		"target":       fields{"context": t.context},
		"awaitPromise": true,
	}, &got)
	if err != nil {
		return value, err
	}
	if got.ExceptionDetails.Text != "" {
		return value, fmt.Errorf("in the page: %s", got.ExceptionDetails.Text)
	}
	err = json.Unmarshal([]byte(got.Result.Value), &value)
	return value, err
}

// Complaints are the errors and warnings that the tab's pages have caused, and
// those in their frames: of scripts, and of what their policy forbids.
func (t *Tab) Complaints() ([]string, error) {
	type context struct {
		Context  string
		Children []context
	}
	var tree struct{ Contexts []context }
	if err := t.session.call("browsingContext.getTree", fields{"root": t.context}, &tree); err != nil {
		return nil, err
	}
	var all []string
	for rest := tree.Contexts; len(rest) > 0; rest = rest[1:] {
		all = append(all, t.session.complaints(rest[0].Context)...)
		rest = append(rest, rest[0].Children...)
	}
	return all, nil
}
