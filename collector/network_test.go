package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/common"
	gopsutil "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/unix"
)

func readInterfaces(t *testing.T, collect Collector[[]Interface], ctx context.Context) map[string]Interface {
	t.Helper()
	ctx, cancel := patient(ctx)
	defer cancel()
	interfaces, err := collect(ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	byName := make(map[string]Interface)
	for _, i := range interfaces {
		byName[i.Name] = i
	}
	return byName
}

// patient is for a machine so busy that reading a file takes long.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}

func TestInterfacesAreDescribed(t *testing.T) {
	ctx, _ := fixture(t, "network")
	ctx, cancel := patient(ctx)
	defer cancel()
	interfaces, err := NewNetwork()(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "network: ") {
		t.Fatalf("first reading: %v", err)
	}
	described := interfaces[0].Class
	for i := range interfaces {
		interfaces[i].Class = nil
		interfaces[i].Receive, interfaces[i].Transmit = Traffic{}, Traffic{}
		if i := interfaces[i]; i.StateStatus != OK || !i.New {
			t.Errorf("%s: status of the state is %v, new %v", i.Name, i.StateStatus, i.New)
		}
		interfaces[i].StateStatus, interfaces[i].New = Unsupported, false
	}
	want := []Interface{
		{
			Name: "eth2", Kind: KindPhysical, State: "up", Speed: Of(10e9), MTU: Of(9000), Address: "02:00:00:00:00:02",
			Index: Of(3), Alias: "uplink to rack 7", Duplex: "full", Carrier: Of(1), CarrierChanges: Of(5),
		},
		{Name: "eth10", Kind: KindPhysical, State: "down", MTU: Of(1500), Address: "02:00:00:00:00:10"},
		{Name: "wlan0", Kind: KindPhysical, State: "dormant", MTU: Of(1500), Address: "02:00:00:00:00:aa"},
		{Name: "docker0", Kind: KindVirtual, State: "lowerlayerdown", MTU: Of(1500), Address: "02:42:00:00:00:01"},
		{Name: "lo", Kind: KindLoopback, State: "unknown", MTU: Of(65536), Address: "00:00:00:00:00:00"},
	}
	if !reflect.DeepEqual(interfaces, want) {
		t.Errorf("got  %+v\nwant %+v", interfaces, want)
	}
	class := InterfaceClass{
		Broadcast: "ff:ff:ff:ff:ff:ff", Flags: Of(0x1003), Link: Of(3), Type: Of(1), TransmitQueue: Of(1000), AddressAssignType: Of(0),
		NameAssignType: Of(4), CarrierUps: Of(3), CarrierDowns: Of(2), DeviceID: Of(1), DevicePort: Of(1), Dormant: Of(0),
		Group: Of(0), LinkMode: Of(0), ProtocolDown: Of(0),
	}
	if described == nil || *described != class {
		t.Errorf("class %+v", described)
	}
}

func TestAllColumnsOfAnInterface(t *testing.T) {
	ctx, dir := fixture(t, "network")
	rewrite(t, filepath.Join(dir, "proc/net/dev"), "1000000 1000 2 3 0 0 0 0 2000000 2000 4 5 0 0 0 0", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16")
	i := readInterfaces(t, NewNetwork(), ctx)["eth2"]
	for name, pair := range map[string][2]uint64{
		"received bytes": {i.Receive.BytesTotal, 1}, "received packets": {i.Receive.PacketsTotal, 2}, "receive errors": {i.Receive.ErrorsTotal, 3},
		"receive drops": {i.Receive.DropsTotal, 4}, "receive fifo": {i.Receive.FIFOTotal, 5}, "frame": {i.FrameErrorsTotal, 6},
		"received compressed": {i.Receive.CompressedTotal, 7}, "multicast": {i.MulticastTotal, 8},
		"sent bytes": {i.Transmit.BytesTotal, 9}, "sent packets": {i.Transmit.PacketsTotal, 10}, "transmit errors": {i.Transmit.ErrorsTotal, 11},
		"transmit drops": {i.Transmit.DropsTotal, 12}, "transmit fifo": {i.Transmit.FIFOTotal, 13}, "collisions": {i.CollisionsTotal, 14},
		"carrier": {i.CarrierErrorsTotal, 15}, "sent compressed": {i.Transmit.CompressedTotal, 16},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %d, want %d", name, pair[0], pair[1])
		}
	}
}

func TestNetworkRates(t *testing.T) {
	ctx, dir := fixture(t, "network")
	dev := filepath.Join(dir, "proc/net/dev")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		first := readInterfaces(t, collect, ctx)["eth2"]
		wantMissing(t, "first rate", first.Receive.Bytes, NoBaseline)
		time.Sleep(2 * time.Second)
		rewrite(t, dev, "eth2: 1000000 1000 2 3 0 0 0 0 2000000 2000 4 5", "eth2:1004000 1020 4 7 0 0 0 0 1999999 2002 4 6")
		interfaces, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		eth2 := interfaces[0]
		wantNumber(t, "received bytes", eth2.Receive.Bytes, 2000)
		wantNumber(t, "received of what the link can", eth2.Receive.Utilisation, 100*2000*8/10e9)
		wantMissing(t, "sent of what the link can", eth2.Transmit.Utilisation, NoBaseline)
		wantMissing(t, "received of an unknown speed", interfaces[3].Receive.Utilisation, Unsupported)
		wantNumber(t, "received packets", eth2.Receive.Packets, 10)
		wantNumber(t, "receive errors", eth2.Receive.Errors, 1)
		wantNumber(t, "receive drops", eth2.Receive.Drops, 2)
		wantMissing(t, "sent bytes, which went backwards", eth2.Transmit.Bytes, NoBaseline)
		wantNumber(t, "sent packets", eth2.Transmit.Packets, 1)
		wantNumber(t, "transmit errors", eth2.Transmit.Errors, 0)
		wantNumber(t, "transmit drops", eth2.Transmit.Drops, 0.5)
		if r := eth2.Receive; r.BytesTotal != 1004000 || r.PacketsTotal != 1020 || r.ErrorsTotal != 4 || r.DropsTotal != 7 {
			t.Errorf("received totals %+v", r)
		}
		received, sent := NetworkTotals(interfaces)
		wantNumber(t, "total received", received, 2000)
		wantMissing(t, "total sent, which would dip", sent, NoBaseline)
		time.Sleep(time.Second)
		wantNumber(t, "sent bytes a tick later", readInterfaces(t, collect, ctx)["eth2"].Transmit.Bytes, 0)
	})
}

func TestInterfacesComeAndGo(t *testing.T) {
	ctx, dir := fixture(t, "network")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		readInterfaces(t, collect, ctx)
		time.Sleep(time.Second)
		rewrite(t, filepath.Join(dir, "proc/net/dev"), "docker0:", "veth7:")
		interfaces := readInterfaces(t, collect, ctx)
		if _, there := interfaces["docker0"]; there {
			t.Error("an interface that was removed is still there")
		}
		veth := interfaces["veth7"]
		wantMissing(t, "rate of the interface that came", veth.Receive.Bytes, NoBaseline)
		wantMissing(t, "speed of one without sysfs", veth.Speed, Unsupported)
		if veth.Kind != "" || veth.State != "" || veth.StateStatus != Unsupported {
			t.Errorf("without sysfs: %+v", veth)
		}
		wantNumber(t, "rate of another", interfaces["eth2"].Receive.Bytes, 0)
		// One that comes back is another, with facts of its own.
		writeFile(t, filepath.Join(dir, "sys/class/net/docker0/mtu"), "1280\n")
		rewrite(t, filepath.Join(dir, "proc/net/dev"), "veth7:", "docker0:")
		docker0 := readInterfaces(t, collect, ctx)["docker0"]
		wantNumber(t, "mtu of the interface that came back", docker0.MTU, 1280)
		wantMissing(t, "rate of the interface that came back", docker0.Receive.Bytes, NoBaseline)
	})
}

func TestLinkStateIsReadEachTickAndSpeedMoreRarely(t *testing.T) {
	ctx, dir := fixture(t, "network")
	eth2 := filepath.Join(dir, "sys/class/net/eth2")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		readInterfaces(t, collect, ctx)
		writeFile(t, filepath.Join(eth2, "operstate"), "down\n")
		writeFile(t, filepath.Join(eth2, "speed"), "-1\n")
		writeFile(t, filepath.Join(eth2, "mtu"), "garbage\n")
		time.Sleep(time.Second)
		if state := readInterfaces(t, collect, ctx)["eth2"].State; state != "down" {
			t.Errorf("state %q", state)
		}
		time.Sleep(interfaceMemory)
		got := readInterfaces(t, collect, ctx)["eth2"]
		wantMissing(t, "speed", got.Speed, Unsupported)
		wantMissing(t, "mtu", got.MTU, Failed)
	})
}

func TestDriverThatDoesNotAnswerMakesItsSpeedStale(t *testing.T) {
	ctx, dir := fixture(t, "network")
	// A pipe that nobody writes to keeps its reader in the kernel, as a driver may.
	speed := filepath.Join(dir, "sys/class/net/eth2/speed")
	if err := errors.Join(os.Remove(speed), unix.Mkfifo(speed, 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pipe, err := os.OpenFile(speed, os.O_WRONLY, 0); err != nil || pipe.Close() != nil {
			t.Error(err)
		}
	})
	interfaces, err := NewNetwork()(ctx)
	if !errors.Is(err, ErrNoBaseline) || len(interfaces) != 5 {
		t.Fatalf("%d interfaces, %v", len(interfaces), err)
	}
	eth2 := interfaces[0]
	wantMissing(t, "speed", eth2.Speed, Stale)
	wantMissing(t, "carrier", eth2.Carrier, Stale)
	wantMissing(t, "received of what the link can", eth2.Receive.Utilisation, Stale)
	wantNumber(t, "mtu", eth2.MTU, 9000)
}

func TestDriverThatPanicsMakesItsSpeedFail(t *testing.T) {
	var f fence[string, linkFacts]
	outcomes := f.gather(t.Context(), []string{"eth0"}, func(string) (linkFacts, error) { panic("boom") })
	wantMissing(t, "speed", linkOf(outcomes[0], linkFacts{}).speed, Failed)
	wantMissing(t, "carrier", linkOf(outcomes[0], linkFacts{}).carrier, Failed)
}

func TestNetworkTotalsWithoutHardware(t *testing.T) {
	traffic := func(n float64) Traffic { return Traffic{Bytes: Of(n)} }
	lo := Interface{Kind: KindLoopback, Receive: traffic(1), Transmit: traffic(1)}
	veth := Interface{Kind: KindVirtual, Receive: traffic(10), Transmit: traffic(20)}
	unknown := Interface{Receive: traffic(100), Transmit: traffic(200)}
	card := Interface{Kind: KindPhysical, Receive: traffic(1000), Transmit: Traffic{Bytes: Missing(NoBaseline)}}
	received, sent := NetworkTotals([]Interface{veth, unknown, lo})
	wantNumber(t, "received in a container", received, 110)
	wantNumber(t, "sent in a container", sent, 220)
	received, sent = NetworkTotals([]Interface{card, veth, unknown, lo})
	wantNumber(t, "received with hardware", received, 1000)
	wantMissing(t, "sent with hardware", sent, NoBaseline)
	received, _ = NetworkTotals([]Interface{lo})
	wantMissing(t, "received with loopback alone", received, Unsupported)
}

// newName knows no interface yet.
func newName(name []byte) string { return string(name) }

func TestParseNetdevNames(t *testing.T) {
	const header = "Inter-|\n face |\n"
	const numbers = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
	for line, want := range map[string]string{
		"  eth0: ":      "eth0",
		"eth0:":         "eth0",
		"eth0:1: ":      "eth0:1",
		"<b>\xff: ":     "<b>\xff",
		" \u2003eth0: ": "\u2003eth0", // must not pass for eth0
	} {
		got, err := parseNetdev(nil, []byte(header+line+numbers), newName)
		counters := netdev{
			name: want, receive: netCounters{1, 2, 3, 4, 5, 7}, transmit: netCounters{9, 10, 11, 12, 13, 16},
			frame: 6, multicast: 8, collisions: 14, carrier: 15,
		}
		if err != nil || len(got) != 1 || got[0] != counters {
			t.Errorf("%q: got %+v, %v", line, got, err)
		}
	}
}

// TestNetdevOfKnownInterfaces: each tick reads it, and has their names already.
func TestNetdevOfKnownInterfaces(t *testing.T) {
	dir := t.TempDir()
	layNetdev(t, dir, 123456, "eth0", "eth1", "lo")
	text, all := []byte(readFixture(t, dir, "proc/net/dev")), make([]netdev, 0, 3)
	c := newNetworkCollector()
	for _, name := range []string{"eth0", "eth1", "lo"} {
		c.known[name] = &knownInterface{name: name}
	}
	allocations := testing.AllocsPerRun(10, func() {
		if got, err := parseNetdev(all, text, c.nameOf); err != nil || len(got) != 3 || got[2].receive.bytes != 123456 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestStatesBeyondTheBudget: of more interfaces than descriptors may stay open, all
// have their states, and one that comes open goes to another.
func TestStatesBeyondTheBudget(t *testing.T) {
	const count, limit = 1000, 7
	dir := t.TempDir()
	interfaces, names := make([]string, count), make([]string, count)
	for i := range interfaces {
		names[i] = fmt.Sprintf("veth%d", i)
		interfaces[i] = names[i] + " operstate=" + []string{"up", "down", "dormant"}[i%3]
	}
	layInterfaces(t, dir, interfaces...)
	layNetdev(t, dir, 1000, names...)
	c := newNetworkCollector()
	if c.kept.limit > descriptorShare() || c.kept.limit > 1000 {
		t.Errorf("%d descriptors may stay open", c.kept.limit)
	}
	c.kept.limit = limit
	before := openDescriptors(t)
	check := func(words ...string) {
		t.Helper()
		for name, i := range readInterfaces(t, c.collect, rootedAt(t.Context(), dir)) {
			var n int
			if _, err := fmt.Sscanf(name, "veth%d", &n); err != nil || i.State != words[n%3] || i.StateStatus != OK {
				t.Fatalf("%s is %q (%v)", name, i.State, i.StateStatus)
			}
		}
		if held := openDescriptors(t) - before; held != limit || c.kept.used != limit {
			t.Errorf("%d descriptors are open, and %d counted, want %d", held, c.kept.used, limit)
		}
	}
	check("up", "down", "dormant")
	for i, name := range names {
		writeFile(t, filepath.Join(dir, "sys/class/net", name, "operstate"), []string{"down", "up", "down"}[i%3]+"\n")
	}
	check("down", "up", "down")
	layNetdev(t, dir, 1000, names[count/2:]...)
	check("down", "up", "down")
	check("down", "up", "down")
	layNetdev(t, dir, 1000)
	readInterfaces(t, c.collect, rootedAt(t.Context(), dir))
	if held := openDescriptors(t) - before; held != 0 || c.kept.used != 0 {
		t.Errorf("%d descriptors are left, and %d counted", held, c.kept.used)
	}
}

// openDescriptors counts those of this process on fixtures.
func openDescriptors(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name()))
		if err == nil && strings.HasSuffix(target, "/operstate") {
			n++
		}
	}
	return n
}

func TestNetworkWithoutSource(t *testing.T) {
	const header = "Inter-|\n face |\n"
	ctx, dir := fixture(t, "network")
	dev := filepath.Join(dir, "proc/net/dev")
	collect := NewNetwork()
	for name, text := range map[string]string{
		"empty":           "",
		"no header":       "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"too few columns": header + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13\n",
		"cut short":       header + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 1",
		"no name":         header + "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"a path for name": header + "../../x: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"negative":        header + "eth0: -1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"empty line":      header + "\n",
	} {
		writeFile(t, dev, text)
		_, err := collect(ctx)
		if err == nil || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "network: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	writeFile(t, dev, header)
	if interfaces, err := collect(ctx); err != nil || interfaces == nil || len(interfaces) != 0 {
		t.Errorf("no interfaces: %v, %v", interfaces, err)
	}
	if err := os.Remove(dev); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(ctx); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnsupported) {
		t.Errorf("without net/dev: %v", err)
	}
}

func TestNetworkMayNotBeRead(t *testing.T) {
	ctx, dir := fixture(t, "network")
	deny(t, filepath.Join(dir, "proc/net/dev"), filepath.Join(dir, "sys/class/net/eth2/mtu"))
	if _, err := NewNetwork()(ctx); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
	wantMissing(t, "mtu", readInterfaceFacts(filepath.Join(dir, "sys/class/net/eth2"), nil).mtu, Denied)
}

func TestLinkStateSaysWhyItIsMissing(t *testing.T) {
	ctx, dir := fixture(t, "network")
	class := filepath.Join(dir, "sys/class/net")
	writeFile(t, filepath.Join(class, "eth10/operstate"), "\n")
	deny(t, filepath.Join(class, "eth2/operstate"))
	interfaces := readInterfaces(t, NewNetwork(), ctx)
	for name, want := range map[string]Status{"eth2": Denied, "eth10": Failed, "wlan0": OK} {
		if i := interfaces[name]; i.StateStatus != want || (want == OK) != (i.State != "") {
			t.Errorf("%s: state %q, %v, want %v", name, i.State, i.StateStatus, want)
		}
	}
}

func TestNetworkBelowARootIsOfItsProcess1(t *testing.T) {
	ctx, dir := fixture(t, "network")
	text, err := os.ReadFile(filepath.Join(dir, "proc/net/dev"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "proc/1/net/dev"), strings.ReplaceAll(string(text), "docker0:", "bridge0:"))
	interfaces := readInterfaces(t, NewNetwork(), ctx)
	if _, there := interfaces["bridge0"]; !there || len(interfaces) != 5 {
		t.Errorf("got %v", interfaces)
	}
}

// replaceEntry gives a directory another inode, as that of a new interface has.
func replaceEntry(t *testing.T, dir string) {
	t.Helper()
	old := dir + ".old" // remains, so that its inode is not used again
	if err := errors.Join(os.Rename(dir, old), os.CopyFS(dir, os.DirFS(old))); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherInterfaceOfTheSameName has counters that only rise, so that nothing
// but its entry tells that they are of another.
func TestAnotherInterfaceOfTheSameName(t *testing.T) {
	ctx, dir := fixture(t, "network")
	dev, class := filepath.Join(dir, "proc/net/dev"), filepath.Join(dir, "sys/class/net")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		readInterfaces(t, collect, ctx)
		time.Sleep(time.Second)
		rewrite(t, dev, "eth2: 1000000", "eth2: 9000000")
		replaceEntry(t, filepath.Join(class, "eth2"))
		writeFile(t, filepath.Join(class, "eth2/speed"), "1000\n")
		interfaces := readInterfaces(t, collect, ctx)
		wantMissing(t, "rate of another interface", interfaces["eth2"].Receive.Bytes, NoBaseline)
		wantNumber(t, "its speed", interfaces["eth2"].Speed, 1e9)
		wantNumber(t, "rate of one that is the same", interfaces["docker0"].Receive.Bytes, 0)
		if !interfaces["eth2"].New || interfaces["docker0"].New {
			t.Error("new is not the one that is")
		}
		time.Sleep(time.Second)
		wantNumber(t, "rate a tick later", readInterfaces(t, collect, ctx)["eth2"].Receive.Bytes, 0)
	})
}

func TestInterfacesThatSwapTheirNames(t *testing.T) {
	ctx, dir := fixture(t, "network")
	dev, class := filepath.Join(dir, "proc/net/dev"), filepath.Join(dir, "sys/class/net")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		readInterfaces(t, collect, ctx)
		time.Sleep(time.Second)
		rewrite(t, dev, "eth2:", "other:")
		rewrite(t, dev, "eth10:", "eth2:")
		rewrite(t, dev, "other:", "eth10:")
		a, b, other := filepath.Join(class, "eth2"), filepath.Join(class, "eth10"), filepath.Join(class, "other")
		if err := errors.Join(os.Rename(a, other), os.Rename(b, a), os.Rename(other, b)); err != nil {
			t.Fatal(err)
		}
		interfaces := readInterfaces(t, collect, ctx)
		for _, name := range []string{"eth2", "eth10"} {
			wantMissing(t, name+" received", interfaces[name].Receive.Bytes, NoBaseline)
		}
		wantNumber(t, "speed under the new name", interfaces["eth10"].Speed, 10e9)
		wantMissing(t, "speed under the old one", interfaces["eth2"].Speed, Unsupported)
	})
}

// TestInterfaceWithAnotherIndex is for kernels that give an entry the inode of one
// that is gone.
func TestInterfaceWithAnotherIndex(t *testing.T) {
	ctx, dir := fixture(t, "network")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		readInterfaces(t, collect, ctx)
		rewrite(t, filepath.Join(dir, "proc/net/dev"), "eth2: 1000000", "eth2: 9000000")
		writeFile(t, filepath.Join(dir, "sys/class/net/eth2/ifindex"), "12\n")
		time.Sleep(interfaceMemory)
		eth2 := readInterfaces(t, collect, ctx)["eth2"]
		wantMissing(t, "rate", eth2.Receive.Bytes, NoBaseline)
		wantNumber(t, "index", eth2.Index, 12)
	})
}

func TestFactsAreReadWhenTheStateChanges(t *testing.T) {
	ctx, dir := fixture(t, "network")
	collect := NewNetwork()
	readInterfaces(t, collect, ctx)
	eth2 := filepath.Join(dir, "sys/class/net/eth2")
	writeFile(t, filepath.Join(eth2, "speed"), "2500\n")
	wantNumber(t, "speed in the same state", readInterfaces(t, collect, ctx)["eth2"].Speed, 10e9)
	writeFile(t, filepath.Join(eth2, "operstate"), "dormant\n")
	wantNumber(t, "speed in another", readInterfaces(t, collect, ctx)["eth2"].Speed, 2.5e9)
}

func TestFactsAreReadInTurn(t *testing.T) {
	ctx, dir := fixture(t, "network")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		interfaces, _ := collect(ctx)
		for _, i := range interfaces {
			writeFile(t, filepath.Join(dir, "sys/class/net", i.Name, "mtu"), "1400\n")
		}
		const tick = interfaceMemory / 10
		known := func() (n int) {
			for _, i := range readInterfaces(t, collect, ctx) {
				if mtu, _ := i.MTU.Get(); mtu == 1400 {
					n++
				}
			}
			return n
		}
		for age := tick; age < interfaceMemory; age += tick {
			time.Sleep(tick)
			if n := known(); n > 0 {
				t.Fatalf("after %v %d facts are read again", age, n)
			}
		}
		for want := 1; want <= len(interfaces); want++ {
			time.Sleep(tick)
			if n := known(); n != want {
				t.Fatalf("%d facts are read, want %d", n, want)
			}
		}
	})
}

// TestFactsOfAnotherNamespace: below a root other than /proc, the interfaces are
// of its process 1 and /sys may have those of a container.
func TestFactsOfAnotherNamespace(t *testing.T) {
	const eth2 = "3    eth2            1     0     01005e000001\n"
	for name, c := range map[string]struct {
		multicast string
		change    func(t *testing.T, class string)
		same      bool
	}{
		"the same index":         {multicast: eth2, same: true},
		"another index":          {multicast: strings.Replace(eth2, "3 ", "2 ", 1)},
		"one that is not listed": {multicast: eth2 + "5    docker0         1     0     01005e000001\n"},
		"one that is gone":       {multicast: eth2 + "9    veth9           1     0     01005e000001\n", same: true},
		"nothing to go by":       {multicast: "", same: true},
		"garbage to go by":       {multicast: "eth2 3\nx", same: true},
		"loopback alone": {change: func(t *testing.T, class string) {
			for _, name := range []string{"eth2", "eth10", "wlan0", "docker0"} {
				if err := os.RemoveAll(filepath.Join(class, name)); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, dir := fixture(t, "network")
			writeFile(t, filepath.Join(dir, "proc/1/net/dev"), readFixture(t, dir, "proc/net/dev"))
			writeFile(t, filepath.Join(dir, "proc/1/net/dev_mcast"), c.multicast)
			if c.change != nil {
				c.change(t, filepath.Join(dir, "sys/class/net"))
			}
			interfaces := readInterfaces(t, NewNetwork(), ctx)
			wantFacts(t, interfaces["eth2"], c.same)
			if lo := interfaces["lo"]; lo.Kind != KindLoopback {
				t.Errorf("lo is %q", lo.Kind)
			}
		})
	}
}

func TestLoopbackHereAndMoreThere(t *testing.T) {
	ctx, dir := fixture(t, "network")
	lo := "Inter-|\n face |\n    lo: 5000 50 0 0 0 0 0 0 5000 50 0 0 0 0 0 0\n"
	writeFile(t, filepath.Join(dir, "proc/net/dev"), lo)
	wantMissing(t, "mtu of lo beside others", readInterfaces(t, NewNetwork(), ctx)["lo"].MTU, Unsupported)
	for _, name := range []string{"eth2", "eth10", "wlan0", "docker0"} {
		if err := os.RemoveAll(filepath.Join(dir, "sys/class/net", name)); err != nil {
			t.Fatal(err)
		}
	}
	wantNumber(t, "mtu of lo", readInterfaces(t, NewNetwork(), ctx)["lo"].MTU, 65536)
}

func wantFacts(t *testing.T, eth2 Interface, known bool) {
	t.Helper()
	if known {
		wantNumber(t, "speed", eth2.Speed, 10e9)
		if eth2.State != "up" || eth2.Kind != KindPhysical || eth2.Class == nil {
			t.Errorf("eth2 is %+v", eth2)
		}
		return
	}
	for name, v := range map[string]Value{
		"speed": eth2.Speed, "mtu": eth2.MTU, "index": eth2.Index, "carrier": eth2.Carrier, "carrier changes": eth2.CarrierChanges,
		"utilisation": eth2.Receive.Utilisation,
	} {
		wantMissing(t, name, v, Unsupported)
	}
	if eth2.State != "" || eth2.StateStatus != Unsupported || eth2.Kind != "" || eth2.Address != "" || eth2.Duplex != "" || eth2.Class != nil {
		t.Errorf("eth2 is %+v", eth2)
	}
}

func TestNamespaceOfFactsIsJudgedWhenInterfacesChange(t *testing.T) {
	ctx, dir := fixture(t, "network")
	dev, multicast := filepath.Join(dir, "proc/net/dev"), filepath.Join(dir, "proc/net/dev_mcast")
	collect := NewNetwork()
	writeFile(t, multicast, "7    eth2            1     0     01005e000001\n")
	wantFacts(t, readInterfaces(t, collect, ctx)["eth2"], false)
	writeFile(t, multicast, "3    eth2            1     0     01005e000001\n")
	rewrite(t, dev, "docker0:", "docker1:")
	wantFacts(t, readInterfaces(t, collect, ctx)["eth2"], true)
}

// TestNamespaceOfThisProcess: with a /proc of elsewhere, and the /sys of here.
func TestNamespaceOfThisProcess(t *testing.T) {
	_, dir := fixture(t, "network")
	proc := filepath.Join(dir, "proc")
	lo := "Inter-|\n face |\n    lo: 5000 50 0 0 0 0 0 0 5000 50 0 0 0 0 0 0\n"
	writeFile(t, filepath.Join(proc, "1/net/dev"), lo)
	ctx := context.WithValue(t.Context(), common.EnvKey, common.EnvMap{common.HostProcEnvKey: proc})
	ours, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(proc, "1/ns/net")
	if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o700), os.Symlink(ours, link)); err != nil {
		t.Fatal(err)
	}
	if !watchesOwnNetwork(ctx) {
		t.Error("the same namespace passes for another")
	}
	if err := errors.Join(os.Remove(link), os.Symlink("net:[1]", link)); err != nil {
		t.Fatal(err)
	}
	wantMissing(t, "mtu", readInterfaces(t, NewNetwork(), ctx)["lo"].MTU, Unsupported)
}

func TestFilesOfNetworkNamespaces(t *testing.T) {
	if !sameProcFile("/proc/self/net/dev", fmt.Sprintf("/proc/%d/net/dev", os.Getpid())) {
		t.Error("this process is in another namespace than itself")
	}
	if sameProcFile("/proc/self/net/dev", "/proc/self/net/snmp") {
		t.Error("two files are one")
	}
	if !sameProcFile("testdata/network/proc/net/dev", "/proc/self/net/dev") {
		t.Error("a fixture is in another namespace")
	}
}

func TestTotalOfInterfacesOfUnknownKind(t *testing.T) {
	card := Interface{Receive: Traffic{Bytes: Of(1)}, Transmit: Traffic{Bytes: Of(1)}}
	received, sent := NetworkTotals([]Interface{card, card, {Kind: KindLoopback}})
	wantMissing(t, "received, perhaps twice", received, Unsupported)
	wantMissing(t, "sent, perhaps twice", sent, Unsupported)
}

func TestParseEntries(t *testing.T) {
	ctx, dir := fixture(t, "network")
	class := sysPath(ctx, "class", "net")
	var l interfaceListing
	if !l.read(class) || l.read(class) {
		t.Error("a listing changes when it is read again")
	}
	entries, err := os.ReadDir(class)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		var stat unix.Stat_t
		if err := unix.Lstat(filepath.Join(class, entry.Name()), &stat); err != nil {
			t.Fatal(err)
		}
		want := stat.Ino
		if !entry.IsDir() {
			want = 0
		}
		if got := l.identities[entry.Name()]; got != want {
			t.Errorf("%s is %d, want %d", entry.Name(), got, want)
		}
	}
	if len(l.identities) != len(entries)-1 {
		t.Errorf("got %v", l.identities)
	}
	if err := os.RemoveAll(filepath.Join(dir, "sys")); err != nil {
		t.Fatal(err)
	}
	if l.read(class) || len(l.identities) == 0 {
		t.Error("a listing that cannot be read has changed")
	}
}

func FuzzEntries(f *testing.F) {
	raw, err := readEntries("testdata/network/sys/class/net", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-3])
	f.Fuzz(func(t *testing.T, raw []byte) {
		for name := range parseEntries(raw) {
			if name == "." || name == ".." || strings.Contains(name, "\x00") {
				t.Fatalf("%q", name)
			}
		}
		parseMulticast(string(raw))
	})
}

// TestNetworkOfThisMachine compares with gopsutil's reading.
func TestNetworkOfThisMachine(t *testing.T) {
	interfaces := readInterfaces(t, NewNetwork(), t.Context())
	want, err := gopsutil.IOCounters(true)
	if err != nil {
		t.Fatal(err)
	}
	const packet = 64 << 10 // what may have come in between
	for _, w := range want {
		got, ok := interfaces[w.Name]
		if !ok {
			t.Errorf("%s is missing", w.Name)
			continue
		}
		near(t, w.Name+" received bytes", Of(float64(got.Receive.BytesTotal)), float64(w.BytesRecv), packet)
		near(t, w.Name+" sent bytes", Of(float64(got.Transmit.BytesTotal)), float64(w.BytesSent), packet)
		near(t, w.Name+" sent drops", Of(float64(got.Transmit.DropsTotal)), float64(w.Dropout), 1)
	}
}

func FuzzNetdev(f *testing.F) {
	text, err := os.ReadFile("testdata/network/proc/net/dev")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("a\nb\n:::1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseNetdev(nil, []byte(text), newName)
		if err != nil {
			return
		}
		for _, d := range all {
			if d.name != filepath.Base(d.name) || d.name == ".." || d.name == "." {
				t.Fatalf("%q is not the name of a file in a directory", d.name)
			}
		}
		if lines := strings.Count(text, "\n"); len(all) != lines-netdevHeaderLines {
			t.Fatalf("%d interfaces on %d lines", len(all), lines)
		}
		slices.SortFunc(all, func(a, b netdev) int { return naturalCompare(a.name, b.name) })
	})
}
