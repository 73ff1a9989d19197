package collector

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gopsutil "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/unix"
)

func readInterfaces(t *testing.T, collect Collector[[]Interface], ctx context.Context) map[string]Interface {
	t.Helper()
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

func TestInterfacesAreDescribed(t *testing.T) {
	ctx, _ := fixture(t, "network")
	interfaces, err := NewNetwork()(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "network: ") {
		t.Fatalf("first reading: %v", err)
	}
	for i := range interfaces {
		interfaces[i].Receive, interfaces[i].Transmit = Traffic{}, Traffic{}
		if i := interfaces[i]; i.StateStatus != OK || !i.New {
			t.Errorf("%s: status of the state is %v, new %v", i.Name, i.StateStatus, i.New)
		}
		interfaces[i].StateStatus, interfaces[i].New = Unsupported, false
	}
	want := []Interface{
		{Name: "eth2", Kind: KindPhysical, State: "up", Speed: Of(10e9), MTU: Of(9000), Address: "02:00:00:00:00:02"},
		{Name: "eth10", Kind: KindPhysical, State: "down", MTU: Of(1500), Address: "02:00:00:00:00:10"},
		{Name: "wlan0", Kind: KindPhysical, State: "dormant", MTU: Of(1500), Address: "02:00:00:00:00:aa"},
		{Name: "docker0", Kind: KindVirtual, State: "lowerlayerdown", MTU: Of(1500), Address: "02:42:00:00:00:01"},
		{Name: "lo", Kind: KindLoopback, State: "unknown", MTU: Of(65536), Address: "00:00:00:00:00:00"},
	}
	if !reflect.DeepEqual(interfaces, want) {
		t.Errorf("got  %+v\nwant %+v", interfaces, want)
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
	interfaces := readInterfaces(t, NewNetwork(), ctx)
	wantMissing(t, "speed", interfaces["eth2"].Speed, Stale)
	wantNumber(t, "mtu", interfaces["eth2"].MTU, 9000)
	if n := len(interfaces); n != 5 {
		t.Errorf("%d interfaces", n)
	}
}

func TestDriverThatPanicsMakesItsSpeedFail(t *testing.T) {
	var f fence[string, Value]
	outcomes := f.gather(t.Context(), []string{"eth0"}, func(string) (Value, error) { panic("boom") })
	wantMissing(t, "speed", speedOf(outcomes[0]), Failed)
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
		got, err := parseNetdev(header + line + numbers)
		counters := netdev{want, netCounters{1, 2, 3, 4}, netCounters{9, 10, 11, 12}}
		if err != nil || len(got) != 1 || got[0] != counters {
			t.Errorf("%q: got %+v, %v", line, got, err)
		}
	}
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
	wantMissing(t, "mtu", readInterfaceFacts(filepath.Join(dir, "sys/class/net/eth2")).mtu, Denied)
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
		all, err := parseNetdev(text)
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
