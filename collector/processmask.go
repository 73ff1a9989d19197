package collector

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const (
	commandLineLimit = 4 << 10
	ellipsis         = "…"
	masked           = "***"
)

// parseCommandLine makes one line of the arguments in /proc/PID/cmdline, which
// each end in a zero byte, with the secrets in them masked. It ends in an ellipsis
// where the text is longer than commandLineLimit.
func parseCommandLine(text []byte) string {
	kept := cutAtRune(text, commandLineLimit)
	line := maskSecrets(strings.Split(string(bytes.TrimRight(kept, "\x00 \n")), "\x00"))
	short := string(cutAtRune([]byte(line), commandLineLimit))
	if len(kept) < len(text) || len(short) < len(line) {
		short += ellipsis
	}
	return short
}

// cutAtRune returns at most limit bytes of text, and no part of a rune at the end.
func cutAtRune(text []byte, limit int) []byte {
	if len(text) <= limit {
		return text
	}
	for end := limit; end > limit-utf8.UTFMax; end-- {
		if utf8.RuneStart(text[end]) {
			return text[:end]
		}
	}
	return text[:limit]
}

// maskSecrets joins arguments with spaces. What looks like a secret is replaced:
//
//   - the value of --NAME=VALUE, NAME=VALUE and "NAME: VALUE",
//   - the argument after --NAME or -NAME, unless it begins with a hyphen itself,
//   - the password in a URL,
//
// where the name is one that [isSecretName] knows. An argument of several words,
// as that of sh -c, is looked at word by word. It masks too much rather than too
// little; but an option of one letter means something else in each program, so
// its value stays.
func maskSecrets(arguments []string) string {
	var line strings.Builder
	secret := false
	for i, argument := range arguments {
		if i > 0 {
			line.WriteByte(' ')
		}
		var shown string
		shown, secret = maskArgument(argument, secret)
		line.WriteString(shown)
	}
	return line.String()
}

// maskArgument returns what may be shown of an argument, which is a secret where
// the one before said so, and whether the next one is.
func maskArgument(argument string, secret bool) (shown string, next bool) {
	if secret && argument != "" && argument[0] != '-' {
		return masked, false
	}
	if name, value := splitAssignment(argument); isSecretName(name) {
		if strings.Trim(value, wordSpace) == "" {
			return argument, true // the value follows
		}
		return argument[:len(argument)-len(value)] + masked, false
	}
	if strings.ContainsAny(argument, wordSpace) {
		return maskWords(argument), false
	}
	return maskURL(argument), isLongOption(argument) && isSecretName(argument)
}

const wordSpace = " \t\r\n"

// maskWords masks each word of a text as an argument of its own.
func maskWords(text string) string {
	var line strings.Builder
	secret := false
	for text != "" {
		word := strings.TrimLeft(text, wordSpace)
		line.WriteString(text[:len(text)-len(word)])
		end := endOfWord(word)
		var shown string
		shown, secret = maskWord(word[:end], secret)
		line.WriteString(shown)
		text = word[end:]
	}
	return line.String()
}

// maskWord is maskArgument for what is one word to a shell, and so may hold
// spaces in quotes.
func maskWord(word string, secret bool) (shown string, next bool) {
	name, _ := splitAssignment(word)
	quote := strings.IndexAny(word, `"'`)
	if secret || quote < 0 || quote > 0 && isSecretName(name) || !strings.ContainsAny(word, wordSpace) {
		return maskArgument(word, secret)
	}
	return word[:quote+1] + maskWords(word[quote+1:]), false
}

// endOfWord is where the first word of text ends: at a space outside of quotes,
// or at the end where a quote stays open.
func endOfWord(text string) int {
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(wordSpace, c) >= 0:
			return i
		}
	}
	return len(text)
}

// splitAssignment splits NAME=VALUE and NAME:VALUE, where quotes may stand before
// the name. The name of anything else is "".
func splitAssignment(argument string) (name, value string) {
	i := strings.IndexFunc(argument, func(r rune) bool { return !isNameRune(r) && r != '"' && r != '\'' })
	if i < 0 || argument[i] != '=' && argument[i] != ':' {
		return "", ""
	}
	return argument[:i], argument[i+1:]
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
}

// isLongOption reports whether argument is a name of several letters after
// hyphens.
func isLongOption(argument string) bool {
	return strings.HasPrefix(argument, "-") && len(strings.TrimLeft(argument, "-")) > 1 &&
		strings.IndexFunc(argument, func(r rune) bool { return !isNameRune(r) }) < 0
}

var secretNames = [...]string{"pass", "pwd", "token", "secret", "key", "auth", "credential"}

// isSecretName reports whether what has this name may be a secret.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range secretNames {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// maskURL masks the password of a URL in a word: scheme://user:password@host. It
// takes the last @ for its end, as a password may hold any other unescaped.
func maskURL(word string) string {
	_, rest, _ := strings.Cut(word, "://")
	end := strings.LastIndexByte(rest, '@')
	colon := strings.IndexByte(rest, ':')
	if end < 0 || colon < 0 || colon > end {
		return word
	}
	return word[:len(word)-len(rest)+colon+1] + masked + rest[end:]
}
