package collector

import (
	"sync"
	"time"
)

// deviceRests are the rests of devices that more than one collector asks: what one
// leaves alone, so that it may fall asleep, the other has to leave alone as well.
// Calls that outlive their readings use it, so its methods may overlap.
type deviceRests struct {
	mu    sync.Mutex
	until map[string]time.Time // by the path of the device, resolved
}

// NewSensorsAndGPUs returns the collectors of [NewSensors] and [NewGPUs] for one
// machine: the sensors of a graphics processor rest when it does, for each reading
// of them keeps it awake.
func NewSensorsAndGPUs() (Collector[Sensors], Collector[GPUs]) {
	rests := new(deviceRests)
	return newSensors(rests), newGPUs(newNVMLClient(), rests)
}

// set has a device rest until then; a time that is past ends its rest.
func (r *deviceRests) set(device string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if until.IsZero() {
		delete(r.until, device)
		return
	}
	if r.until == nil {
		r.until = make(map[string]time.Time)
	}
	r.until[device] = until
}

func (r *deviceRests) isOn(device string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until[device])
}
