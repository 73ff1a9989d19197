package config

import (
	"errors"
	"strings"
	"testing"
)

// secret is a table of a secret key, and of a list of such.
func secret() []key {
	item := rule{kind: textual, allowed: "12 characters", parse: func(text string) (any, error) {
		if len(text) != 12 {
			return nil, errors.New(text + " is too short")
		}
		return text, nil
	}}
	return []key{{name: "token", secret: true, rule: item}, {name: "tokens", secret: true, rule: listOf(item)}}
}

func TestSecretIsMasked(t *testing.T) {
	for _, test := range []struct {
		key   key
		value any
		want  string
	}{
		{secret()[0], "hunter2hunter", "********"},
		{secret()[0], "", `""`},
		{secret()[1], []string{"hunter2", "x"}, "********"},
		{secret()[1], []string{}, "[]"},
	} {
		if got := test.key.shown(test.value); got != test.want {
			t.Errorf("%v is shown as %s, want %s", test.value, got, test.want)
		}
	}
}

func TestFaultsDoNotTellSecrets(t *testing.T) {
	f := file{path: "config.yaml", table: secret(), source: source{settings: map[string]setting{}}}
	f.parse([]byte("token: hunter2\ntokens: [hunter2, {hunter2: 1}]\n"))
	f.parse([]byte("token: {hunter2: 1}\ntokens: hunter2\n"))
	f.parse([]byte("token: 2026-11-20\n"))
	all := append(f.faults, readEnviron([]string{"TACHO_TOKEN=hunter2", "TACHO_TOKENS=hunter2"}, secret()).faults...)
	if len(all) != 8 {
		t.Errorf("%d faults, want 8", len(all))
	}
	for _, fault := range all {
		if text := fault.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "not a valid value (allowed: ") {
			t.Error(text)
		}
	}
}
