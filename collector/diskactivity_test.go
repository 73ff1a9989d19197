package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const aDrive = `sys/class/hwmon/hwmon7 -> ../../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon7
sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon7/device -> ../../../0:0:0:0
sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon7/name = drivetemp
sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/hwmon/hwmon7/temp1_input = 30000
sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/stat =     500      20    40000     1000      300       10    20000      900        0     1600     1900        0        0        0        0       12       40
`

// TestIdleDriveIsLeftAlone: one whose timer each question sets anew would never
// spin down.
func TestIdleDriveIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		addToTree(t, dir, aDrive)
		ctx := rootedAt(t.Context(), dir)
		drive := filepath.Join(dir, "sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0")
		stat, input := filepath.Join(drive, "block/sda/stat"), filepath.Join(drive, "hwmon/hwmon7/temp1_input")
		collect := NewSensors()
		after := func(d time.Duration) Sensor {
			t.Helper()
			for range d / time.Second {
				time.Sleep(time.Second)
				mustSense(t, ctx, collect)
			}
			return find(t, mustSense(t, ctx, collect).Temperatures, "drivetemp", "temp1")
		}
		wantNumber(t, "at first", after(0).Value, 30)
		writeFile(t, input, "31000\n")
		wantNumber(t, "within a minute", after(59*time.Second).Value, 30)

		idle := after(time.Hour)
		wantMissing(t, "after an hour without a transfer", idle.Value, Stale)
		wantNumber(t, "its last temperature", idle.Last, 30)
		wantNumber(t, "its age", idle.Age, 3659)
		if !strings.Contains(idle.Error, "idle") {
			t.Errorf("its error is %q", idle.Error)
		}

		rewrite(t, stat, " 500 ", " 501 ")
		wantNumber(t, "after a read", after(idlePause).Value, 31)
		writeFile(t, input, "32000\n")
		rewrite(t, stat, " 300 ", " 301 ")
		wantNumber(t, "after a write, within a minute", after(50*time.Second).Value, 31)
		wantNumber(t, "after a write and a minute", after(11*time.Second).Value, 32)
		rewrite(t, stat, " 20000 ", " 20008 ") // what is not counted as a transfer
		wantMissing(t, "idle again", after(2*time.Minute).Value, Stale)

		if err := os.Remove(stat); err != nil {
			t.Fatal(err)
		}
		writeFile(t, input, "33000\n")
		wantNumber(t, "without counters", after(time.Minute).Value, 33)
		writeFile(t, input, "34000\n")
		wantNumber(t, "and a minute later", after(time.Minute).Value, 34)
	})
}

func TestParseDiskTransfers(t *testing.T) {
	for text, want := range map[string]diskTransfers{
		"  500   20 40000 1000 300 10 20000 900 0 1600 1900\n": {500, 300},
		"1 2 3 4 18446744073709551615\n":                       {1, 18446744073709551615},
	} {
		if got, ok := parseDiskTransfers([]byte(text)); !ok || got != want {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "\n", "1 2 3 4\n", "1 2 3 4 x\n", "-1 2 3 4 5\n", "1 2 3\n4 5\n"} {
		if got, ok := parseDiskTransfers([]byte(text)); ok || got != (diskTransfers{}) {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
}

func FuzzDiskTransfers(f *testing.F) {
	f.Add([]byte("500 20 40000 1000 300 10 20000 900 0 1600 1900\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, ok := parseDiskTransfers(text); !ok && got != (diskTransfers{}) {
			t.Errorf("%q is %v", text, got)
		}
	})
}
