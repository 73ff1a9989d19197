package collector

import (
	"slices"
	"time"
)

// sensorDevice is what the fence is asked for: it has one call out at most.
type sensorDevice struct {
	key   string // path and inode, so that what is plugged in again is another one
	path  string // below /sys/devices
	read  func(time.Time) (deviceReading, error)
	blank deviceReading // what is known of it before the first reading
	last  deviceReading
	power []Value // of the energy inputs, one an input
	due   time.Time
	alone string // why it was left alone the last time; "" when it was not
	stuck time.Time
	err   error
}

// deviceReading is what one call gave. It is immutable. Either inputs and values
// are set, as long as each other, or one of the others.
type deviceReading struct {
	at      time.Time // zero when there was none yet
	pause   time.Duration
	alone   string   // why the device was not read; "" when it was
	inputs  []Sensor // without values
	values  []inputReading
	battery *Battery
	source  *PowerSource
}

type inputReading struct {
	value Value
	err   string // where the status does not tell
}

// take keeps what a call gave, or that it has not returned.
func (d *sensorDevice) take(o outcome[deviceReading]) {
	d.stuck, d.err = o.stuck, o.err
	switch {
	case o.isStuck() || o.err != nil:
	case o.value.alone != "":
		d.alone, d.due = o.value.alone, o.value.due()
	default:
		d.power = powerBetween(d.last, o.value)
		d.alone, d.last, d.due = "", o.value, o.value.due()
	}
}

// tickJitter is how much a tick may come before its time, or a reading after the
// tick that it is of.
const tickJitter = 250 * time.Millisecond

// due is when the next reading is to be. The tick for which it is time, and not the
// one after that, has it.
func (r deviceReading) due() time.Time { return r.at.Add(r.pause - min(r.pause/10, tickJitter)) }

// isStale reports whether the last reading is too old to be shown as one. Of a
// device that always is slow, the call that is out is no news.
func (d *sensorDevice) isStale(now time.Time) bool {
	return !d.stuck.IsZero() && (d.last.at.IsZero() || now.Sub(d.last.at) > 2*d.last.pause)
}

// trouble says what is wrong with a device as a whole.
func (d *sensorDevice) trouble(now time.Time) (Status, string) {
	switch {
	case d.alone != "":
		return Stale, d.alone
	case d.isStale(now):
		return Stale, "no answer for " + age(now.Sub(d.stuck))
	case d.err != nil:
		return statusOf(d.err), d.err.Error()
	}
	return OK, ""
}

// addTo adds what the device has to the lists that it belongs in.
func (d *sensorDevice) addTo(s *Sensors, now time.Time) {
	reading := d.last
	if reading.at.IsZero() {
		reading = d.blank
	}
	since := Missing(Unsupported)
	if !reading.at.IsZero() {
		since = Of(max(0, now.Sub(reading.at).Seconds()))
	}
	status, why := d.trouble(now)
	switch {
	case reading.battery != nil:
		b := *reading.battery
		if b.Age = since; status != OK {
			b.miss(status, why)
		}
		s.Batteries = append(s.Batteries, b)
	case reading.source != nil:
		p := *reading.source
		if p.Age = since; status != OK {
			p.Status, p.Error, p.Online = status, why, Missing(status)
		}
		s.Supplies = append(s.Supplies, p)
	}
	for i, input := range reading.inputs {
		input.Device, input.Age = d.path, since
		if i < len(reading.values) {
			input.Last = reading.values[i].value
			input.set(reading.values[i])
		}
		if status != OK {
			input.set(inputReading{Missing(status), why})
		}
		s.add(input, d.powerOf(i, status))
	}
}

func (s *Sensor) set(r inputReading) {
	s.Value, s.Status, s.Error = r.value, r.value.Status(), r.err
}

func (d *sensorDevice) powerOf(input int, status Status) Value {
	switch {
	case status != OK:
		return Missing(status)
	case input < len(d.power):
		return d.power[input]
	}
	return Missing(NoBaseline)
}

// powerBetween is the power of those inputs of a chip that count energy; nil
// where none does.
func powerBetween(before, now deviceReading) []Value {
	if !slices.ContainsFunc(now.inputs, func(s Sensor) bool { return s.Kind == energySensor }) {
		return nil
	}
	power := make([]Value, len(now.inputs))
	for i, input := range now.inputs {
		power[i] = Missing(NoBaseline)
		if input.Kind != energySensor || i >= len(before.inputs) || before.inputs[i].Input != input.Input {
			continue
		}
		from, had := before.values[i].value.Get()
		to, has := now.values[i].value.Get()
		switch {
		case !has:
			power[i] = now.values[i].value
		case had:
			power[i] = perSecond(from, to, now.at.Sub(before.at))
		}
	}
	return power
}
