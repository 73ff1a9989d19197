package collector

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

const zfsDir = "proc/spl/kstat/zfs"

func poolOf(t *testing.T, z ZFS, name string) ZFSPool {
	t.Helper()
	for _, p := range z.Pools {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no %s in %+v", name, z.Pools)
	return ZFSPool{}
}

func TestZFS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "zfs-2.1")
		collect := NewZFS()
		z, err := collect(ctx)
		if !errors.Is(err, ErrNoBaseline) || len(z.Pools) != 3 {
			t.Fatalf("%+v, %v", z, err)
		}
		for name, want := range map[string]string{"tank": "ONLINE", "backup": "DEGRADED", "my pool": "SUSPENDED"} {
			if p := poolOf(t, z, name); p.State != want || p.Status != OK {
				t.Errorf("%s is %+v", name, p)
			}
		}
		tank := poolOf(t, z, "tank")
		wantNumber(t, "reads", tank.Reads, 220)
		wantNumber(t, "writes", tank.Writes, 110)
		wantNumber(t, "bytes read", tank.ReadBytes, 83920)
		wantNumber(t, "bytes written", tank.WrittenBytes, 41960)
		wantMissing(t, "rate at first", tank.ReadRate, NoBaseline)
		wantNumber(t, "reads of an old pool", poolOf(t, z, "backup").Reads, 22)
		wantNumber(t, "bytes it has written", poolOf(t, z, "backup").WrittenBytes, 3206144)
		wantMissing(t, "a pool without counters", poolOf(t, z, "my pool").Reads, Unsupported)
		wantNumber(t, "ARC", z.ARC.Size, 8589000000)
		wantNumber(t, "its target", z.ARC.Target, 8589934592)
		wantNumber(t, "its minimum", z.ARC.Minimum, 1073741824)
		wantNumber(t, "its maximum", z.ARC.Maximum, 17179869184)
		wantMissing(t, "its share of hits at first", z.ARC.HitPercent, NoBaseline)

		time.Sleep(2 * time.Second)
		rewrite(t, filepath.Join(dir, zfsDir, "tank/objset-0x36"), "reads                           4    200", "reads                           4    260")
		rewrite(t, filepath.Join(dir, zfsDir, "arcstats"), "900000", "900300")
		rewrite(t, filepath.Join(dir, zfsDir, "arcstats"), "100000\n", "100100\n")
		z, err = collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "reads a second", poolOf(t, z, "tank").ReadRate, 30)
		wantNumber(t, "writes a second", poolOf(t, z, "tank").WriteSpeed, 0)
		wantNumber(t, "share of hits", z.ARC.HitPercent, 75)
		wantNumber(t, "hits a second", z.ARC.HitRate, 150)

		time.Sleep(time.Second)
		if z, _ = collect(ctx); z.ARC.HitPercent.Status() != Idle {
			t.Errorf("share of no hits is %+v", z.ARC.HitPercent)
		}
	})
}

// TestDatasetsComeAndGo: the sum of a pool falls when a dataset is unmounted, and
// that is neither a reset nor hides what the others do.
func TestDatasetsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "zfs-2.1")
		collect := NewZFS()
		collect(ctx)
		time.Sleep(time.Second)
		root := filepath.Join(dir, zfsDir, "tank/objset-0x36")
		home := filepath.Join(dir, zfsDir, "tank/objset-0x108")
		text, err := os.ReadFile(home)
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, root, "reads                           4    200", "reads                           4    205")
		if err := os.Remove(home); err != nil {
			t.Fatal(err)
		}
		z, _ := collect(ctx)
		wantNumber(t, "reads a second without one", poolOf(t, z, "tank").ReadRate, 5)
		wantNumber(t, "reads", poolOf(t, z, "tank").Reads, 205)
		time.Sleep(time.Second)
		writeFile(t, home, string(text))
		z, _ = collect(ctx)
		wantNumber(t, "reads a second with a new one", poolOf(t, z, "tank").ReadRate, 20)
		time.Sleep(time.Second)
		rewrite(t, root, "reads                           4    205", "reads                           4    1")
		z, _ = collect(ctx)
		wantMissing(t, "reads a second after a reset", poolOf(t, z, "tank").ReadRate, NoBaseline)
		wantNumber(t, "reads", poolOf(t, z, "tank").Reads, 21)
	})
}

func TestPoolsComeAndGo(t *testing.T) {
	ctx, dir := fixture(t, "zfs-2.1")
	collect := NewZFS()
	collect(ctx)
	if err := os.RemoveAll(filepath.Join(dir, zfsDir, "tank")); err != nil {
		t.Fatal(err)
	}
	if z, err := collect(ctx); err != nil || len(z.Pools) != 2 {
		t.Errorf("after an export: %+v, %v", z, err)
	}
	writeFile(t, filepath.Join(dir, zfsDir, "tank/state"), "FAULTED\n")
	if z, err := collect(ctx); err != nil || poolOf(t, z, "tank").State != "FAULTED" {
		t.Errorf("after an import: %+v, %v", z, err)
	}
}

func TestSuspendedPoolHangs(t *testing.T) {
	ctx, dir := fixture(t, "zfs-2.1")
	file := filepath.Join(dir, zfsDir, "my pool/state")
	if err := errors.Join(os.Remove(file), unix.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	r := &zfsReader{}
	for range 3 {
		z, _ := r.read(ctx)
		stuck := poolOf(t, z, "my pool")
		if stuck.Status != Stale || stuck.State != "" || !strings.HasPrefix(stuck.Error, "no answer for ") {
			t.Errorf("stuck pool is %+v", stuck)
		}
		wantMissing(t, "its counters", stuck.Reads, Stale)
		wantNumber(t, "another pool", poolOf(t, z, "tank").Reads, 220)
		if len(r.fence.out) != 1 {
			t.Errorf("%d calls are out", len(r.fence.out))
		}
	}
	call := r.fence.out["my pool"]
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, file, "ONLINE\n")
	writeFile(t, file+".old", "SUSPENDED\n")
	<-call.done
	if z, _ := r.read(ctx); poolOf(t, z, "my pool").State != "ONLINE" {
		t.Errorf("after it answered: %+v", z.Pools)
	}
}

func TestBrokenZFS(t *testing.T) {
	ctx, dir := fixture(t, "zfs-2.1")
	writeFile(t, filepath.Join(dir, zfsDir, "tank/state"), "<b>\n")
	writeFile(t, filepath.Join(dir, zfsDir, "tank/objset-0x36"), "31 1\n")
	writeFile(t, filepath.Join(dir, zfsDir, "backup/io"), "12 3\nnread reads\n1\n")
	writeFile(t, filepath.Join(dir, zfsDir, "my pool/state"), "")
	writeFile(t, filepath.Join(dir, zfsDir, "arcstats"), "9 1\nname type data\nhits 4 5")
	z, _ := NewZFS()(ctx)
	for _, p := range z.Pools {
		if p.Name != "backup" && (p.Status != Failed || p.State != "" || p.Error == "") {
			t.Errorf("%s is %+v", p.Name, p)
		}
	}
	wantMissing(t, "objset", poolOf(t, z, "tank").Reads, Failed)
	wantMissing(t, "io", poolOf(t, z, "backup").ReadRate, Failed)
	wantMissing(t, "ARC", z.ARC.Size, Failed)
	wantMissing(t, "share of hits", z.ARC.HitPercent, Failed)
	if err := os.Remove(filepath.Join(dir, zfsDir, "arcstats")); err != nil {
		t.Fatal(err)
	}
	z, _ = NewZFS()(ctx)
	wantMissing(t, "no ARC", z.ARC.Size, Unsupported)
	if err := os.RemoveAll(filepath.Join(dir, "proc/spl")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewZFS()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no module: %v", err)
	}
}

// TestKstatsAreReadInPlace: each tick reads one of each mounted dataset.
func TestKstatsAreReadInPlace(t *testing.T) {
	arc, err := os.ReadFile(filepath.Join("testdata/zfs-2.1", zfsDir, "arcstats"))
	if err != nil {
		t.Fatal(err)
	}
	objset, err := os.ReadFile(filepath.Join("testdata/zfs-2.1", zfsDir, "tank/objset-0x36"))
	if err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(10, func() {
		if a, err := parseArcstats(arc); err != nil || a.size != Of(8589000000) {
			t.Errorf("got %+v, %v", a, err)
		}
		if c, ok := parseObjset(objset); !ok || c[0] != 200 {
			t.Errorf("got %v, %v", c, ok)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func FuzzParseArcstats(f *testing.F) {
	addKstats(f, "arcstats")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseArcstats([]byte(text))
		if err != nil {
			return
		}
		c := a.since(arcCounters{hits: Of(5), misses: Of(7)}, time.Second, false)
		for _, v := range []Value{c.Size, c.Target, c.Minimum, c.Maximum, c.Hits, c.Misses, c.HitRate, c.MissRate, c.HitPercent} {
			if number, ok := v.Get(); ok && !(number >= 0) {
				t.Errorf("%q has the number %v", text, number)
			}
		}
		if percent, _ := c.HitPercent.Get(); percent > 100 {
			t.Errorf("%q has %v %% hits", text, percent)
		}
	})
}

func FuzzParsePoolCounters(f *testing.F) {
	addKstats(f, "tank/objset-0x36", "backup/io")
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func([]byte) (zfsCounters, bool){parseObjset, parsePoolIO} {
			if c, ok := parse([]byte(text)); !ok {
				continue
			} else if total, used, ok := sumCounters(nil, map[string]zfsCounters{"": c}); total != c || used != c || !ok {
				t.Errorf("%q is %v", text, c)
			}
		}
	})
}

func addKstats(f *testing.F, files ...string) {
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("testdata/zfs-2.1", zfsDir, file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("1 1\nname type data\nc 4 -1\nsize 3 99999999999999999999\nhits 4 NaN\n")
}

func FuzzPoolState(f *testing.F) {
	f.Add("ONLINE")
	f.Add("<script>")
	f.Fuzz(func(t *testing.T, text string) {
		shown := shownPool("tank", outcome[zpoolReading]{result: result[zpoolReading]{value: zpoolReading{state: text}}}, time.Now())
		if shown.Status == OK && (shown.State == "" || strings.ContainsAny(shown.State, "<>&\" \n\x00")) || shown.Status != OK && shown.State != "" {
			t.Errorf("%q is shown as %+v", text, shown)
		}
	})
}
