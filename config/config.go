// Package config holds the settings: their defaults, where they may come from,
// what they may be, and what is said when they are not.
//
// A setting comes from its flag (--stream-heartbeat), else from its variable
// (TACHO_STREAM_HEARTBEAT), else from the file (stream: {heartbeat: 15s}), else
// from [Defaults]. Every source is read strictly and completely: [Load] returns
// all faults of all sources at once, also of a value that a stronger source
// replaces.
//
//   - A key of the file without a value (interval:) counts as not written, and so
//     does a variable that is set to nothing. An empty flag (--base-path=) counts.
//   - A list in a flag or variable is separated by commas; a flag may be repeated.
//     An item that holds a comma can stand in the file only.
//   - A variable TACHO_… that no key has is a warning, because Kubernetes sets
//     TACHO_PORT and others for a service of that name. An unknown key of the file
//     is an error.
package config

import "time"

// Config is what tacho runs with. What [Load] returns is valid and normalised.
type Config struct {
	Listen       string        `mapstructure:"listen"`        // host:port; without a host, every interface
	BasePath     string        `mapstructure:"base_path"`     // "" or "/a/b": a leading slash, no trailing one
	Interval     time.Duration `mapstructure:"interval"`      // between two ticks
	AllowRemote  bool          `mapstructure:"allow_remote"`  // Listen may be other than loopback
	AllowedHosts []string      `mapstructure:"allowed_hosts"` // lower case, no port, no brackets; "*.a.b" is every name below a.b, not a.b
	CORS         CORS          `mapstructure:"cors"`
	Embed        Embed         `mapstructure:"embed"`
	Stream       Stream        `mapstructure:"stream"`
	Budget       Budget        `mapstructure:"budget"`
	Mounts       Mounts        `mapstructure:"mounts"`
	Processes    Processes     `mapstructure:"processes"`
	Log          Log           `mapstructure:"log"`
}

// CORS says whose scripts may read the interfaces.
type CORS struct {
	// Origins are written as browsers send them: lower case, no default port.
	Origins []string `mapstructure:"origins"`
}

// Embed says who may show panels in a frame.
type Embed struct {
	Origins []string `mapstructure:"origins"` // as [CORS.Origins]
}

// Stream is about the event streams.
type Stream struct {
	Heartbeat time.Duration `mapstructure:"heartbeat"` // silence after which a comment is sent
	Ring      int           `mapstructure:"ring"`      // ticks kept for clients that come back
	// PerAddress bounds the streams of one address; 0 is no bound.
	PerAddress int `mapstructure:"per_address"`
}

// Budget is what watching may cost.
type Budget struct {
	CPUPercent float64 `mapstructure:"cpu_percent"` // of one core, for each collector
}

// Mounts chooses the file systems by globs over their mount points.
type Mounts struct {
	Include []string `mapstructure:"include"`
	Exclude []string `mapstructure:"exclude"`
}

// Processes is about what is read of each process.
type Processes struct {
	CommandLine bool `mapstructure:"command_line"` // show the command lines, with what looks like a secret masked
}

// Log is about the program's own messages.
type Log struct {
	Level  string `mapstructure:"level"`  // "debug", "info", "warn" or "error"
	Format string `mapstructure:"format"` // "auto", "text" or "json"
}

// Defaults is the configuration without any source.
func Defaults() Config {
	return Config{
		Listen:   "127.0.0.1:8585",
		Interval: time.Second,
		Stream:   Stream{Heartbeat: 15 * time.Second, Ring: 300, PerAddress: 100},
		Budget:   Budget{CPUPercent: 1},
		Log:      Log{Level: "info", Format: "auto"},
	}
}

// Reload is what a running program can take over from next, the configuration
// of the changed sources. It returns c with the keys that may change while
// running as next has them, the names of those that did (changed), and the
// names of those that differ and stay as c has them until a restart (restart).
func (c Config) Reload(next Config) (merged Config, changed, restart []string) {
	merged = c
	for _, k := range keys(nil) {
		switch {
		case equal(k.value(c), k.value(next)):
		case k.reload == nil:
			restart = append(restart, k.name)
		default:
			k.reload(&merged, next)
			changed = append(changed, k.name)
		}
	}
	return merged, changed, restart
}
