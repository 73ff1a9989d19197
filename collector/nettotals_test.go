package collector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// layInterfaces makes a tree of interfaces of which none has counted anything.
// Each has "NAME" for a virtual one or "NAME DEVICE", and then "FILE=TEXT" of
// /sys/class/net/NAME; a FILE "master" is a link.
func layInterfaces(t testing.TB, dir string, interfaces ...string) {
	t.Helper()
	for i, text := range interfaces {
		words := strings.Fields(text)
		at := filepath.Join(dir, "sys/class/net", words[0])
		files := map[string]string{"type": "1", "operstate": "up", "ifindex": fmt.Sprint(i + 2), "iflink": fmt.Sprint(i + 2)}
		for _, word := range words[1:] {
			if file, content, isFile := strings.Cut(word, "="); isFile {
				files[file] = content
			} else {
				files["device/uevent"] = "DRIVER=" + word
			}
		}
		for file, content := range files {
			path := filepath.Join(at, file)
			err := os.MkdirAll(filepath.Dir(path), 0o700)
			if file == "master" {
				err = errors.Join(err, os.Symlink("../"+content, path))
			} else {
				err = errors.Join(err, os.WriteFile(path, []byte(content+"\n"), 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// layNetdev writes a net/dev in which each has received so many bytes.
func layNetdev(t testing.TB, dir string, received int, names ...string) {
	t.Helper()
	text := "Inter-|   Receive                            |  Transmit\n face |bytes    packets errs drop fifo\n"
	for _, name := range names {
		text += fmt.Sprintf("%6s: %7d %7d    0    0    0     0          0         0 %8d %7d    0    0    0     0       0          0\n",
			name, received, received/100, received/2, received/200)
	}
	path := filepath.Join(dir, "proc/net/dev")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestNetworkTotalsCountOnce: each interface receives 1000 bytes a second.
func TestNetworkTotalsCountOnce(t *testing.T) {
	for name, c := range map[string]struct {
		interfaces []string
		counted    float64
	}{
		"two cards":                     {[]string{"eth0 e1000", "eth1 e1000"}, 2},
		"a card and its VLAN":           {[]string{"eth0 e1000", "eth0.7 iflink=2"}, 1},
		"a bond of two cards":           {[]string{"eth0 e1000 master=bond0", "eth1 e1000 master=bond0", "bond0"}, 2},
		"hv_netsvc and its VF":          {[]string{"eth0 hv_netvsc", "enP1s1 mlx5_core master=eth0"}, 1},
		"VF that is there first":        {[]string{"enP1s1 mlx5_core master=eth0", "eth0 hv_netvsc"}, 1},
		"net_failover":                  {[]string{"ens3 virtio", "ens3nsby virtio master=ens3", "ens4 ixgbevf master=ens3"}, 1},
		"failover below a bond":         {[]string{"ens3 virtio master=bond0", "ens4 ixgbevf master=ens3", "bond0"}, 1},
		"DSA":                           {[]string{"eth0 mvneta", "lan1 switch iflink=2 phys_switch_id=00 phys_port_name=p1", "lan2 switch iflink=2 phys_switch_id=00 phys_port_name=p2"}, 1},
		"ports of a switch of its own":  {[]string{"swp1 mlxsw phys_switch_id=e4 phys_port_name=p1", "swp2 mlxsw phys_switch_id=e4 phys_port_name=p2"}, 2},
		"representors and their uplink": {[]string{"eth0 mlx5 phys_switch_id=a1 phys_port_name=p0", "eth0_0 mlx5 phys_switch_id=a1 phys_port_name=pf0vf0", "eth0_1 mlx5 phys_switch_id=a1 phys_port_name=c1pf0sf88"}, 1},
		"representors of another":       {[]string{"eth0 mlx5 phys_switch_id=a1 phys_port_name=p0", "eth0_0 mlx5 phys_switch_id=b2 phys_port_name=pf0vf0"}, 2},
		"representors without uplink":   {[]string{"eth0_0 mlx5 phys_switch_id=b2 phys_port_name=pf0vf0", "eth0_1 mlx5 phys_switch_id=b2 phys_port_name=pf0vf1"}, 2},
		"ends of one cable":             {[]string{"eni0 netdevsim iflink=3", "eni1 netdevsim iflink=2"}, 2},
		"a master that is not here":     {[]string{"eth0 e1000 master=elsewhere"}, 1},
		"its own master":                {[]string{"eth0 e1000 master=eth0"}, 1},
		"below one that is not here":    {[]string{"eth0 e1000 iflink=99"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			layInterfaces(t, dir, c.interfaces...)
			names := make([]string, len(c.interfaces))
			for i, text := range c.interfaces {
				names[i], _, _ = strings.Cut(text, " ")
			}
			inBubble(t, rootedAt(t.Context(), dir), func(t *testing.T, ctx context.Context) {
				collect := NewNetwork()
				layNetdev(t, dir, 5000, names...)
				readInterfaces(t, collect, ctx)
				time.Sleep(time.Second)
				layNetdev(t, dir, 6000, names...)
				interfaces, err := collect(ctx)
				if err != nil {
					t.Fatal(err)
				}
				received, sent := NetworkTotals(interfaces)
				wantNumber(t, "received", received, 1000*c.counted)
				wantNumber(t, "sent", sent, 500*c.counted)
			})
		})
	}
}

// TestVFComesToItsMaster: a virtual function is enslaved some time after it came.
func TestVFComesToItsMaster(t *testing.T) {
	dir := t.TempDir()
	layInterfaces(t, dir, "eth0 hv_netvsc", "enP1s1 mlx5_core")
	inBubble(t, rootedAt(t.Context(), dir), func(t *testing.T, ctx context.Context) {
		collect := NewNetwork()
		total := func(bytes int) Value {
			t.Helper()
			layNetdev(t, dir, bytes, "eth0", "enP1s1")
			interfaces, err := collect(ctx)
			if err != nil && !errors.Is(err, ErrNoBaseline) {
				t.Fatal(err)
			}
			received, _ := NetworkTotals(interfaces)
			return received
		}
		total(0)
		time.Sleep(time.Second)
		wantNumber(t, "apart", total(1000), 2000)
		if err := os.Symlink("../eth0", filepath.Join(dir, "sys/class/net/enP1s1/master")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(interfaceMemory)
		wantNumber(t, "together", total(6000), 1000)
	})
}
