package config

// Key describes one setting for the tests that hold the manual against the table.
type Key struct {
	Name     string // "stream.heartbeat"
	Flag     string // "--stream-heartbeat"
	Variable string // "TACHO_STREAM_HEARTBEAT"
	Default  string // as [Row.Value] shows it
	Allowed  string
	Help     string
	Live     bool // may change while running
}

// Keys lists every setting in the order of the file.
func Keys() []Key {
	var all []Key
	for _, k := range keys(nil) {
		all = append(all, Key{
			Name:     k.name,
			Flag:     "--" + k.flag(),
			Variable: k.variable(),
			Default:  k.shown(k.value(Defaults())),
			Allowed:  k.rule.allowed,
			Help:     k.help,
			Live:     k.reload != nil,
		})
	}
	return all
}
