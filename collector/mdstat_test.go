package collector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func arrayOf(t *testing.T, r RAID, name string) RAIDArray {
	t.Helper()
	for _, a := range r.Arrays {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no %s in %+v", name, r.Arrays)
	return RAIDArray{}
}

// checkRAID holds what no array may break.
func checkRAID(t *testing.T, r RAID) {
	t.Helper()
	for _, a := range r.Arrays {
		for _, v := range []Value{a.Size, a.Wanted, a.Present, a.Degraded, a.Mismatches, a.Sync.Percent, a.Sync.Done, a.Sync.All, a.Sync.Remaining, a.Sync.Speed} {
			if number, ok := v.Get(); ok && !(number >= 0) {
				t.Errorf("%s has the number %v", a.Name, number)
			}
		}
		if percent, _ := a.Sync.Percent.Get(); percent > 100 {
			t.Errorf("%s is at %v %%", a.Name, percent)
		}
		if a.Name == "" || a.Failed+a.Spare > len(a.Members) {
			t.Errorf("array is %+v", a)
		}
	}
}

func TestRAID(t *testing.T) {
	ctx, _ := fixture(t, "raid-6.1")
	r, err := NewRAID()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	checkRAID(t, r)
	var names []string
	for _, a := range r.Arrays {
		names = append(names, a.Name)
	}
	if want := []string{"md2", "md3", "md4", "md5", "md6", "md10", "md127", "md_home"}; !slices.Equal(names, want) {
		t.Errorf("arrays are %q, want %q", names, want)
	}
	if want := []string{"linear", "multipath", "raid0", "raid1", "raid6", "raid5", "raid4", "raid10"}; !slices.Equal(r.Personalities, want) {
		t.Errorf("personalities are %q", r.Personalities)
	}

	a := arrayOf(t, r, "md3")
	if a.Level != "raid6" || !a.Active || a.ReadOnly != "" || a.State != "clean" || a.Slots != "UUUUUU_U" || a.Failed != 0 || a.Spare != 1 || len(a.Members) != 9 {
		t.Errorf("md3 is %+v", a)
	}
	wantNumber(t, "size", a.Size, 5853468288*1024)
	wantNumber(t, "wanted", a.Wanted, 8)
	wantNumber(t, "active", a.Present, 7)
	wantNumber(t, "degraded", a.Degraded, 1)
	wantNumber(t, "mismatches", a.Mismatches, 0)
	if a.Sync.Action != "recovery" || a.Sync.Waiting != "" {
		t.Errorf("md3 does %+v", a.Sync)
	}
	wantNumber(t, "percent", a.Sync.Percent, 100*277369344.0/975578048)
	wantNumber(t, "done", a.Sync.Done, 277369344*1024)
	wantNumber(t, "all", a.Sync.All, 975578048*1024)
	wantNumber(t, "remaining", a.Sync.Remaining, 92.6*60)
	wantNumber(t, "speed", a.Sync.Speed, 125624*1024)
	if got := fmt.Sprint(a.Members[0], a.Members[8]); got != "{sdd1 3 active false false} {sdi1 12 journal false false}" {
		t.Errorf("members of md3: %s", got)
	}

	a = arrayOf(t, r, "md10")
	if a.Sync.Action != "check" || a.State != "active-idle" || !a.Members[1].WriteMostly || a.Members[0].Device != "dm-3" {
		t.Errorf("md10 is %+v", a)
	}
	wantNumber(t, "mismatches", a.Mismatches, 256*512)

	a = arrayOf(t, r, "md4")
	if a.Active || a.Level != "" || a.Spare != 2 || a.Failed != 1 || a.Members[2].Device != "cciss/c0d0p3" {
		t.Errorf("md4 is %+v", a)
	}
	wantMissing(t, "wanted of an inactive array", a.Wanted, Unsupported)
	wantMissing(t, "mismatches of it", a.Mismatches, Unsupported)

	a = arrayOf(t, r, "md5")
	if a.Failed != 1 || !a.Members[3].Replacement || a.Sync != (RAIDSync{Action: "resync", Waiting: "delayed"}) {
		t.Errorf("md5 is %+v", a)
	}

	a = arrayOf(t, r, "md2")
	if a.ReadOnly != "read-only" || a.Slots != "" || a.Sync.Action != "" {
		t.Errorf("md2 is %+v", a)
	}
	wantNumber(t, "wanted without redundancy", a.Wanted, 2)
	wantMissing(t, "degraded without redundancy", a.Degraded, Unsupported)

	if a = arrayOf(t, r, "md127"); a.ReadOnly != "auto-read-only" || a.Sync.Waiting != "pending" || a.State != "read-auto" {
		t.Errorf("md127 is %+v", a)
	}
	if a = arrayOf(t, r, "md_home"); a.Sync.Waiting != "remote" {
		t.Errorf("md_home is %+v", a)
	}
	if a = arrayOf(t, r, "md6"); a.Active || a.Level != "raid0" || len(a.Members) != 2 {
		t.Errorf("md6 is %+v", a)
	}
}

func TestRAIDOfAnOldKernel(t *testing.T) {
	ctx, _ := fixture(t, "raid-2.6")
	r, err := NewRAID()(ctx)
	if err != nil || len(r.Arrays) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	a := arrayOf(t, r, "md1")
	if a.Sync.Action != "reshape" || a.Level != "raid5" {
		t.Errorf("md1 is %+v", a)
	}
	wantNumber(t, "percent", a.Sync.Percent, 0)
	wantNumber(t, "speed", a.Sync.Speed, 0)
	wantNumber(t, "remaining", a.Sync.Remaining, 1234567.8*60)
	if arrayOf(t, r, "md0").State != "" {
		t.Errorf("md0 has a state that nobody wrote")
	}
}

// TestRAIDIsReadAnew: mdstat at each reading, the files of an array every few
// seconds, and no reading changes what an earlier one gave.
func TestRAIDIsReadAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "raid-6.1")
		collect := NewRAID()
		first, _ := collect(ctx)
		rewrite(t, filepath.Join(dir, "sys/block/md3/md/array_state"), "clean", "active")
		if r, _ := collect(ctx); arrayOf(t, r, "md3").State != "clean" {
			t.Error("the files of an array are read each time")
		}
		time.Sleep(attributesInterval)
		if r, _ := collect(ctx); arrayOf(t, r, "md3").State != "active" || arrayOf(t, first, "md3").State != "clean" {
			t.Errorf("md3 is %q, was %q", arrayOf(t, r, "md3").State, arrayOf(t, first, "md3").State)
		}
		rewrite(t, filepath.Join(dir, "proc/mdstat"), "[8/7] [UUUUUU_U]", "[8/8] [UUUUUUUU]")
		r, _ := collect(ctx)
		wantNumber(t, "degraded", arrayOf(t, r, "md3").Degraded, 0)
		wantNumber(t, "degraded before", arrayOf(t, first, "md3").Degraded, 1)
	})
}

// TestStuckArray: a file of an array that does not answer takes nothing from what
// mdstat says.
func TestStuckArray(t *testing.T) {
	ctx, dir := fixture(t, "raid-6.1")
	file := filepath.Join(dir, "sys/block/md3/md/array_state")
	if err := errors.Join(os.Remove(file), unix.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	reader := &raidReader{}
	r, err := reader.read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantMissing(t, "mismatches", arrayOf(t, r, "md3").Mismatches, Stale)
	wantNumber(t, "degraded", arrayOf(t, r, "md3").Degraded, 1)
	wantNumber(t, "another array", arrayOf(t, r, "md10").Mismatches, 256*512)
	call := reader.fence.out["md3"]
	writeFile(t, file, "clean\n")
	<-call.done
}

// TestRepairHasANameOfItsOwn: mdstat calls it resync.
func TestRepairHasANameOfItsOwn(t *testing.T) {
	ctx, dir := fixture(t, "raid-6.1")
	rewrite(t, filepath.Join(dir, "proc/mdstat"), "check =", "resync =")
	rewrite(t, filepath.Join(dir, "sys/block/md10/md/sync_action"), "check", "repair")
	rewrite(t, filepath.Join(dir, "sys/block/md10/md/mismatch_cnt"), "256", "many")
	r, err := NewRAID()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	a := arrayOf(t, r, "md10")
	if a.Sync.Action != "repair" {
		t.Errorf("md10 does %+v", a.Sync)
	}
	wantMissing(t, "mismatches", a.Mismatches, Failed)
}

func TestRAIDWithoutArrays(t *testing.T) {
	ctx, dir := fixture(t, "raid-6.1")
	file := filepath.Join(dir, "proc/mdstat")
	writeFile(t, file, "Personalities : \nunused devices: <none>\n")
	r, err := NewRAID()(ctx)
	if err != nil || r.Arrays == nil || len(r.Arrays)+len(r.Personalities) != 0 {
		t.Errorf("no arrays: %+v, %v", r, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRAID()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no driver: %v", err)
	}
	for name, text := range map[string]string{
		"empty":       "",
		"garbage":     "nonsense\n",
		"cut short":   "Personalities : [raid1]\nmd0 : active raid1 sdb1[1] sd",
		"no state":    "Personalities : \nmd0 : \n",
		"odd state":   "Personalities : \nmd0 : sleepy raid1 sda[0]\n",
		"odd member":  "Personalities : \nmd0 : active raid1 sda[0] sdb\n",
		"no array":    "Personalities : \nwhat is this\n",
		"huge number": "Personalities : \nmd0 : active raid1 sda[99999999999]\n  x\nmd1\n",
	} {
		writeFile(t, file, text)
		if r, err := NewRAID()(ctx); err == nil || errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestBrokenArrayNumbers(t *testing.T) {
	r, err := parseMdstat("Personalities : [raid1] \nmd0 : active raid1 sda[0]\n      many blocks [2/3] [UU]\n      [>..] recovery = x% (5/y) finish=-3min speed=NaNK/sec\n")
	if err != nil {
		t.Fatal(err)
	}
	a := r.Arrays[0]
	for name, v := range map[string]Value{
		"size": a.Size, "wanted": a.Wanted, "active": a.Present, "degraded": a.Degraded,
		"percent": a.Sync.Percent, "all": a.Sync.All, "remaining": a.Sync.Remaining, "speed": a.Sync.Speed,
	} {
		wantMissing(t, name, v, Failed)
	}
}

func FuzzParseMdstat(f *testing.F) {
	for _, name := range []string{"raid-6.1", "raid-2.6"} {
		text, err := os.ReadFile(filepath.Join("testdata", name, "proc/mdstat"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("Personalities : \nmd0 : active sda[0]\n 18446744073709551615 blocks [9/9]\n resync = 0% (9/3)\n")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := parseMdstat(text); err == nil {
			checkRAID(t, r)
		}
	})
}
