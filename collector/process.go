package collector

import (
	"context"
	"fmt"
)

// Processes are the tasks of this machine.
type Processes struct{}

// NewProcesses returns the collector of Processes.
func NewProcesses(commandLine bool) Collector[Processes] {
	return func(context.Context) (Processes, error) {
		return Processes{}, fmt.Errorf("process: %w", ErrUnsupported)
	}
}
