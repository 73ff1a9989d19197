package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/tacho-monitor/tacho/config"
)

// load reads the sources as a command would; file "" means none.
func load(t *testing.T, file string, environ, args []string) (config.Loaded, error) {
	t.Helper()
	flags := pflag.NewFlagSet("tacho", pflag.ContinueOnError)
	config.Flags(flags)
	if file != "" {
		args = append([]string{"--config", file}, args...)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Sources{Flags: flags, Environ: environ})
}

// write leaves text as config.yaml in a directory that becomes the working one.
func write(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	with := func(change func(*config.Config)) config.Config {
		c := config.Defaults()
		change(&c)
		return c
	}
	remote := func(listen string) config.Config {
		return with(func(c *config.Config) { c.Listen, c.AllowRemote = listen, true })
	}
	base := func(path string) config.Config { return with(func(c *config.Config) { c.BasePath = path }) }
	for _, test := range []struct {
		name    string
		file    string
		environ []string
		args    []string
		want    config.Config
	}{
		{name: "empty file", want: config.Defaults()},
		{name: "comments only", file: "# nothing\n", want: config.Defaults()},
		{name: "empty document", file: "---\n", want: config.Defaults()},
		{name: "null is the default", file: "interval:\nstream:\nlog: {level: ~}\nallowed_hosts: null\n", want: config.Defaults()},
		{
			name: "every kind in a file",
			file: "base_path: /tacho\ninterval: 500ms\nallow_remote: true\nlisten: :80\nallowed_hosts:\n  - A.example\n  - \"*.B.example\"\nstream: {ring: 0, heartbeat: 5m}\nbudget: {cpu_percent: 100}\nmounts:\n  exclude: [/snap/*]\nprocesses: {command_line: true}\nlog:\n  level: debug\n",
			want: with(func(c *config.Config) {
				c.Listen, c.BasePath, c.Interval, c.AllowRemote = ":80", "/tacho", 500*time.Millisecond, true
				c.AllowedHosts = []string{"a.example", "*.b.example"}
				c.Stream.Ring, c.Stream.Heartbeat = 0, 5*time.Minute
				c.Budget.CPUPercent, c.Processes.CommandLine = 100, true
				c.Mounts.Exclude = []string{"/snap/*"}
				c.Log.Level = "debug"
			}),
		},
		{
			name:    "every kind in variables",
			environ: []string{"TACHO_BASE_PATH=/t", "TACHO_INTERVAL=1h", "TACHO_ALLOW_REMOTE=TRUE", "TACHO_STREAM_RING=86400", "TACHO_BUDGET_CPU_PERCENT=0.1", "TACHO_CORS_ORIGINS= https://a.example , http://b.example:8080,", "HOME=/root"},
			want: with(func(c *config.Config) {
				c.BasePath, c.Interval, c.AllowRemote, c.Stream.Ring, c.Budget.CPUPercent = "/t", time.Hour, true, 86400, 0.1
				c.CORS.Origins = []string{"https://a.example", "http://b.example:8080"}
			}),
		},
		{
			name: "every kind in flags",
			args: []string{"--base-path=/t", "--stream-heartbeat", "1s", "--allow-remote", "--stream-ring=1", "--budget-cpu-percent=1.5e1", "--processes-command-line", "--embed-origins", "https://a.example", "--embed-origins=https://b.example,https://c.example", "--log-format=json"},
			want: with(func(c *config.Config) {
				c.Budget.CPUPercent, c.Processes.CommandLine = 15, true
				c.BasePath, c.AllowRemote, c.Stream, c.Log.Format = "/t", true, config.Stream{Heartbeat: time.Second, Ring: 1, PerAddress: 100}, "json"
				c.Embed.Origins = []string{"https://a.example", "https://b.example", "https://c.example"}
			}),
		},
		{name: "an empty variable is not set", file: "base_path: /t\n", environ: []string{"TACHO_BASE_PATH="}, want: base("/t")},
		{name: "an empty flag is set", file: "base_path: /t\ncors: {origins: [https://a.example]}\n", args: []string{"--base-path=", "--cors-origins="}, want: base("")},
		{name: "a list replaces a list", file: "allowed_hosts: [a.example]\n", environ: []string{"TACHO_ALLOWED_HOSTS=b.example"}, want: with(func(c *config.Config) { c.AllowedHosts = []string{"b.example"} })},
		{name: "an anchor", file: "cors: {origins: &sites [https://a.example]}\nembed: {origins: *sites}\n", want: with(func(c *config.Config) {
			c.CORS.Origins, c.Embed.Origins = []string{"https://a.example"}, []string{"https://a.example"}
		})},

		{name: "path without slash", args: []string{"--base-path=tacho"}, want: base("/tacho")},
		{name: "path with trailing slash", args: []string{"--base-path=/a/b.c_d-1/"}, want: base("/a/b.c_d-1")},
		{name: "path of a slash", args: []string{"--base-path=/"}, want: base("")},

		{name: "loopback IPv4", args: []string{"--listen=127.8.9.1:0"}, want: with(func(c *config.Config) { c.Listen = "127.8.9.1:0" })},
		{name: "loopback IPv6", args: []string{"--listen=[::1]:65535"}, want: with(func(c *config.Config) { c.Listen = "[::1]:65535" })},
		{name: "loopback IPv4 in IPv6", args: []string{"--listen=[::ffff:127.0.0.1]:80"}, want: with(func(c *config.Config) { c.Listen = "[::ffff:127.0.0.1]:80" })},
		{name: "localhost", args: []string{"--listen=LocalHost:80"}, want: with(func(c *config.Config) { c.Listen = "LocalHost:80" })},
		{name: "remote", args: []string{"--listen=0.0.0.0:80", "--allow-remote"}, want: remote("0.0.0.0:80")},
		{name: "remote name", args: []string{"--listen=box_1.lan:80", "--allow-remote=true"}, want: remote("box_1.lan:80")},
		{name: "remote with zone", args: []string{"--listen=[fe80::1%eth0]:80", "--allow-remote"}, want: remote("[fe80::1%eth0]:80")},

		{name: "hosts", args: []string{"--allowed-hosts=192.0.2.1,[2001:DB8:0::1],::1,Box,1.a.example"}, want: with(func(c *config.Config) {
			c.AllowedHosts = []string{"192.0.2.1", "2001:db8::1", "::1", "box", "1.a.example"}
		})},
		{name: "origins as browsers write them", args: []string{"--cors-origins=HTTPS://A.Example:443,http://a.example:080,https://[::1]:0443,http://[2001:DB8::1]:8585,https://127.0.0.1:80"}, want: with(func(c *config.Config) {
			c.CORS.Origins = []string{"https://a.example", "http://a.example", "https://[::1]", "http://[2001:db8::1]:8585", "https://127.0.0.1:80"}
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			write(t, test.file)
			loaded, err := load(t, "config.yaml", test.environ, test.args)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(filled(loaded.Config), filled(test.want)) {
				t.Errorf("got  %+v\nwant %+v", loaded.Config, test.want)
			}
		})
	}
}

// filled makes empty lists and missing ones alike.
func filled(c config.Config) config.Config {
	for _, list := range []*[]string{&c.AllowedHosts, &c.CORS.Origins, &c.Embed.Origins, &c.Mounts.Include, &c.Mounts.Exclude} {
		*list = append([]string{}, *list...)
	}
	return c
}

func TestLoadFaults(t *testing.T) {
	const (
		allKeys   = "(allowed: listen, base_path, interval, allow_remote, allowed_hosts, cors, embed, stream, budget, mounts, processes, log)"
		addresses = "(allowed: host:port; port 0 to 65535; IPv6 in brackets; no host: every interface)"
		paths     = "(allowed: names of letters, digits, - _ . with / between them, or nothing)"
		hosts     = "(allowed: a list of host names without port; *.example.org: all below it)"
		origins   = "(allowed: a list of http:// or https:// with host[:port], exact)"
		globs     = "(allowed: a list of globs, as in /mnt/*)"
		percents  = "(allowed: 0.1 to 100)"
		levels    = "(allowed: debug, info, warn or error)"
		intervals = "(allowed: 100ms to 1h)"
		hint      = "; indent with spaces, and quote a value that begins with * [ & or @"
	)
	open := func(origin, listen, port string) string {
		return origin + ": listen: " + listen + " is open to other machines: set listen to 127.0.0.1:" + port + " and come in through ssh -L " + port + ":127.0.0.1:" + port + " HOST,\n" +
			"  or set listen to 127.0.0.1:" + port + " and put a reverse proxy that authenticates in front of it,\n" +
			"  or set allow_remote: true, knowing that anyone who reaches the port can read what tacho shows"
	}
	for _, test := range []struct {
		name    string
		file    string
		environ []string
		args    []string
		want    string
	}{
		{name: "bare number", file: "interval: 5\n", want: "config.yaml:1: interval: 5 has no unit; write 5s " + intervals},
		{name: "bare number in quotes", file: "\ninterval: \"5\"\n", want: "config.yaml:2: interval: 5 has no unit; write 5s " + intervals},
		{name: "bare fraction", args: []string{"--interval=0.5"}, want: "--interval: interval: 0.5 has no unit; write 0.5s " + intervals},
		{name: "bare milliseconds", environ: []string{"TACHO_INTERVAL=5000"}, want: "TACHO_INTERVAL: interval: 5000 has no unit; write 5000ms " + intervals},
		{name: "bare zero", file: "interval: 0", want: "config.yaml:1: interval: 0 has no unit " + intervals},
		{name: "too short", file: "interval: 99ms", want: "config.yaml:1: interval: 99ms is out of range " + intervals},
		{name: "too long", file: "stream:\n  heartbeat: 5m1s", want: "config.yaml:2: stream.heartbeat: 5m1s is out of range (allowed: 1s to 5m)"},
		{name: "negative", args: []string{"--interval=-1s"}, want: "--interval: interval: -1s is out of range " + intervals},
		{name: "no duration", args: []string{"--interval=", "--stream-heartbeat=nan"}, want: "--interval: interval: \"\" is not a duration, as 500ms, 2s or 1m30s are " + intervals + "\n--stream-heartbeat: stream.heartbeat: nan is not a duration, as 500ms, 2s or 1m30s are (allowed: 1s to 5m)"},
		{name: "a boolean for a duration", file: "interval: true", want: "config.yaml:1: interval: true is a boolean, not a duration " + intervals},

		{name: "yes", file: "allow_remote: yes", want: "config.yaml:1: allow_remote: yes is text, not a boolean (allowed: true or false)"},
		{name: "one", environ: []string{"TACHO_ALLOW_REMOTE=1"}, want: "TACHO_ALLOW_REMOTE: allow_remote: 1 is not a boolean (allowed: true or false)"},
		{name: "text for a number", file: "stream: {ring: \"300\"}", want: "config.yaml:1: stream.ring: 300 is text, not a whole number (allowed: 0 to 86400)"},
		{name: "a fraction for a number", file: "stream: {ring: 1.5}", want: "config.yaml:1: stream.ring: 1.5 is a number, not a whole number (allowed: 0 to 86400)"},
		{name: "number out of range", file: "stream: {ring: 86401}", want: "config.yaml:1: stream.ring: 86401 is out of range (allowed: 0 to 86400)"},
		{name: "number out of any range", args: []string{"--stream-ring=-99999999999999999999"}, want: "--stream-ring: stream.ring: -99999999999999999999 is out of range (allowed: 0 to 86400)"},
		{name: "no number", args: []string{"--stream-ring=many"}, want: "--stream-ring: stream.ring: many is not a whole number (allowed: 0 to 86400)"},
		{name: "decimal out of range", file: "budget: {cpu_percent: 0.09}", want: "config.yaml:1: budget.cpu_percent: 0.09 is out of range " + percents},
		{name: "decimal too high", file: "budget: {cpu_percent: 101}", want: "config.yaml:1: budget.cpu_percent: 101 is out of range " + percents},
		{name: "decimal out of any range", args: []string{"--budget-cpu-percent=-1e999"}, want: "--budget-cpu-percent: budget.cpu_percent: -1e999 is out of range " + percents},
		{name: "no decimal", file: "budget: {cpu_percent: .nan}", args: []string{"--budget-cpu-percent=nan"}, environ: []string{"TACHO_BUDGET_CPU_PERCENT=1%"}, want: "config.yaml:1: budget.cpu_percent: .nan is not a number " + percents + "\nTACHO_BUDGET_CPU_PERCENT: budget.cpu_percent: 1% is not a number " + percents + "\n--budget-cpu-percent: budget.cpu_percent: nan is not a number " + percents},
		{name: "infinite", args: []string{"--budget-cpu-percent=inf"}, want: "--budget-cpu-percent: budget.cpu_percent: inf is not a number " + percents},
		{name: "text for a decimal", file: "budget: {cpu_percent: \"1\"}", want: "config.yaml:1: budget.cpu_percent: 1 is text, not a number " + percents},
		{name: "a number for text", file: "listen: 8585", want: "config.yaml:1: listen: 8585 is a number, not text " + addresses},
		{name: "a section for text", file: "listen: {port: 8585}", want: "config.yaml:1: listen: a section, not text " + addresses},
		{name: "a list for text", file: "log:\n  level:\n    - info\n", want: "config.yaml:3: log.level: a list, not text " + levels},
		{name: "text for a list", file: "allowed_hosts: a.example", want: "config.yaml:1: allowed_hosts: a.example is text, not a list " + hosts},
		{name: "nothing in a list", file: "allowed_hosts:\n  - a.example\n  -\n", want: "config.yaml:3: allowed_hosts: nothing, not text " + hosts},
		{name: "text for a section", file: "log: debug", want: "config.yaml:1: log: debug is text, not a section (allowed: level, format)"},
		{name: "a date", file: "log: {level: 2026-11-20}", want: "config.yaml:1: log.level: 2026-11-20 is of type !!timestamp, not text " + levels},
		{name: "no word", file: "log: {level: INFO}", want: "config.yaml:1: log.level: INFO is not one of the words " + levels},

		{name: "unknown key, close", file: "intervall: 1s", want: "config.yaml:1: intervall: unknown key; did you mean interval?"},
		{name: "unknown key, capital", file: "Listen: :80", want: "config.yaml:1: Listen: unknown key; did you mean listen?"},
		{name: "unknown key, dash", file: "base-path: /", want: "config.yaml:1: base-path: unknown key; did you mean base_path?"},
		{name: "unknown section, close", file: "steam: {ring: 1}", want: "config.yaml:1: steam: unknown key; did you mean stream?"},
		{name: "unknown key, wrong level", file: "heartbeat: 1s", want: "config.yaml:1: heartbeat: unknown key; did you mean stream.heartbeat?"},
		{name: "unknown key, far", file: "colour: blue", want: "config.yaml:1: colour: unknown key " + allKeys},
		{name: "unknown key, far, below", file: "stream:\n  colour: blue", want: "config.yaml:2: stream.colour: unknown key (allowed: heartbeat, ring, per_address)"},
		{name: "unknown key, below a key", file: "stream: {ring: {size: 1}}", want: "config.yaml:1: stream.ring: a section, not a whole number (allowed: 0 to 86400)"},
		{name: "dotted key", file: "stream.ring: 1", want: "config.yaml:1: stream.ring: written with a dot; write ring: below stream:"},
		{name: "key that a terminal obeys", file: "\"intervals\\e[2J\": 1", want: "config.yaml:1: intervals\uFFFD[2J: unknown key " + allKeys},
		{name: "a list for a key", file: "? [a]\n: 1\n", want: "config.yaml:1: a list where a key belongs"},
		{name: "duplicate key", file: "interval: 1s\nlisten: localhost:1\ninterval: 2s\n", want: "config.yaml:3: interval: written twice, first in line 1"},
		{name: "duplicate section", file: "log: {level: info}\nlog: {format: text}\n", want: "config.yaml:2: log: written twice, first in line 1"},

		{name: "no section", file: "- interval\n", want: "config.yaml:1: a list, not a section " + allKeys},
		{name: "malformed", file: "interval: 1s\nlog: [\n", want: "config.yaml: not valid YAML near line 2: did not find expected node content" + hint},
		{name: "tab", file: "log:\n\tlevel: info\n", want: "config.yaml: not valid YAML near line 2: found character that cannot start any token" + hint},
		{name: "bare wildcard", file: "allowed_hosts: [*.example.org]\n", want: "config.yaml: not valid YAML: did not find expected alphabetic or numeric character" + hint},
		{name: "two documents", file: "interval: 1s\n---\ninterval: 2s\n", want: "config.yaml:2: a second document; one file holds one configuration"},
		{name: "malformed second document", file: "interval: 1s\n---\n[\n", want: "config.yaml: not valid YAML near line 3: did not find expected node content" + hint},
		{name: "not text", file: "\x00\x01", want: "config.yaml: not valid YAML: control characters are not allowed" + hint},
		{name: "too large", file: strings.Repeat("#", 1<<20+1), want: "config.yaml: larger than 1048576 bytes, so no configuration"},

		{name: "listen without port", args: []string{"--listen=localhost"}, want: "--listen: listen: localhost is not host:port " + addresses},
		{name: "not UTF-8", environ: []string{"TACHO_LISTEN=\xff"}, want: `TACHO_LISTEN: listen: "\xff" is not host:port ` + addresses},
		{name: "listen without brackets", args: []string{"--listen=::1:80"}, want: "--listen: listen: ::1:80 is not host:port " + addresses},
		{name: "listen on a port too high", args: []string{"--listen=localhost:65536"}, want: "--listen: listen: 65536 is not a port " + addresses},
		{name: "listen on a named port", args: []string{"--listen=localhost:http"}, want: "--listen: listen: http is not a port " + addresses},
		{name: "listen on no port", args: []string{"--listen=localhost:"}, want: "--listen: listen: \"\" is not a port " + addresses},
		{name: "listen on a star", args: []string{"--listen=*:80"}, want: "--listen: listen: * is neither an address nor a host name " + addresses},
		{name: "listen on half an address", args: []string{"--listen=127.0.1:80"}, want: "--listen: listen: 127.0.1 is neither an address nor a host name " + addresses},

		{name: "open, every IPv4", file: "listen: 0.0.0.0:80", want: open("config.yaml:1", "0.0.0.0:80", "80")},
		{name: "open, every IPv6", args: []string{"--listen=[::]:8585"}, want: open("--listen", "[::]:8585", "8585")},
		{name: "open, no host", environ: []string{"TACHO_LISTEN=:8585"}, want: open("TACHO_LISTEN", ":8585", "8585")},
		{name: "open, a name", args: []string{"--listen=box.lan:80", "--allow-remote=false"}, want: open("--listen", "box.lan:80", "80")},
		{name: "open, undecided", file: "listen: 0.0.0.0:80\nallow_remote: 1\n", want: "config.yaml:2: allow_remote: 1 is a number, not a boolean (allowed: true or false)"},

		{name: "open, behind a bad flag", file: "listen: 0.0.0.0:80\n", args: []string{"--listen=x", "--log-level=info", "--stream-ring=-1"}, want: "--listen: listen: x is not host:port " + addresses + "\n--stream-ring: stream.ring: -1 is out of range (allowed: 0 to 86400)"},

		{name: "path with a query", args: []string{"--base-path=/a?b"}, want: "--base-path: base_path: /a?b is not such a path " + paths},
		{name: "path with dots", args: []string{"--base-path=/a/../b"}, want: "--base-path: base_path: /a/../b is not such a path " + paths},
		{name: "path with two slashes", args: []string{"--base-path=//a"}, want: "--base-path: base_path: //a is not such a path " + paths},
		{name: "path of two slashes", args: []string{"--base-path=//"}, want: "--base-path: base_path: // is not such a path " + paths},
		{name: "path with a space", args: []string{"--base-path=/a b\x1b[31m"}, want: `--base-path: base_path: "/a b\x1b[31m" is not such a path ` + paths},

		{name: "host with port", args: []string{"--allowed-hosts=a.example:80"}, want: "--allowed-hosts: allowed_hosts: a.example:80 has a port; write a.example " + hosts},
		{name: "every host", args: []string{"--allowed-hosts=*"}, want: "--allowed-hosts: allowed_hosts: * would let any web site point a name of its own at this machine and read it (DNS rebinding) " + hosts},
		{name: "wildcard inside", args: []string{"--allowed-hosts=a.*.example"}, want: "--allowed-hosts: allowed_hosts: a.*.example is neither a host name nor an address " + hosts},
		{name: "host with a dash in front", args: []string{"--allowed-hosts=-a"}, want: "--allowed-hosts: allowed_hosts: -a is neither a host name nor an address " + hosts},
		{name: "host too long", args: []string{"--allowed-hosts=" + strings.Repeat("a.", 127) + "a"}, want: `--allowed-hosts: allowed_hosts: "` + strings.Repeat("a.", 40) + `" is neither a host name nor an address ` + hosts},
		{name: "label too long", args: []string{"--allowed-hosts=" + strings.Repeat("a", 64)}, want: "--allowed-hosts: allowed_hosts: " + strings.Repeat("a", 64) + " is neither a host name nor an address " + hosts},
		{name: "name in brackets", args: []string{"--allowed-hosts=[a.example]"}, want: "--allowed-hosts: allowed_hosts: [a.example] is neither a host name nor an address " + hosts},
		{name: "address with a zone", args: []string{"--allowed-hosts=fe80::1%eth0"}, want: "--allowed-hosts: allowed_hosts: fe80::1%eth0 is neither a host name nor an address " + hosts},

		{name: "every origin", args: []string{"--cors-origins=*"}, want: "--cors-origins: cors.origins: * would let every web site that someone here opens read everything that tacho serves; name each origin " + origins},
		{name: "every framing origin", args: []string{"--embed-origins=*"}, want: "--embed-origins: embed.origins: * would let every web site that someone here opens frame panels and lay its own page over them; name each origin " + origins},
		{name: "origin with a slash", file: "cors:\n  origins:\n    - https://a.example/\n", want: "config.yaml:3: cors.origins: https://a.example/ has more than scheme, host and port; write https://a.example " + origins},
		{name: "origin with a fragment", args: []string{"--cors-origins=https://a.example#"}, want: "--cors-origins: cors.origins: https://a.example# has more than scheme, host and port; write https://a.example " + origins},
		{name: "origin without scheme", args: []string{"--cors-origins=a.example"}, want: "--cors-origins: cors.origins: a.example is not an origin " + origins},
		{name: "null origin", args: []string{"--cors-origins=null"}, want: "--cors-origins: cors.origins: null is not an origin " + origins},
		{name: "origin of another scheme", args: []string{"--cors-origins=ftp://a.example"}, want: "--cors-origins: cors.origins: ftp://a.example is not an origin " + origins},
		{name: "origin with a user", args: []string{"--cors-origins=https://u@a.example"}, want: "--cors-origins: cors.origins: https://u@a.example is not an origin " + origins},
		{name: "origin with a wildcard", args: []string{"--cors-origins=https://*.example"}, want: "--cors-origins: cors.origins: *.example is neither a host name nor an address " + origins},
		{name: "origin with a port too high", args: []string{"--cors-origins=https://a.example:99999"}, want: "--cors-origins: cors.origins: 99999 is not a port " + origins},

		{name: "malformed glob", file: "mounts:\n  include: [\"/a[\"]\n  exclude: [\"\"]\n", want: "config.yaml:2: mounts.include: /a[: syntax error in pattern " + globs + "\nconfig.yaml:3: mounts.exclude: \"\" matches nothing " + globs},

		{
			name:    "all at once",
			file:    "intervall: 1s\nlisten: 8585\nstream:\n  heartbeat: 15\n  ring: 1\n  ring: 2\nallowed_hosts: [a:1, b, c:2]\n",
			environ: []string{"TACHO_LOG_LEVEL=loud", "TACHO_EMBED_ORIGINS=x,https://a.example,y"},
			args:    []string{"--stream-ring=-1", "--log-format=xml"},
			want: "config.yaml:1: intervall: unknown key; did you mean interval?\n" +
				"config.yaml:2: listen: 8585 is a number, not text " + addresses + "\n" +
				"config.yaml:4: stream.heartbeat: 15 has no unit; write 15s (allowed: 1s to 5m)\n" +
				"config.yaml:6: stream.ring: written twice, first in line 5\n" +
				"config.yaml:7: allowed_hosts: a:1 has a port; write a " + hosts + "\n" +
				"config.yaml:7: allowed_hosts: c:2 has a port; write c " + hosts + "\n" +
				"TACHO_EMBED_ORIGINS: embed.origins: x is not an origin " + origins + "\n" +
				"TACHO_EMBED_ORIGINS: embed.origins: y is not an origin " + origins + "\n" +
				"TACHO_LOG_LEVEL: log.level: loud is not one of the words " + levels + "\n" +
				"--stream-ring: stream.ring: -1 is out of range (allowed: 0 to 86400)\n" +
				"--log-format: log.format: xml is not one of the words (allowed: auto, text or json)",
		},
		{name: "a fault behind a good flag", file: "interval: 5", args: []string{"--interval=5s"}, want: "config.yaml:1: interval: 5 has no unit; write 5s " + intervals},
	} {
		t.Run(test.name, func(t *testing.T) {
			write(t, test.file)
			_, err := load(t, "config.yaml", test.environ, test.args)
			if err == nil {
				t.Fatalf("no error, want\n%s", test.want)
			}
			if err.Error() != test.want {
				t.Errorf("got\n%s\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestPrecedenceAndOrigins(t *testing.T) {
	write(t, "stream: {ring: 1}\nlog:\n  level: warn\n  format: text\ninterval: 2s\n")
	environ := []string{"TACHO_INTERVAL=3s", "TACHO_LOG_LEVEL=error", "TACHO_ALLOWED_HOSTS=a,b", "TACHO_BUDGET_CPU_PERCENT=2.50"}
	got := rows(t, "config.yaml", environ, []string{"--interval=4s"})
	want := []config.Row{
		{Key: "listen", Value: "127.0.0.1:8585", Origin: "default"},
		{Key: "base_path", Value: `""`, Origin: "default"},
		{Key: "interval", Value: "4s", Origin: "--interval"},
		{Key: "allow_remote", Value: "false", Origin: "default"},
		{Key: "allowed_hosts", Value: "[a, b]", Origin: "TACHO_ALLOWED_HOSTS"},
		{Key: "cors.origins", Value: "[]", Origin: "default"},
		{Key: "embed.origins", Value: "[]", Origin: "default"},
		{Key: "stream.heartbeat", Value: "15s", Origin: "default"},
		{Key: "stream.ring", Value: "1", Origin: "config.yaml:1"},
		{Key: "stream.per_address", Value: "100", Origin: "default"},
		{Key: "budget.cpu_percent", Value: "2.5", Origin: "TACHO_BUDGET_CPU_PERCENT"},
		{Key: "mounts.include", Value: "[]", Origin: "default"},
		{Key: "mounts.exclude", Value: "[]", Origin: "default"},
		{Key: "processes.command_line", Value: "false", Origin: "default"},
		{Key: "log.level", Value: "error", Origin: "TACHO_LOG_LEVEL"},
		{Key: "log.format", Value: "text", Origin: "config.yaml:4"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

func TestUnknownVariablesAreWarnings(t *testing.T) {
	environ := []string{"TACHO_SERVICE_HOST=10.0.0.1", "TACHO_PORT=tcp://10.0.0.1:80", "TACHO_INTERVALL=1s", "TACHO_\x1b=x", "tacho_x=1", "TACHOMETER=1"}
	want := []string{
		"TACHO_INTERVALL: unknown variable, ignored; did you mean TACHO_INTERVAL?",
		"TACHO_PORT: unknown variable, ignored",
		"TACHO_SERVICE_HOST: unknown variable, ignored",
		"TACHO_\uFFFD: unknown variable, ignored",
	}
	good, err := load(t, "", environ, nil)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := load(t, "", environ, []string{"--interval=5"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, loaded := range []config.Loaded{good, bad} {
		if !slices.Equal(loaded.Warnings, want) {
			t.Errorf("got %q\nwant %q", loaded.Warnings, want)
		}
	}
}

func TestWhichFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"first.yaml": "interval: 1m", "second.yaml": "interval: 2m"} {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		config   string
		files    []string
		file     string
		interval time.Duration
		err      string
	}{
		{name: "none", files: []string{path("absent")}, interval: time.Second},
		{name: "first", files: []string{path("first.yaml"), path("second.yaml")}, file: path("first.yaml"), interval: time.Minute},
		{name: "second", files: []string{path("absent"), path("second.yaml")}, file: path("second.yaml"), interval: 2 * time.Minute},
		{name: "asked for", config: path("second.yaml"), files: []string{path("first.yaml")}, file: path("second.yaml"), interval: 2 * time.Minute},
		{name: "asked for and absent", config: path("absent"), files: []string{path("first.yaml")}, file: path("absent"), err: path("absent") + ": no such file or directory"},
		{name: "asked for without a name", config: "", files: nil, file: "", err: `"": no such file or directory`},
		{name: "a directory", config: dir, file: dir, err: dir + ": is a directory"},
		{name: "found and unreadable", files: []string{dir, path("first.yaml")}, file: dir, err: dir + ": is a directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			flags := pflag.NewFlagSet("tacho", pflag.ContinueOnError)
			config.Flags(flags)
			if test.config != "" || test.files == nil {
				if err := flags.Set("config", test.config); err != nil {
					t.Fatal(err)
				}
			}
			loaded, err := config.Load(config.Sources{Flags: flags, Files: test.files})
			if loaded.File != test.file {
				t.Errorf("file %q, want %q", loaded.File, test.file)
			}
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Errorf("got error %v, want %s", err, test.err)
				}
				return
			}
			if err != nil || loaded.Config.Interval != test.interval {
				t.Errorf("interval %v, error %v; want %v", loaded.Config.Interval, err, test.interval)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	if want := []string{"config.yaml", "/etc/tacho/config.yaml"}; !slices.Equal(config.Files(), want) {
		t.Errorf("got %q, want %q", config.Files(), want)
	}
}

func TestCheckGlob(t *testing.T) {
	check := func(glob string) error {
		if strings.HasPrefix(glob, "/") {
			return nil
		}
		return errors.New("no leading\nslash")
	}
	_, err := config.Load(config.Sources{
		Environ:   []string{"TACHO_MOUNTS_INCLUDE=/[,mnt", "TACHO_MOUNTS_EXCLUDE=/a"},
		CheckGlob: check,
	})
	want := "TACHO_MOUNTS_INCLUDE: mounts.include: mnt: no leading\uFFFDslash (allowed: a list of globs, as in /mnt/*)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestUsage(t *testing.T) {
	flags := pflag.NewFlagSet("tacho", pflag.ContinueOnError)
	config.Flags(flags)
	usage := flags.FlagUsages()
	for _, want := range []string{
		"--config string ",
		"--listen string ",
		"--cors-origins list ",
		"--allow-remote  ",
		"--stream-heartbeat duration  ",
		"Silence on a stream after which a comment keeps it open (1s to 5m) (default 15s)",
		"--stream-ring int ",
		"--budget-cpu-percent float ",
	} {
		if !strings.Contains(usage, want) {
			t.Errorf("no %q in\n%s", want, usage)
		}
	}
	for _, key := range config.Keys() {
		if flags.Lookup(strings.TrimPrefix(key.Flag, "--")) == nil {
			t.Errorf("no flag %s", key.Flag)
		}
	}
}
