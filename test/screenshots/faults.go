package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

// fixtures are the recorded machines of the collectors' tests.
const fixtures = "../collector/testdata"

// ailing are the views of a machine with much the matter.
var ailing = views("faults")

// faults takes pictures of a machine of which some cannot be read, and much is
// wrong. It is this one with other roots.
func faults(ctx, chromium context.Context, scratch, dir string, filling time.Duration) error {
	root := filepath.Join(scratch, "faults")
	if err := lay(root); err != nil {
		return err
	}
	full, nearly := filepath.Join(root, "srv/archive"), filepath.Join(root, "srv/a/rather/long/path/to/some/data/that/is/kept")
	script := fmt.Sprintf(`export HOST_PROC=%[1]s/proc HOST_SYS=%[1]s/sys
mkdir -p %[2]s %[3]s
mount -t tmpfs -o size=64m none %[2]s
mount -t tmpfs -o size=64m none %[3]s
head -c 66700000 /dev/zero >%[2]s/data
head -c 60000000 /dev/zero >%[3]s/data`, root, full, nearly)
	tacho, err := program.StartInside(scratch, script, pace, "--mounts-include="+full, "--mounts-include="+nearly)
	if err != nil {
		return err
	}
	defer tacho.Kill()
	if !pause(ctx, filling) {
		return ctx.Err()
	}
	return errors.Join(
		take(chromium, tacho.URL, dir, ailing),
		lost(chromium, tacho.URL, dir, "reconnecting", func() error { tacho.Kill(); return nil }),
	)
}

// lay makes the roots: most of them lead to this machine.
func lay(root string) error {
	proc, sys := filepath.Join(root, "proc"), filepath.Join(root, "sys")
	replaced := map[string]string{
		"mdstat":    degraded,
		"diskstats": "   8       0 sda 1 2 three\n",
		"vmstat":    "nr_free_pages",
	}
	return errors.Join(
		program.Mirror("/proc", proc, func(name string) bool { return replaced[name] == "" && name != "net" && (name == "1" || name[0] > '9') }),
		program.Mirror("/proc/net", filepath.Join(proc, "net"), func(name string) bool { return name != "snmp" }),
		write(filepath.Join(proc, "net"), map[string]string{"snmp": "Tcp: RtoAlgorithm\nTcp: \n"}),
		write(proc, replaced),
		processes(proc),
		program.Mirror("/sys/block", filepath.Join(sys, "block"), all),
		program.Mirror("/sys/class", filepath.Join(sys, "class"), func(name string) bool {
			return !slices.Contains([]string{"drm", "hwmon", "thermal", "power_supply"}, name)
		}),
		program.Mirror("/sys/devices/system", filepath.Join(sys, "devices/system"), all),
		program.Mirror("/sys/fs", filepath.Join(sys, "fs"), all),
		os.CopyFS(sys, os.DirFS(filepath.Join(fixtures, "gpu-amd/sys"))),
		sensors(root),
	)
}

const degraded = `Personalities : [raid1] [raid6] [raid5] [raid4]
md0 : active raid1 sdb1[1] sda1[0]
      1046528 blocks super 1.2 [2/2] [UU]

md1 : active raid5 sdf1[4] sde1[2](F) sdd1[1] sdc1[0]
      2929893888 blocks super 1.2 level 5, 512k chunk, algorithm 2 [4/3] [UU_U]
      [=====>...............]  recovery = 28.4% (277369344/975578048) finish=92.6min speed=125624K/sec

unused devices: <none>
`

func all(string) bool { return true }

func write(dir string, files map[string]string) (err error) {
	for name, text := range files {
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644))
	}
	return err
}

// processes are recorded: they stand still.
func processes(proc string) (err error) {
	recorded := filepath.Join(fixtures, "proc-6.12/proc")
	names, err := os.ReadDir(recorded)
	for _, entry := range names {
		if name := entry.Name(); name[0] <= '9' && name != "1" {
			err = errors.Join(err, os.CopyFS(filepath.Join(proc, name), os.DirFS(filepath.Join(recorded, name))))
		}
	}
	return err
}

// sensors are those of a desktop that is too hot.
func sensors(root string) error {
	text, err := os.ReadFile(filepath.Join(fixtures, "sensors-desktop.txt"))
	if err != nil {
		return err
	}
	hot := strings.NewReplacer("hwmon2/temp1_input = 54000", "hwmon2/temp1_input = 101000", "temp1_input = 38850", "temp1_input = 82850")
	for line := range strings.Lines(hot.Replace(string(text))) {
		line = strings.TrimSuffix(line, "\n")
		if path, target, ok := strings.Cut(line, " -> "); ok {
			link := filepath.Join(root, path)
			err = errors.Join(err, os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink(target, link))
		} else if path, content, ok := strings.Cut(line, " = "); ok && line[0] != '#' {
			err = errors.Join(err, write(root, map[string]string{path: strings.ReplaceAll(content, `\n`, "\n") + "\n"}))
		}
	}
	return err
}
