package metrics

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/stream"
)

// Gatherer shows the newest snapshot and tacho itself. It makes the families
// without a registry, whose descriptors, channels and checks of each series cost
// several times what the numbers do; what the registry would check holds by
// construction.
type Gatherer struct {
	Snapshot func() *collector.Snapshot // the newest; nil before the first
	Streams  func() []Streams
	Version  string
}

// Streams are those of one kind. Each kind has a name of its own.
type Streams struct {
	Name string // the label of their series
	stream.Stats
}

var _ prometheus.Gatherer = Gatherer{}

// sections are what writes the parts of a snapshot. Each leaves out what its
// section lacks.
var sections = []struct {
	name  string
	write func(exposition, *collector.Snapshot)
}{
	{"status", addStatus},
	{"host", addHost},
	{"cpu", addCPU},
	{"load", addLoad},
	{"memory", addMemory},
	{"mounts", addMounts},
	{"disks", addDisks},
	{"network", addNetwork},
	{"processes", addProcesses},
	{"pressure", addPressure},
	{"kernel", addKernel},
	{"sockets", addSockets},
	{"connections", addConnections},
	{"sensors", addSensors},
	{"raid", addRAID},
	{"zfs", addZFS},
	{"cgroups", addCgroups},
	{"gpus", addGPUs},
	{"clock", addClock},
	{"self", addSelf},
}

// Gather returns the families by name, valid as they are in every format. A
// section that cannot be written costs its own families, and is the error.
func (g Gatherer) Gather() ([]*dto.MetricFamily, error) {
	e := make(exposition, 512)
	e.add(buildInfo, 1, g.Version)
	if g.Streams != nil {
		for _, streams := range g.Streams() {
			addStreams(e, streams)
		}
	}
	var faults []error
	if s := g.Snapshot(); s != nil {
		for _, section := range sections {
			faults = append(faults, attempt(section.name, func() { section.write(e, s) }))
		}
	}
	return e.families(), errors.Join(faults...)
}

// attempt turns a panic into an error.
func attempt(subject string, do func()) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("metrics of %s: panic: %v", subject, fault)
		}
	}()
	do()
	return nil
}
