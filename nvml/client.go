package nvml

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// Config is what a [Client] may be told. The zero Config is that of a machine
// with an NVIDIA driver.
type Config struct {
	Program func() ([]byte, error) // the helper; nil for [Embedded]
	Library string                 // path of NVML; "" to search for it
	// Pause is the least time between two starts of the helper; 0 is a minute, and
	// a negative one is none.
	Pause time.Duration
}

// Client asks NVML through a helper that it starts when it is first asked. Its
// methods may be called from any goroutine; samples wait for each other.
type Client struct {
	config   Config
	sampling sync.Mutex // held for a whole sample

	mu      sync.Mutex // held for moments
	closed  bool
	child   *child    // nil when none is to be asked
	dying   *child    // killed, and perhaps not gone
	started time.Time // the last child
	fault   error     // what ended it
}

// NewClient returns a Client and starts nothing.
func NewClient(c Config) *Client {
	if c.Program == nil {
		c.Program = Embedded
	}
	if c.Pause == 0 {
		c.Pause = time.Minute
	}
	return &Client{config: c}
}

var (
	errClosed   = errors.New("closed")
	errUnending = errors.New("the helper cannot be killed: the driver holds it within the kernel")
)

// Sample asks for the GPUs at these PCI addresses ("0000:01:00.0") and returns one
// Device for each, in their order. When ctx ends before the reply, the helper is
// killed. An error says what would mend it, where that is known, and stays until
// the helper may be started again.
func (c *Client) Sample(ctx context.Context, addresses []string) (wire.Reply, error) {
	c.sampling.Lock()
	defer c.sampling.Unlock()
	helper, err := c.helper()
	if err != nil {
		return wire.Reply{}, fmt.Errorf("nvml: %w", err)
	}
	reply, err := helper.ask(ctx, strings.Join(addresses, " ")+"\n")
	if err == nil && reply.Fault != nil {
		err = faultError(*reply.Fault)
	}
	if err == nil && len(reply.Devices) != len(addresses) {
		err = fmt.Errorf("the helper answers for %d devices of %d", len(reply.Devices), len(addresses))
	}
	if err != nil {
		c.discard(helper, err)
		return wire.Reply{}, fmt.Errorf("nvml: %w", err)
	}
	return reply, nil
}

// helper returns the one that runs, or starts one if it is time for that.
func (c *Client) helper() (*child, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, errClosed
	case c.child != nil:
		return c.child, nil
	case c.dying != nil && !c.dying.isGone():
		return nil, errUnending
	case c.fault != nil && time.Since(c.started) < c.config.Pause:
		return nil, c.fault
	}
	c.started, c.dying = time.Now(), nil
	program, err := c.config.Program()
	if err == nil {
		var arguments []string
		if c.config.Library != "" {
			arguments = []string{c.config.Library}
		}
		c.child, err = start(program, arguments)
	}
	c.fault = err
	return c.child, err
}

// discard kills a helper that gave no reply. What the driver holds within the
// kernel does not end by that.
func (c *Client) discard(helper *child, why error) {
	helper.kill()
	helper.goneWithin(endPatience)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = why
	if c.child == helper {
		c.child, c.dying = nil, helper
	}
}

// Rest ends the helper, so that no program has a GPU open, which may keep it from
// sleeping. The next sample starts one.
func (c *Client) Rest() {
	c.sampling.Lock()
	defer c.sampling.Unlock()
	c.mu.Lock()
	helper := c.child
	if helper == nil {
		c.mu.Unlock()
		return
	}
	c.child, c.dying = nil, helper
	c.mu.Unlock()
	helper.release()
	if !helper.goneWithin(endPatience) {
		helper.kill()
	}
}

// Close ends the helper, and a sample that waits for it. Its error says that the
// helper is still there after all.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.child != nil {
		c.child.kill()
		c.child, c.dying = nil, c.child
	}
	if c.dying != nil && !c.dying.goneWithin(endPatience) {
		return fmt.Errorf("nvml: %w", errUnending)
	}
	return nil
}

// faultError says what would mend a fault of NVML.
func faultError(f wire.Fault) error {
	switch {
	case f.Library != "" && strings.Contains(f.Library, "No such file"):
		return fmt.Errorf("%s: install the NVML library of the driver's version (Debian: libnvidia-ml1; Ubuntu: libnvidia-compute-VERSION; Fedora: nvidia-driver-cuda-libs; Arch: nvidia-utils)", f.Library)
	case f.Library != "" && isForbidden(f.Library):
		return fmt.Errorf("%s: the service may not execute it: install tacho-nvidia.conf", f.Library)
	case f.Library != "":
		return errors.New(f.Library)
	case f.Return == wire.LibRMVersionMismatch:
		return fmt.Errorf("%w: the driver was updated while it ran: restart the machine, or unload and load its modules", f.Return)
	case f.Return == wire.DriverNotLoaded, f.Return == wire.NoPermission:
		return fmt.Errorf("%w: for a service of systemd, install tacho-nvidia.conf; for a container, give it the GPU", f.Return)
	}
	return f.Return
}

// isForbidden recognises what the dynamic loader says of a library on a mount
// without execution.
func isForbidden(text string) bool {
	return strings.Contains(text, "failed to map segment") || strings.Contains(text, "not permitted") || strings.Contains(text, "ermission denied")
}
