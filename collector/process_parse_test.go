package collector

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

const (
	statOf612 = "4242 (kworker/u8:1-ev) S 2 0 0 0 -1 69238880 0 0 7 0 11 22 -3 4 20 0 1 0 35 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 1 0 0 17 3 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	statOf32  = "4242 (exim4) S 1 4242 4242 0 -1 4202816 812 0 3 0 3 5 0 0 20 0 1 0 1500 50331648 300 4294967295 1 1 0 0 0 0 0 4096 0 1 0 0 17 0 0 0 0 0 0\n"
)

func TestParseProcessStat(t *testing.T) {
	s, ok := parseProcessStat([]byte(statOf612), 4242)
	if !ok || string(s.comm) != "kworker/u8:1-ev" || s.state != 'S' || s.parent != 2 || !s.isKernel() || s.majorFaults != 7 ||
		s.cpu != 33 || s.children != 4 || s.priority != 20 || s.threads != 1 || s.start != 35 || s.processor != 3 {
		t.Errorf("got %+v, %v", s, ok)
	}
	if s, ok := parseProcessStat([]byte(statOf32), 4242); !ok || s.virtual != 50331648 || s.resident != 300 || s.isKernel() || s.code != 1 {
		t.Errorf("got %+v, %v", s, ok)
	}
	fields := strings.Fields(statOf32)
	if s, ok := parseProcessStat([]byte(strings.Join(fields[:rssField], " ")+"\n"), 4242); !ok || s.processor != -1 {
		t.Errorf("of the fields up to rss: %+v, %v", s, ok)
	}
}

func TestParseProcessStatNames(t *testing.T) {
	for _, name := range []string{"", " ", ")", "(", ") R 1 (", "a\nb", "((sd-pam))", "\xff\x00", ") S 1 1 1 1 1 1"} {
		s, ok := parseProcessStat([]byte(strings.Replace(statOf32, "exim4", name, 1)), 4242)
		if !ok || string(s.comm) != name || s.parent != 1 || s.start != 1500 {
			t.Errorf("%q: %+v, %v", name, s, ok)
		}
	}
}

func TestParseProcessStatOfNoKernel(t *testing.T) {
	for i := range len(statOf612) {
		if s, ok := parseProcessStat([]byte(statOf612[:i]), 4242); ok {
			t.Errorf("cut at %d: %+v", i, s)
		}
	}
	for name, text := range map[string]string{
		"another process":  strings.Replace(statOf32, "4242 (", "4243 (", 1),
		"too few fields":   "4242 (exim4) S 1 4242\n",
		"no number":        strings.Replace(statOf32, " 1500 ", " late ", 1),
		"too long":         strings.Replace(statOf32, " 1500 ", " 99999999999999999999 ", 1),
		"negative start":   strings.Replace(statOf32, " 1500 ", " -1500 ", 1),
		"endless CPU time": strings.Replace(statOf32, " 3 5 0 0 ", " 3 9223372036854775807 0 0 ", 1),
		"endless memory":   strings.Replace(statOf32, " 300 ", " 9223372036854775807 ", 1),
		"no state":         strings.Replace(statOf32, ") S ", ") ? ", 1),
		"two spaces":       strings.Replace(statOf32, " 1500 ", "  1500 ", 1),
	} {
		if s, ok := parseProcessStat([]byte(text), 4242); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func FuzzParseProcessStat(f *testing.F) {
	f.Add([]byte(statOf612))
	f.Add([]byte(statOf32))
	f.Add([]byte("4242 (a) R 1 (b) S 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, ok := parseProcessStat(text, 4242)
		if !ok {
			return
		}
		if s.cpu > 2*uint64(maxTicks) || s.children > 2*uint64(maxTicks) || s.resident > maxPages || s.threads < 0 || s.parent < 0 || len(stateName(s.state)) != 1 {
			t.Errorf("%q: %+v", text, s)
		}
	})
}

const statusText = "Name:\tx\\nUid:\t9\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t33\t1000\t33\nGid:\t1000\t1000\t1000\t1000\nNSpid:\t71\t7\nVmSwap:\t     128 kB\nThreads:\t1\n"

func TestParseProcessStatus(t *testing.T) {
	uid, swap := parseProcessStatus([]byte(statusText))
	wantNumber(t, "uid", uid, 33)
	wantNumber(t, "swap", swap, 128<<10)
	if n := countIDs([]byte(statusText)); n != 2 {
		t.Errorf("%d numbers", n)
	}
	for text, want := range map[string]Status{
		"Uid:\t1\t2\t3\t4\n":                   Unsupported,
		"Uid:\t1\t2\t3\t4\nVmSwap:\t1 MB\n":    Failed,
		"Uid:\t1\t2\t3\t4\nVmSwap:\t-1 kB\n":   Failed,
		"Uid:\t1\t2\t3\t4\nVmSwap:\t 128 kB":   Failed,
		"Uid:\t1\t2\t3\t4\nVmSwap:\tmuch kB\n": Failed,
	} {
		_, swap := parseProcessStatus([]byte(text))
		wantMissing(t, "swap", swap, want)
	}
	for _, text := range []string{"", "Uid:\n", "Uid:\t1\n", "Uid:\tx\ty\n", "Uid:\t0\t-1\n", "Uid:\t0\t4294967296\n", "Name:\tx\n"} {
		uid, _ := parseProcessStatus([]byte(text))
		wantMissing(t, "uid", uid, Failed)
	}
}

func FuzzParseProcessStatus(f *testing.F) {
	f.Add([]byte(statusText))
	f.Fuzz(func(t *testing.T, text []byte) {
		uid, swap := parseProcessStatus(text)
		if n, _ := uid.Get(); n < 0 || n > 1<<32-1 {
			t.Errorf("uid %v", n)
		}
		if n, _ := swap.Get(); n < 0 || n > 1<<53 {
			t.Errorf("swap %v", n)
		}
		countIDs(text)
	})
}

func TestParseProcessCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/ssh.service\n":                                  "/system.slice/ssh.service",
		"11:memory:/a\n1:name=systemd:/system.slice/cron.service\n0::/\n": "/system.slice/cron.service",
		"11:memory:/a\n1:name=systemd:/b\n0::/c\n":                        "/c",
		"9:name=systemd:/\n4:memory:/jail/one\n1:cpu:/\n0::/\n":           "/jail/one",
		"0::/\n":                       "/",
		"2:pids:/\n":                   "/",
		"0::/user.slice/a:b:c.scope\n": "/user.slice/a:b:c.scope",
		"0::/system.slice/gone.service (deleted)\n": "/system.slice/gone.service",
		"0::/cut/sho": "",
		"0::\n":       "",
		"nonsense\n":  "",
		"":            "",
	} {
		if got := parseProcessCgroup([]byte(text)); string(got) != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParseProcessCgroup(f *testing.F) {
	f.Add([]byte("11:memory:/a\n1:name=systemd:/b\n0::/c (deleted)\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := parseProcessCgroup(text)
		if strings.Contains(string(path), "\n") || !strings.Contains(string(text), string(path)) {
			t.Errorf("%q: %q", text, path)
		}
		membershipOf(string(path))
	})
}

const ioText = "rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 4096\nwrite_bytes: 323932160\ncancelled_write_bytes: 12\n"

func TestParseProcessIO(t *testing.T) {
	if io, ok := parseProcessIO([]byte(ioText)); !ok || io != (processIO{4096, 323932160, 12}) {
		t.Errorf("got %+v, %v", io, ok)
	}
	for i := range len(ioText) {
		if io, ok := parseProcessIO([]byte(ioText[:i])); ok {
			t.Errorf("cut at %d: %+v", i, io)
		}
	}
	for _, text := range []string{strings.Replace(ioText, " 4096", " -4096", 1), strings.Replace(ioText, "4096", "4096 x", 1), strings.Replace(ioText, "\nread_bytes", "\nwrite", 1)} {
		if io, ok := parseProcessIO([]byte(text)); ok {
			t.Errorf("%q: %+v", text, io)
		}
	}
}

func FuzzParseProcessIO(f *testing.F) {
	f.Add([]byte(ioText))
	f.Fuzz(func(t *testing.T, text []byte) {
		if io, ok := parseProcessIO(text); !ok && io != (processIO{}) {
			t.Errorf("%q: %+v", text, io)
		}
	})
}

// entry is a struct linux_dirent64 as the kernel writes it.
func entry(kind byte, name string) []byte {
	length := (19 + len(name) + 1 + 7) &^ 7
	e := make([]byte, length)
	binary.NativeEndian.PutUint16(e[16:], uint16(length))
	e[18] = kind
	copy(e[19:], name)
	return e
}

func TestAppendProcessIDs(t *testing.T) {
	entries := slices.Concat(entry(unix.DT_DIR, "."), entry(unix.DT_DIR, "1"), entry(unix.DT_REG, "2"), entry(unix.DT_DIR, "irq"), entry(unix.DT_DIR, "03"),
		entry(unix.DT_DIR, "4a"), entry(unix.DT_UNKNOWN, "4194303"), entry(unix.DT_DIR, "99999999999999999999"), entry(unix.DT_DIR, "0"), entry(unix.DT_DIR, "-7"), entry(unix.DT_DIR, "12345678"))
	if got, want := appendProcessIDs(nil, entries), []int32{1, 4194303}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzAppendProcessIDs(f *testing.F) {
	f.Add(slices.Concat(entry(unix.DT_DIR, "1"), entry(unix.DT_DIR, "22")))
	f.Fuzz(func(t *testing.T, entries []byte) {
		for _, pid := range appendProcessIDs(nil, entries) {
			if pid <= 0 || pid > maxProcessID {
				t.Errorf("%d", pid)
			}
		}
	})
}

func TestParseSystemStat(t *testing.T) {
	s, err := parseSystemStat([]byte("cpu  1 2 3\ncpu0 1 2 3\ncpu7 1 2 3\nintr 1 2\nbtime 1700000000\nprocesses 99\n"))
	if err != nil || s.cpus != 2 || s.forks != 99 || !s.hasForks || s.boot.Unix() != 1700000000 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, text := range []string{"", "cpu  1\n", "btime 17", "btime -1\n", "btime never\n", "btime 99999999999999\n"} {
		if s, err := parseSystemStat([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

func FuzzParseSystemStat(f *testing.F) {
	f.Add([]byte("cpu  1 2 3\ncpu0 1 2 3\nbtime 1700000000\nprocesses 99\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseSystemStat(text); err == nil && (s.cpus < 1 || s.boot.Unix() < 0) {
			t.Errorf("%q: %+v", text, s)
		}
	})
}

func TestParseCommandLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"/usr/sbin/sshd\x00-D\x00":             "/usr/sbin/sshd -D",
		"nginx: worker process\x00\x00\x00":    "nginx: worker process",
		"a\x00\x00b\x00":                       "a  b",
		"db\x00--password=hunter2\x00-v\x00":   "db --password=*** -v",
		"db\x00--password\x00hunter2\x00-v":    "db --password *** -v",
		"db\x00--token\x00--verbose\x00x":      "db --token --verbose x",
		"db\x00--Api-Key\x00two words\x00":     "db --Api-Key ***",
		"db\x00-password\x00x\x00":             "db -password ***",
		"db\x00-p\x00x\x00":                    "db -p x",
		"env\x00DB_PASS=a b c\x00run\x00":      "env DB_PASS=*** run",
		"env\x00AWS_SECRET_ACCESS_KEY=\x00run": "env AWS_SECRET_ACCESS_KEY= ***",
		"java\x00-Djavax.net.ssl.keyStorePassword=x\x00-jar\x00a.jar":                    "java -Djavax.net.ssl.keyStorePassword=*** -jar a.jar",
		"curl\x00-H\x00Authorization: Bearer abc\x00http://h/":                           "curl -H Authorization:*** http://h/",
		"psql\x00postgres://app:s3cr3t@db:5432/x?a=b\x00":                                "psql postgres://app:***@db:5432/x?a=b",
		"git\x00clone\x00https://u:p@ss@h/r\x00":                                         "git clone https://u:***@h/r",
		"x\x00http://h:80/p\x00":                                                         "x http://h:80/p",
		"x\x00ssh://git@h:22/r\x00":                                                      "x ssh://git@h:22/r",
		"x\x00--url=redis://:p@h\x00":                                                    "x --url=redis://:***@h",
		"sh\x00-c\x00mysql --password=a --user=b && curl --token  c http://u:p@h/ 'x y'": "sh -c mysql --password=*** --user=b && curl --token  *** http://u:***@h/ 'x y'",
		"sh\x00-c\x00export TOKEN='a b' X=\"c d\"":                                       "sh -c export TOKEN=*** X=\"c d\"",
		"sh\x00-c\x00bash -c 'PGPASSWORD=a psql'":                                        "sh -c bash -c 'PGPASSWORD=*** psql'",
	} {
		if got := parseCommandLine([]byte(text)); got != want {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestLongCommandLine(t *testing.T) {
	for _, c := range []string{"x", "é", "€", "😀", "a€"} {
		line := parseCommandLine([]byte(strings.Repeat(c, commandLineLimit+1)[:commandLineLimit+1]))
		rest, cut := strings.CutSuffix(line, ellipsis)
		if !cut || !utf8.ValidString(line) || len(rest) > commandLineLimit || len(rest) < commandLineLimit-3 {
			t.Errorf("%s: %d bytes, %v", c, len(line), cut)
		}
	}
	whole := strings.Repeat("x", commandLineLimit)
	if line := parseCommandLine([]byte(whole)); line != whole {
		t.Errorf("%d bytes of %d", len(line), commandLineLimit)
	}
}

func FuzzParseCommandLine(f *testing.F) {
	f.Add("curl", "s3cr3t-v4lue")
	f.Add("sh\x00-c\x00'a b", "\"'x y'\"")
	f.Fuzz(func(t *testing.T, before, secret string) {
		if len(before) > 1000 || len(secret) < 8 || len(secret) > 1000 || strings.ContainsAny(secret, "\x00 \t\r\n-'\"*") || strings.Contains(before, secret) {
			return
		}
		for _, form := range []string{"%s\x00--password=%s\x00", "%s\x00X_TOKEN=%s\x00", "%s\x00--\x00--api-key\x00%s\x00", "%s\x00http://user:%s@host/\x00"} {
			line := parseCommandLine(fmt.Appendf(nil, form, before, secret))
			if strings.Contains(line, secret) {
				t.Errorf("%q holds %q", line, secret)
			}
			if len(line) > commandLineLimit+len(ellipsis) {
				t.Errorf("%d bytes", len(line))
			}
		}
	})
}
