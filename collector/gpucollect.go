package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/nvml"
)

// NewGPUs returns the collector of GPUs. Source: /sys/class/drm, where AMD's and
// Intel's drivers tell numbers, and package nvml for NVIDIA's, whose helper is
// started when there is a GPU that NVIDIA's driver has. It ends with this process.
// It wraps [ErrUnsupported] where there is no GPU of these makers.
//
// A GPU that the kernel has suspended is not asked, because that would wake it.
// One that does nothing, and may be suspended, is left alone at times for that;
// with a collector of sensors beside it, use [NewSensorsAndGPUs].
func NewGPUs() Collector[GPUs] { return newGPUs(newNVMLClient(), new(deviceRests)) }

func newNVMLClient() *nvml.Client { return nvml.NewClient(nvml.Config{}) }

func newGPUs(client *nvml.Client, rests *deviceRests) Collector[GPUs] {
	c := &gpuCollector{client: client, rests: rests, last: make(map[string]GPU)}
	c.fence.subject = "gpu"
	return c.collect
}

// gpuInterval is how often the machine is asked for the GPUs it has, and a GPU
// for what seldom changes, as its limits.
const gpuInterval = 10 * time.Second

// gpuReader reads GPUs of one driver, in a call that may hang.
type gpuReader interface {
	gpus() []GPU // with what is known without asking the driver
	read() ([]GPU, error)
}

type gpuCollector struct {
	client  *nvml.Client
	rests   *deviceRests
	looked  time.Time            // when the readers were looked for
	readers map[string]gpuReader // replaced whole: calls that hang read the one of before
	keys    []string
	fence   fence[string, []GPU]
	last    map[string]GPU // by PCI address: what each last said
	first   bool
}

func (c *gpuCollector) collect(ctx context.Context) (GPUs, error) {
	if now := time.Now(); c.looked.IsZero() || now.Sub(c.looked) >= gpuInterval {
		c.first = c.looked.IsZero()
		if err := c.look(ctx); err != nil {
			return GPUs{}, fmt.Errorf("gpu: %w", err)
		}
		c.looked = now
	}
	if len(c.keys) == 0 {
		return GPUs{}, fmt.Errorf("gpu: %w", ErrUnsupported)
	}
	readers := c.readers
	outcomes := c.fence.gather(ctx, c.keys, func(key string) ([]GPU, error) { return readers[key].read() })
	all := make([]GPU, 0, len(c.last))
	for i, outcome := range outcomes {
		all = c.take(all, readers[c.keys[i]], outcome)
	}
	c.order(all)
	if c.first && slices.ContainsFunc(all, lacksBaseline) {
		c.first = false
		return GPUs{all}, fmt.Errorf("gpu: %w", ErrNoBaseline)
	}
	c.first = false
	return GPUs{all}, nil
}

// take appends the GPUs of a reader, if need be without numbers.
func (c *gpuCollector) take(all []GPU, r gpuReader, o outcome[[]GPU]) []GPU {
	if !o.isStuck() && o.err == nil {
		return append(all, o.value...)
	}
	why, state, text := Stale, "stale", ""
	if o.isStuck() {
		text = fmt.Sprintf("no answer for %s", time.Since(o.stuck).Round(100*time.Millisecond))
	} else {
		why, state = gpuFault(o.err)
		text = o.err.Error()
	}
	for _, g := range r.gpus() {
		if known, ok := c.last[g.Device]; ok && known.Driver == g.Driver {
			g = known
		}
		all = append(all, g.without(why, state, text))
	}
	return all
}

// order numbers the GPUs, and remembers them.
func (c *gpuCollector) order(all []GPU) {
	slices.SortFunc(all, func(a, b GPU) int { return strings.Compare(a.Device, b.Device) })
	clear(c.last)
	for i := range all {
		all[i].Index = i
		c.last[all[i].Device] = all[i]
	}
}

func lacksBaseline(g GPU) bool {
	return slices.ContainsFunc(g.values(), func(v *Value) bool { return v.Status() == NoBaseline })
}

// gpuFault is what an error says of all numbers of a GPU.
func gpuFault(err error) (why Status, state string) {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, nvmlDenied) {
		return Denied, "denied"
	}
	return Failed, "error"
}

// look finds the readers of this machine, and keeps those that it has already.
func (c *gpuCollector) look(ctx context.Context) error {
	cards, err := findCards(ctx, c.rests)
	if err != nil {
		return err
	}
	nvidia, err := findNVIDIA(ctx)
	if err != nil {
		return err
	}
	readers := make(map[string]gpuReader, len(cards)+1)
	for _, found := range cards {
		readers[found.identity.Device] = found
	}
	if len(nvidia) > 0 {
		readers[nvidiaDriver] = &nvidiaGPUs{client: c.client, devices: nvidia}
	}
	for key, found := range readers {
		if known, ok := c.readers[key]; ok && sameGPUs(known.gpus(), found.gpus()) {
			readers[key] = known
		}
	}
	c.readers = readers
	c.keys = c.keys[:0]
	for key := range readers {
		c.keys = append(c.keys, key)
	}
	return nil
}

func sameGPUs(a, b []GPU) bool {
	return slices.EqualFunc(a, b, func(a, b GPU) bool {
		return a.Device == b.Device && a.Driver == b.Driver && a.Node == b.Node
	})
}
