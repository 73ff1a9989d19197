package nvml

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/nvml/nvmltest"
	"github.com/tacho-monitor/tacho/nvml/wire"
)

// clientOf returns a client of the stand-in for the library, which may start its
// helper at any time.
func clientOf(t *testing.T, library string) *Client {
	t.Helper()
	c := NewClient(Config{Program: nvmltest.Program, Library: library, Pause: -1})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func sample(t *testing.T, c *Client, addresses ...string) []wire.Device {
	t.Helper()
	reply, err := c.Sample(t.Context(), addresses)
	if err != nil {
		t.Fatal(err)
	}
	return reply.Devices
}

func TestEveryNumberArrives(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	reply, err := c.Sample(t.Context(), []string{nvmltest.H200})
	if err != nil {
		t.Fatal(err)
	}
	d := reply.Devices[0]
	if reply.Driver != "550.54.15" || d.PCI != nvmltest.H200 || d.Name != "NVIDIA H200" || d.UUID != "GPU-6f3c1f0e-5a0b-4f6a-9a54-0123456789ab" {
		t.Errorf("driver %q, device %+v", reply.Driver, d)
	}
	for q, want := range map[wire.Quantity]uint64{
		wire.Minor: 0, wire.Usage: 97, wire.MemoryController: 41, wire.Encoder: 12, wire.Decoder: 34,
		wire.MemoryTotal: 150754820096, wire.MemoryUsed: 141733920768,
		wire.Power: 612345, wire.PowerLimit: 700000, wire.Energy: 8123456789012345,
		wire.Temperature: 61, wire.MemoryTemperature: 73, wire.SlowdownTemperature: 87, wire.ShutdownTemperature: 92,
		wire.GraphicsClock: 1830, wire.GraphicsClockMax: 1980, wire.MemoryClock: 3201, wire.MemoryClockMax: 3202,
		wire.PerformanceState: 0, wire.ThrottleReasons: 1<<40 | 0x24, wire.MIG: 0, wire.PCIeReceived: 1 << 45,
	} {
		if d.Numbers[q] != (wire.Number{N: want}) {
			t.Errorf("quantity %d is %+v, want %d", q, d.Numbers[q], want)
		}
	}
	for _, q := range []wire.Quantity{wire.Fan, wire.PCIeSent} {
		if d.Numbers[q].Return != wire.NotSupported {
			t.Errorf("quantity %d is %+v", q, d.Numbers[q])
		}
	}
	want := []wire.Process{{PID: 4711, Memory: wire.Number{N: 70866960384}}, {PID: 4712, Memory: wire.Number{N: 70866960384}}}
	if fmt.Sprint(d.Processes) != fmt.Sprint(want) || d.ProcessesReturn != wire.Success {
		t.Errorf("processes are %v (%v)", d.Processes, d.ProcessesReturn)
	}
}

func TestWhatIsMissingSaysWhy(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	devices := sample(t, c, nvmltest.GeForce, nvmltest.Lost, nvmltest.Unknown)
	d := devices[0]
	for q, want := range map[wire.Quantity]wire.Number{
		wire.Usage:        {Return: wire.NotSupported},
		wire.PowerLimit:   {Return: wire.NoPermission},
		wire.PCIeReceived: {Return: wire.NotSupported},
		wire.MemoryTotal:  {N: 2147483648},
		wire.MemoryUsed:   {N: 536870912},
		wire.Fan:          {N: 103},
	} {
		if got := d.Numbers[q]; got.Return != want.Return || want.Return == wire.Success && got.N != want.N {
			t.Errorf("quantity %d is %+v, want %+v", q, got, want)
		}
	}
	if len(d.Processes) != 1+nvmltest.GeForceProcesses || d.Processes[0].Graphics || d.Processes[0].Memory.Return != wire.NotSupported {
		t.Errorf("%d processes, first %+v", len(d.Processes), d.Processes[0])
	}
	if last := d.Processes[len(d.Processes)-1]; last != (wire.Process{PID: 1099, Graphics: true, Memory: wire.Number{N: 1 << 20}}) {
		t.Errorf("last process is %+v", last)
	}
	if devices[1].Return != wire.GPUIsLost || devices[2].Return != wire.NotFound {
		t.Errorf("lost: %v, unknown: %v", devices[1].Return, devices[2].Return)
	}
}

func TestOldDriver(t *testing.T) {
	d := sample(t, clientOf(t, nvmltest.Library(t, "OLD")), nvmltest.H200)[0]
	if d.Numbers[wire.MemoryUsed] != (wire.Number{N: 536870912}) || len(d.Processes) != 2 || d.Processes[1].PID != 4712 {
		t.Errorf("memory %+v, processes %+v", d.Numbers[wire.MemoryUsed], d.Processes)
	}
	for _, q := range []wire.Quantity{wire.MIG, wire.MemoryTemperature, wire.PCIeSent} {
		if d.Numbers[q].Return != wire.FunctionNotFound {
			t.Errorf("quantity %d is %+v", q, d.Numbers[q])
		}
	}
}

// TestOneHelperLasts: nothing is started to sample again.
func TestOneHelperLasts(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	sample(t, c, nvmltest.H200)
	first := c.child
	sample(t, c, nvmltest.H200, nvmltest.GeForce)
	if c.child != first {
		t.Error("the second sample has another helper")
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", first.cmd.Process.Pid))
	if err != nil || len(environment) > 0 {
		t.Errorf("its environment is %q (%v)", environment, err)
	}
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", first.cmd.Process.Pid)); err != nil || string(name) != "tacho-nvml\n" {
		t.Errorf("its name is %q (%v)", name, err)
	}
}

func TestHelperKeepsNoDescriptorOfOthers(t *testing.T) {
	var leaked [2]int
	if err := unix.Pipe(leaked[:]); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leaked[0])
	c := clientOf(t, nvmltest.Library(t))
	sample(t, c, nvmltest.H200)
	unix.Close(leaked[1])
	if n, err := unix.Read(leaked[0], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("read %d bytes (%v)", n, err)
	}
}

// endOf waits until a helper has ended, which it must do by itself.
func endOf(t *testing.T, helper *child) {
	t.Helper()
	select {
	case <-helper.gone:
	case <-t.Context().Done():
		t.Fatal("the helper lives on")
	}
}

func TestHelperEndsWithItsInput(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	sample(t, c, nvmltest.H200)
	helper := c.child
	helper.in.Close()
	endOf(t, helper)
	if helper.ended != nil {
		t.Errorf("it ended with %v: %s", helper.ended, helper.errors.firstLine())
	}
}

func TestHangingDriverIsKilledAndAskedAgain(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	sample(t, c, nvmltest.H200)
	helper := c.child
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Sample(short, []string{nvmltest.Hanging}); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "nvml: no answer for ") {
		t.Errorf("error is %v", err)
	}
	endOf(t, helper)
	if d := sample(t, c, nvmltest.H200); d[0].Numbers[wire.Usage].N != 97 {
		t.Errorf("then it says %+v", d[0])
	}
}

func TestCrashOfTheLibraryIsAnError(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	_, err := c.Sample(t.Context(), []string{nvmltest.Crashing})
	if err == nil || !strings.HasPrefix(err.Error(), "nvml: helper ended: ") || !strings.Contains(err.Error(), "SIGSEGV") {
		t.Errorf("error is %v", err)
	}
	sample(t, c, nvmltest.H200)
}

// TestPause: what failed is not started again before its time, and says why.
func TestPause(t *testing.T) {
	starts := 0
	c := NewClient(Config{Library: nvmltest.Library(t), Pause: time.Hour, Program: func() ([]byte, error) {
		starts++
		return nvmltest.Program()
	}})
	defer c.Close()
	_, first := c.Sample(t.Context(), []string{nvmltest.Crashing})
	_, second := c.Sample(t.Context(), []string{nvmltest.H200})
	if first == nil || second == nil || first.Error() != second.Error() || starts != 1 {
		t.Errorf("%d starts; first %v, then %v", starts, first, second)
	}
}

// TestRest: it is no fault, after which a pause would be, and mends none.
func TestRest(t *testing.T) {
	c := NewClient(Config{Program: nvmltest.Program, Library: nvmltest.Library(t), Pause: time.Hour})
	defer c.Close()
	c.Rest()
	sample(t, c, nvmltest.H200)
	helper := c.child
	c.Rest()
	endOf(t, helper)
	sample(t, c, nvmltest.H200)
	if _, err := c.Sample(t.Context(), []string{nvmltest.Crashing}); err == nil {
		t.Error("a crash is no error")
	}
	c.Rest()
	if _, err := c.Sample(t.Context(), []string{nvmltest.H200}); err == nil {
		t.Error("a rest shortens the pause")
	}
}

func TestCloseEndsASampleThatHangs(t *testing.T) {
	c := clientOf(t, nvmltest.Library(t))
	sample(t, c, nvmltest.H200)
	result := make(chan error)
	go func() {
		_, err := c.Sample(context.Background(), []string{nvmltest.Hanging})
		result <- err
	}()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-result; err == nil {
		t.Error("the sample has no error")
	}
	if _, err := c.Sample(t.Context(), nil); !errors.Is(err, errClosed) {
		t.Errorf("then it says %v", err)
	}
}

func TestFaultsSayWhatMendsThem(t *testing.T) {
	mismatch, notLoaded := nvmltest.Library(t, "INIT_RETURNS=18"), nvmltest.Library(t, "INIT_RETURNS=9")
	noELF := t.TempDir() + "/libnvidia-ml.so.1"
	if err := os.WriteFile(noELF, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		library string
		program func() ([]byte, error)
		want    string
	}{
		"missing":    {"/nowhere/libnvidia-ml.so.1", nvmltest.Program, "install the NVML library"},
		"mismatch":   {mismatch, nvmltest.Program, "restart the machine"},
		"not loaded": {notLoaded, nvmltest.Program, "tacho-nvidia.conf"},
		"no library": {noELF, nvmltest.Program, "file too short"},
		"no program": {mismatch, func() ([]byte, error) { return []byte("text"), nil }, "exec format error"},
		"not built":  {mismatch, func() ([]byte, error) { return nil, errNotBuilt }, "make build"},
	} {
		c := NewClient(Config{Program: test.program, Library: test.library, Pause: -1})
		_, err := c.Sample(t.Context(), []string{nvmltest.H200})
		if err == nil || !strings.HasPrefix(err.Error(), "nvml: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
	}
}

// TestEmbedded: a binary has the helper, or says how to get it.
func TestEmbedded(t *testing.T) {
	program, err := Embedded()
	if errors.Is(err, errNotBuilt) {
		return
	}
	if err != nil || !strings.HasPrefix(string(program), "\x7fELF") {
		t.Errorf("%d bytes (%v)", len(program), err)
	}
}
