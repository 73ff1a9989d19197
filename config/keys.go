package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// key is one setting. Flags, variables, the reading of the file, validation and
// the listing all go by the table of keys.
type key struct {
	name   string // in the file, with dots between the levels
	help   string // one line, without what is allowed
	rule   rule
	secret bool // its value is never shown
	value  func(Config) any
	reload func(*Config, Config) // takes the value over while running; nil when that needs a restart
}

// keys is the table, in the order of the file. checkGlob may be nil, which
// leaves globs to the syntax of [path.Match].
func keys(checkGlob func(string) error) []key {
	return []key{
		{
			name:  "listen",
			help:  "Address to serve on; other than loopback only with allow_remote",
			rule:  address(),
			value: func(c Config) any { return c.Listen },
		},
		{
			name:  "base_path",
			help:  "Path below which all is served, where a reverse proxy passes it on",
			rule:  basePath(),
			value: func(c Config) any { return c.BasePath },
		},
		{
			name:   "interval",
			help:   "Time between two readings",
			rule:   durationBetween(100*time.Millisecond, time.Hour),
			value:  func(c Config) any { return c.Interval },
			reload: func(c *Config, next Config) { c.Interval = next.Interval },
		},
		{
			name:  "allow_remote",
			help:  "Serve where other machines reach it: whoever does can read all",
			rule:  boolean(),
			value: func(c Config) any { return c.AllowRemote },
		},
		{
			name:   "allowed_hosts",
			help:   "Names by which browsers may call this server, besides loopback",
			rule:   listOf(allowedHost()),
			value:  func(c Config) any { return c.AllowedHosts },
			reload: func(c *Config, next Config) { c.AllowedHosts = next.AllowedHosts },
		},
		{
			name:   "cors.origins",
			help:   "Web sites whose scripts may read the interfaces",
			rule:   listOf(origin("read everything that tacho serves")),
			value:  func(c Config) any { return c.CORS.Origins },
			reload: func(c *Config, next Config) { c.CORS.Origins = next.CORS.Origins },
		},
		{
			name:   "embed.origins",
			help:   "Web sites that may show panels in a frame",
			rule:   listOf(origin("frame panels and lay its own page over them")),
			value:  func(c Config) any { return c.Embed.Origins },
			reload: func(c *Config, next Config) { c.Embed.Origins = next.Embed.Origins },
		},
		{
			name:   "stream.heartbeat",
			help:   "Silence on a stream after which a comment keeps it open",
			rule:   durationBetween(time.Second, 5*time.Minute),
			value:  func(c Config) any { return c.Stream.Heartbeat },
			reload: func(c *Config, next Config) { c.Stream.Heartbeat = next.Stream.Heartbeat },
		},
		{
			name:  "stream.ring",
			help:  "Ticks kept in memory for streams that reconnect",
			rule:  wholeBetween(0, 86400),
			value: func(c Config) any { return c.Stream.Ring },
		},
		{
			name:  "stream.per_address",
			help:  "Streams that one address may have open, loopback excepted; 0 is no limit",
			rule:  wholeBetween(0, 1_000_000),
			value: func(c Config) any { return c.Stream.PerAddress },
		},
		{
			name:   "budget.cpu_percent",
			help:   "Processor time that each collector may use, in percent of a core; one that needs more reads less often",
			rule:   numberBetween(0.1, 100),
			value:  func(c Config) any { return c.Budget.CPUPercent },
			reload: func(c *Config, next Config) { c.Budget.CPUPercent = next.Budget.CPUPercent },
		},
		{
			name:  "mounts.include",
			help:  "Mount points to show although they would be left out",
			rule:  listOf(glob(checkGlob)),
			value: func(c Config) any { return c.Mounts.Include },
		},
		{
			name:  "mounts.exclude",
			help:  "Mount points to leave out, whatever else is said",
			rule:  listOf(glob(checkGlob)),
			value: func(c Config) any { return c.Mounts.Exclude },
		},
		{
			name:  "processes.command_line",
			help:  "Show the command lines of processes, with what looks like a secret masked",
			rule:  boolean(),
			value: func(c Config) any { return c.Processes.CommandLine },
		},
		{
			name:   "log.level",
			help:   "Least severe messages that are logged",
			rule:   oneOf("debug", "info", "warn", "error"),
			value:  func(c Config) any { return c.Log.Level },
			reload: func(c *Config, next Config) { c.Log.Level = next.Log.Level },
		},
		{
			name:  "log.format",
			help:  "Form of the log; auto is text on a terminal and json elsewhere",
			rule:  oneOf("auto", "text", "json"),
			value: func(c Config) any { return c.Log.Format },
		},
	}
}

func (k key) flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(k.name) }

func (k key) variable() string {
	return prefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// shown is value for the eyes of the operator.
func (k key) shown(value any) string {
	written := text(value)
	switch list, _ := value.([]string); {
	case k.secret && written != "":
		return "********"
	case k.rule.list:
		return printable("[" + strings.Join(list, ", ") + "]")
	case written == "":
		return `""`
	}
	return printable(written)
}

// text is value as a flag or variable would give it.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case int:
		return strconv.Itoa(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case time.Duration:
		return durationText(value)
	case []string:
		return strings.Join(value, ",")
	}
	return ""
}

// durationText is d without the zeros that [time.Duration.String] ends with.
func durationText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// equal compares two values of one key.
func equal(a, b any) bool {
	if list, ok := a.([]string); ok {
		return slices.Equal(list, b.([]string))
	}
	return a == b
}
