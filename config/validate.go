package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is what one key may be. parse takes a value, and of a list one item, as
// text: it returns the value in its type and normal form, or what is wrong with
// it, which never repeats what is allowed.
type rule struct {
	kind    kind
	list    bool
	allowed string
	parse   func(text string) (any, error)
}

// kind is the type of a value, as usage texts name it.
type kind string

const (
	textual  kind = "string"
	switched kind = "bool"
	whole    kind = "int"
	decimal  kind = "float"
	duration kind = "duration"
)

// listOf is a list whose items follow one rule.
func listOf(item rule) rule {
	item.list = true
	item.allowed = "a list of " + item.allowed
	return item
}

func boolean() rule {
	return rule{kind: switched, allowed: "true or false", parse: func(text string) (any, error) {
		switch {
		case strings.EqualFold(text, "true"):
			return true, nil
		case strings.EqualFold(text, "false"):
			return false, nil
		}
		return nil, fmt.Errorf("%s is not a boolean", quoted(text))
	}}
}

func wholeBetween(low, high int) rule {
	return rule{kind: whole, allowed: fmt.Sprintf("%d to %d", low, high), parse: func(text string) (any, error) {
		number, err := strconv.Atoi(text)
		switch {
		case errors.Is(err, strconv.ErrRange), err == nil && (number < low || number > high):
			return nil, fmt.Errorf("%s is out of range", quoted(text))
		case err != nil:
			return nil, fmt.Errorf("%s is not a whole number", quoted(text))
		}
		return number, nil
	}}
}

func numberBetween(low, high float64) rule {
	allowed := text(low) + " to " + text(high)
	return rule{kind: decimal, allowed: allowed, parse: func(text string) (any, error) {
		number, err := strconv.ParseFloat(text, 64)
		switch {
		case errors.Is(err, strconv.ErrRange), isNumber(text) && (number < low || number > high):
			return nil, fmt.Errorf("%s is out of range", quoted(text))
		case !isNumber(text):
			return nil, fmt.Errorf("%s is not a number", quoted(text))
		}
		return number, nil
	}}
}

func oneOf(words ...string) rule {
	last := len(words) - 1
	allowed := strings.Join(words[:last], ", ") + " or " + words[last]
	return rule{kind: textual, allowed: allowed, parse: func(text string) (any, error) {
		if !slices.Contains(words, text) {
			return nil, fmt.Errorf("%s is not one of the words", quoted(text))
		}
		return text, nil
	}}
}

func durationBetween(low, high time.Duration) rule {
	allowed := durationText(low) + " to " + durationText(high)
	within := func(d time.Duration, err error) bool { return err == nil && low <= d && d <= high }
	return rule{kind: duration, allowed: allowed, parse: func(text string) (any, error) {
		// ParseDuration takes a bare 0, which no range here holds.
		d, err := time.ParseDuration(text)
		if within(d, err) {
			return d, nil
		}
		if isNumber(text) {
			if units := fitting(text, within); units != "" {
				return nil, fmt.Errorf("%s has no unit; write %s", text, units)
			}
			return nil, fmt.Errorf("%s has no unit", quoted(text))
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not a duration, as 500ms, 2s or 1m30s are", quoted(text))
		}
		return nil, fmt.Errorf("%s is out of range", quoted(text))
	}}
}

// fitting is the number with each unit that gives a duration within bounds.
func fitting(number string, within func(time.Duration, error) bool) string {
	var texts []string
	for _, unit := range []string{"ms", "s"} {
		if within(time.ParseDuration(number + unit)) {
			texts = append(texts, number+unit)
		}
	}
	return strings.Join(texts, " or ")
}

// isNumber leaves out what strconv calls numbers besides: inf, nan.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && strings.ContainsAny(text, "0123456789")
}

func address() rule {
	allowed := "host:port; port 0 to 65535; IPv6 in brackets; no host: every interface"
	return rule{kind: textual, allowed: allowed, parse: func(text string) (any, error) {
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return nil, fmt.Errorf("%s is not host:port", quoted(text))
		}
		if _, err := portNumber(port); err != nil {
			return nil, err
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "" && !isHostName(host) {
			return nil, fmt.Errorf("%s is neither an address nor a host name", quoted(host))
		}
		return text, nil
	}}
}

func basePath() rule {
	allowed := "names of letters, digits, - _ . with / between them, or nothing"
	return rule{kind: textual, allowed: allowed, parse: func(text string) (any, error) {
		trimmed := strings.TrimSuffix(strings.TrimPrefix(text, "/"), "/")
		if trimmed == "" && len(text) <= 1 {
			return "", nil
		}
		for segment := range strings.SplitSeq(trimmed, "/") {
			// Browsers resolve "." and ".." before they ask.
			if segment == "" || segment == "." || segment == ".." || !only(segment, "-_.") {
				return nil, fmt.Errorf("%s is not such a path", quoted(text))
			}
		}
		return "/" + trimmed, nil
	}}
}

func allowedHost() rule {
	allowed := "host names without port; *.example.org: all below it"
	return rule{kind: textual, allowed: allowed, parse: func(text string) (any, error) {
		if text == "*" {
			return nil, errors.New("* would let any web site point a name of its own at this machine and read it (DNS rebinding)")
		}
		if host, ok := hostOrAddress(withoutBrackets(text)); ok {
			return host, nil
		}
		if below, wild := strings.CutPrefix(text, "*."); wild && isHostName(below) {
			return strings.ToLower(text), nil
		}
		if host, _, err := net.SplitHostPort(text); err == nil {
			return nil, fmt.Errorf("%s has a port; write %s", quoted(text), quoted(host))
		}
		return nil, fmt.Errorf("%s is neither a host name nor an address", quoted(text))
	}}
}

// origin is a serialised origin (RFC 6454, section 6.2) of the web. power is
// what "*" would give to every web site.
func origin(power string) rule {
	allowed := "http:// or https:// with host[:port], exact"
	return rule{kind: textual, allowed: allowed, parse: func(text string) (any, error) {
		if text == "*" {
			return nil, fmt.Errorf("* would let every web site that someone here opens %s; name each origin", power)
		}
		u, err := url.Parse(text)
		if err != nil || u.Opaque != "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%s is not an origin", quoted(text))
		}
		host, ok := hostOrAddress(u.Hostname())
		if !ok {
			return nil, fmt.Errorf("%s is neither a host name nor an address", quoted(u.Hostname()))
		}
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		port, err := originPort(u)
		if err != nil {
			return nil, err
		}
		plain := u.Scheme + "://" + host + port
		if u.Path != "" || strings.ContainsAny(text, "?#") {
			return nil, fmt.Errorf("%s has more than scheme, host and port; write %s", quoted(text), plain)
		}
		return plain, nil
	}}
}

// originPort is ":port", or "" for the port that browsers leave out.
func originPort(u *url.URL) (string, error) {
	if u.Port() == "" {
		return "", nil
	}
	port, err := portNumber(u.Port())
	if err != nil || u.Scheme == "http" && port == 80 || u.Scheme == "https" && port == 443 {
		return "", err
	}
	return ":" + strconv.Itoa(port), nil
}

// glob is a pattern over mount points, as check knows them.
func glob(check func(string) error) rule {
	if check == nil {
		check = func(pattern string) error {
			_, err := path.Match(pattern, "")
			return err
		}
	}
	return rule{kind: textual, allowed: "globs, as in /mnt/*", parse: func(text string) (any, error) {
		if text == "" {
			return nil, errors.New(`"" matches nothing`)
		}
		if err := check(text); err != nil {
			return nil, fmt.Errorf("%s: %s", quoted(text), printable(err.Error()))
		}
		return text, nil
	}}
}

// isLoopback reports whether only this machine reaches a valid listen address.
// A name other than localhost counts as remote: what it resolves to may change.
func isLoopback(listen string) bool {
	host, _, _ := net.SplitHostPort(listen)
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// checkRemote refuses to serve everyone by accident.
func checkRemote(c Config, from string) error {
	if c.AllowRemote || isLoopback(c.Listen) {
		return nil
	}
	_, port, _ := net.SplitHostPort(c.Listen)
	return fmt.Errorf(`%s: listen: %s is open to other machines: set listen to 127.0.0.1:%[3]s and come in through ssh -L %[3]s:127.0.0.1:%[3]s HOST,
  or set listen to 127.0.0.1:%[3]s and put a reverse proxy that authenticates in front of it,
  or set allow_remote: true, knowing that anyone who reaches the port can read what tacho shows`, from, c.Listen, port)
}
