package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/test/program"
)

// What tacho says of each process is what the kernel says of it.
func TestTruthOfProcesses(t *testing.T) {
	subjects := startSubjects(t)
	t.Run("served", func(t *testing.T) {
		p := start(t, "--interval=200ms")
		prove(t, directProcesses, func(time.Time) (said, error) { return processesSince(p.URL) })
		for name, s := range subjects {
			wantSubject(t, p.URL, name, s)
		}
		wantGroup(t, processOf(t, p.URL, os.Getpid()))
		wantCounts(t, p.URL)
	})
	t.Run("printed", func(t *testing.T) { wantPrintedProcesses(t, subjects["burn"]) })
	t.Run("rates", func(t *testing.T) { wantProcessRates(t, subjects) })
	t.Run("changes", func(t *testing.T) { wantChanges(t, subjects) })
}

const threads, otherUser = 3, 65534

// startSubjects runs processes of all kinds: with names that could be taken for
// something else, busy, of another user, stopped, and ended with nobody to care.
func startSubjects(t *testing.T) map[string]*subject {
	t.Helper()
	uid := os.Geteuid()
	if uid == 0 {
		uid = otherUser
	}
	subjects := map[string]*subject{
		"odd":     startSubject(t, "a) R (1 2 3", fmt.Sprint("rest ", os.Geteuid())),
		"burn":    startSubject(t, "two words", fmt.Sprint("burn ", threads)),
		"write":   startSubject(t, "(w)", "write "+filepath.Join(t.TempDir(), "written")),
		"other":   startSubject(t, "other", fmt.Sprint("rest ", uid)),
		"stopped": startSubject(t, "stopped", fmt.Sprint("rest ", os.Geteuid())),
		"zombie":  startSubject(t, "zombie", fmt.Sprint("rest ", os.Geteuid())),
	}
	for name, s := range map[string]syscall.Signal{"stopped": syscall.SIGSTOP, "zombie": syscall.SIGKILL} {
		if err := subjects[name].command.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	return subjects
}

// wantSubject wants to see what only who made a process can know of it.
func wantSubject(t *testing.T, url, name string, s *subject) {
	t.Helper()
	row := processOf(t, url, s.pid())
	want := map[string]map[string]any{
		"odd":     {"name": "a) R (1 2 3", "state": "S", "parent_pid": float64(os.Getpid())},
		"burn":    {"name": "two words"},
		"write":   {"name": "(w)"},
		"other":   {"uid": float64(otherUser)},
		"stopped": {"state": "T"},
		"zombie":  {"state": "Z", "resident_bytes": 0.0},
	}[name]
	if os.Geteuid() != 0 {
		delete(want, "uid")
	}
	for key, value := range want {
		if row[key] != value {
			t.Errorf("%s: %s is %v, want %v", name, key, row[key], value)
		}
	}
}

// wantGroup wants the control group of this process to be one of those that it
// is in.
func wantGroup(t *testing.T, own row) {
	t.Helper()
	var paths []string
	for _, line := range table(t, "/proc/self/cgroup") {
		paths = append(paths, strings.SplitN(strings.Join(line, " "), ":", 3)[2])
	}
	if !slices.Contains(paths, own["cgroup"].(string)) {
		t.Errorf("this process is in %v, and said to be in %v", paths, own["cgroup"])
	}
}

// row is a process as the JSON interface has it.
type row = map[string]any

type processAnswer struct {
	Seq       uint64  `json:"seq"`
	Age       float64 `json:"age_seconds"`
	Total     int     `json:"total"`
	Matched   int     `json:"matched"`
	Processes []row   `json:"processes"`
}

func processesOf(url, query string) (answer processAnswer, err error) {
	response, err := http.Get(url + "api/v1/processes?" + query)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return answer, errors.New(response.Status)
	}
	return answer, json.NewDecoder(response.Body).Decode(&answer)
}

const allProcesses = "limit=10000"

// freshProcesses are those of a tick that began after the call.
func freshProcesses(url string) (answer processAnswer, err error) {
	first, err := processesOf(url, allProcesses)
	for deadline := time.Now().Add(patience); err == nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		// The tick after the first one may be under way already.
		if answer, err = processesOf(url, allProcesses); answer.Seq > first.Seq+1 && answer.Age == 0 {
			return answer, err
		}
	}
	return answer, errors.Join(err, errors.New("no tick comes"))
}

func processesSince(url string) (said, error) {
	answer, err := freshProcesses(url)
	return sayProcesses(answer.Processes), err
}

func sayProcesses(rows []row) said {
	out := nothing()
	for _, r := range rows {
		for key, value := range r {
			out.put(processKey(r["pid"], r["start_ticks"])+key, value)
		}
	}
	return out
}

func processKey(pid, start any) string { return fmt.Sprintf("process.%.0f-%.0f.", pid, start) }

func processOf(t *testing.T, url string, pid int) (found row) {
	t.Helper()
	eventually(t, func() error {
		answer, err := freshProcesses(url)
		i := slices.IndexFunc(answer.Processes, func(r row) bool { return r["pid"] == float64(pid) })
		if err != nil || i < 0 || answer.Processes[i]["uid"] == nil {
			return fmt.Errorf("process %d is not among %d: %v", pid, len(answer.Processes), err)
		}
		found = answer.Processes[i]
		return nil
	})
	return found
}

// directProcesses reads all of /proc/PID.
func directProcesses(t *testing.T) said {
	t.Helper()
	out := nothing()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		one := nothing()
		if directProcess(t, dir, one) {
			maps.Copy(out.numbers, one.numbers)
			maps.Copy(out.words, one.words)
		}
	}
	return out
}

// directProcess reports false for one that ends meanwhile.
func directProcess(t *testing.T, dir string, out said) bool {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"stat", "status", "io", "cgroup"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return false
		}
		files[name] = string(text)
	}
	stat := files["stat"]
	open, closed := strings.Index(stat, "("), strings.LastIndex(stat, ")")
	fields := append([]string{"", strings.TrimSpace(stat[:open]), stat[open+1 : closed]}, strings.Fields(stat[closed+1:])...)
	at := func(i int) float64 { return number(t, fields[i]) }
	prefix := processKey(at(1), at(22))
	out.words[prefix+"name"], out.words[prefix+"state"] = fields[2], fields[3]
	for key, value := range map[string]float64{
		"pid": at(1), "parent_pid": at(4), "start_ticks": at(22), "major_faults_total": at(12), "cpu_seconds_total": (at(14) + at(15)) / 100,
		"priority": at(18), "nice": at(19), "threads": at(20), "virtual_bytes": at(23), "resident_bytes": float64(os.Getpagesize()) * at(24),
	} {
		out.numbers[prefix+key] = value
	}
	lines := func(file, name string, factor float64, key string) {
		for line := range strings.Lines(files[file]) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == name+":" {
				out.numbers[prefix+key] = factor * number(t, words[min(len(words)-1, map[bool]int{true: 2, false: 1}[name == "Uid"])])
			}
		}
	}
	lines("status", "Uid", 1, "uid")
	lines("status", "VmSwap", 1024, "swap_bytes")
	lines("io", "read_bytes", 1, "read_bytes_total")
	lines("io", "write_bytes", 1, "write_bytes_total")
	lines("io", "cancelled_write_bytes", 1, "cancelled_write_bytes_total")
	return true
}

// wantCounts wants the sums to be those of the rows of the same tick.
func wantCounts(t *testing.T, url string) {
	t.Helper()
	eventually(t, func() error {
		answer, err := processesOf(url, allProcesses)
		if err != nil {
			return err
		}
		_, body := get(t, url+"api/v1/snapshot?channels=processes")
		s := decode[struct {
			Seq       uint64
			Processes section[map[string]any]
		}](t, body)
		if s.Seq != answer.Seq {
			return fmt.Errorf("ticks %d and %d", s.Seq, answer.Seq)
		}
		want := row{"total": float64(answer.Total), "listed": float64(len(answer.Processes)), "threads": 0.0, "kernel_threads": 0.0}
		states := map[string]string{"R": "running", "S": "sleeping", "D": "blocked", "T": "stopped", "t": "stopped", "Z": "zombie", "X": "zombie", "I": "idle"}
		for _, name := range states {
			want[name] = 0.0
		}
		add := func(key string, n float64) { want[key] = want[key].(float64) + n }
		for _, r := range answer.Processes {
			add(states[r["state"].(string)], 1)
			add("threads", r["threads"].(float64))
			if r["kernel"] == true {
				add("kernel_threads", 1)
			}
		}
		for key, value := range want {
			if got := s.Processes.Data[key]; got != value {
				t.Errorf("%s is %v, the rows say %v", key, got, value)
			}
		}
		if want["stopped"] == 0.0 || want["zombie"] == 0.0 || want["running"] == 0.0 {
			return fmt.Errorf("not seen: %v", want) // what computes may wait for a core at one tick
		}
		return nil
	})
}

// wantPrintedProcesses wants the rows of tacho snapshot to be right, the busiest
// first.
func wantPrintedProcesses(t *testing.T, busy *subject) {
	print := func() []row {
		got := run(t, t.TempDir(), nil, "snapshot", "--json", "--interval=200ms")
		return decode[struct {
			Processes section[struct{ Top []row }]
		}](t, got.stdout).Processes.Data.Top
	}
	rows := print()
	if i := slices.IndexFunc(rows, func(r row) bool { return r["pid"] == float64(busy.pid()) }); i < 0 || i > 5 {
		t.Errorf("who computes most is number %d of %d", i, len(rows))
	}
	kept := sayProcesses(rows)
	prove(t, func(t *testing.T) said {
		out := directProcesses(t)
		maps.DeleteFunc(out.numbers, func(name string, _ float64) bool { _, had := kept.numbers[name]; return !had })
		maps.DeleteFunc(out.words, func(name string, _ string) bool { _, had := kept.words[name]; return !had })
		return out
	}, func(time.Time) (said, error) {
		now := sayProcesses(print())
		// Who has left the top is as it was.
		maps.DeleteFunc(kept.numbers, func(name string, _ float64) bool { _, has := now.numbers[name]; return !has })
		maps.DeleteFunc(kept.words, func(name string, _ string) bool { _, has := now.words[name]; return !has })
		return now, nil
	})
	if len(kept.numbers) < 100 {
		t.Errorf("only %d numbers could be compared", len(kept.numbers))
	}
}

// wantProcessRates wants what two processes did in some ticks, by the rates of
// each, to be what they say themselves.
func wantProcessRates(t *testing.T, subjects map[string]*subject) {
	p := start(t, "--interval=500ms")
	events := parse(curl(t, p.URL+"api/v1/stream/processes"))
	at := func(e event) (time.Time, row, row) {
		s := decode[struct {
			Time      time.Time
			Processes section[struct{ Top []row }]
		}](t, e.data)
		found := map[int]row{}
		for _, r := range s.Processes.Data.Top {
			found[int(r["pid"].(float64))] = r
		}
		burner, writer := found[subjects["burn"].pid()], found[subjects["write"].pid()]
		if burner == nil || writer == nil {
			t.Fatalf("the busiest are not among the top %d", len(found))
		}
		return s.Time, burner, writer
	}
	before, own, n := take(t, events, 2)[1], subjects["burn"].ask(""), 6
	began, burner, writer := at(before)
	computed, written := burner["cpu_seconds_total"].(float64), writer["write_bytes_total"].(float64)
	asked := time.Now()
	share, flow, last := 0.0, 0.0, began
	for range n {
		now, b, w := at(take(t, events, 1)[0])
		share += now.Sub(last).Seconds() * b["cpu_percent"].(float64) / 100
		flow += now.Sub(last).Seconds() * w["write_bytes_per_second"].(float64)
		last, burner, writer = now, b, w
	}
	ownShare := (subjects["burn"].ask("") - own) / time.Since(asked).Seconds()
	took := last.Sub(began).Seconds()
	computed, written = burner["cpu_seconds_total"].(float64)-computed, writer["write_bytes_total"].(float64)-written
	// The time of a tick is that of its beginning, not of each reading in it.
	if math.Abs(share-computed) > computed/20 || math.Abs(flow-written) > written/10 {
		t.Errorf("the rates add up to %v s and %v bytes, the counters to %v s and %v bytes", share, flow, computed, written)
	}
	if written == 0 {
		t.Error("nothing is written")
	}
	if got := computed / took; math.Abs(got-ownShare) > max(0.1, ownShare/10) {
		t.Errorf("%v cores are used, by its own account %v", got, ownShare)
	}
}

// wantChanges wants to see what is done to a process.
func wantChanges(t *testing.T, subjects map[string]*subject) {
	p := start(t, "--interval=200ms")
	busy := subjects["burn"]
	processOf(t, p.URL, busy.pid())
	if err := unix.Setpriority(unix.PRIO_PROCESS, busy.pid(), 7); err != nil {
		t.Fatal(err)
	}
	if err := subjects["stopped"].command.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	subjects["zombie"].command.Wait()
	eventually(t, func() error {
		answer, err := freshProcesses(p.URL)
		if err != nil {
			return err
		}
		var wrong []error
		for _, r := range answer.Processes {
			switch int(r["pid"].(float64)) {
			case busy.pid():
				if r["nice"] != 7.0 {
					wrong = append(wrong, fmt.Errorf("nice is %v", r["nice"]))
				}
			case subjects["stopped"].pid():
				if r["state"] != "S" {
					wrong = append(wrong, fmt.Errorf("who was stopped is %v", r["state"]))
				}
			case subjects["zombie"].pid():
				wrong = append(wrong, errors.New("the zombie is still there"))
			}
		}
		return errors.Join(wrong...)
	})
	if got := busy.ask(""); math.Abs(processOf(t, p.URL, busy.pid())["cpu_seconds_total"].(float64)-got) > 2 {
		t.Errorf("it has computed %v s by its own account", got)
	}
}

// A number that is used again at once belongs to who has it, with all that is
// said of it.
func TestNumberIsUsedAgain(t *testing.T) {
	t.Parallel()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // for another user
		t.Fatal(err)
	}
	uid := 0 // the only one that there is, for whom the namespace is his own
	if os.Geteuid() == 0 {
		uid = otherUser
	}
	script := fmt.Sprintf("%s='same %s %d' '%s' &", subjectVariable, dir, uid, own)
	p, err := program.StartInside(t.TempDir(), script, "--interval=100ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("tacho's log:\n%s", p.Log())
		}
	})
	seen, last := lives{}, processAnswer{}
	eventually(t, func() error {
		answer, err := processesOf(p.URL, allProcesses)
		if err != nil {
			return err
		}
		if answer.Seq != last.Seq {
			seen.note(t, answer.Processes, float64(uid))
			if answer.Seq == last.Seq+1 {
				wantNewcomers(t, last.Processes, answer.Processes)
			}
			last = answer
		}
		if n := seen.most(); n < 30 {
			return fmt.Errorf("at most %d processes with one number seen in %d ticks", n, last.Seq)
		}
		return nil
	})
}

// lives are the names of processes by number and start.
type lives map[any]map[any]string

// most is how many processes have had the number that was used most.
func (l lives) most() (n int) {
	for _, starts := range l {
		n = max(n, len(starts))
	}
	return n
}

// note takes in the processes that one tick has seen, and complains of what
// cannot be theirs.
func (l lives) note(t *testing.T, rows []row, resting float64) {
	t.Helper()
	for _, r := range rows {
		pid, start, name := r["pid"], r["start_ticks"], r["name"].(string)
		if !strings.HasPrefix(name, "rest") && !strings.HasPrefix(name, "burn") {
			continue // it has not executed its program yet
		}
		if l[pid] == nil {
			l[pid] = map[any]string{}
		}
		if before, known := l[pid][start]; known && before != name {
			t.Errorf("%v of %v was %s, and is %s", pid, start, before, name)
		}
		l[pid][start] = name
		user := map[string]float64{"rest": resting, "burn": 0}[name[:4]]
		if uid, known := r["uid"].(float64); known && uid != user {
			t.Errorf("%s is of user %v, and said to be of %v", name, user, uid)
		}
		if used := r["cpu_seconds_total"].(float64); name[:4] == "rest" && used > 0.02 {
			t.Errorf("%s rests, and has computed %v s", name, used)
		}
	}
}

// wantNewcomers wants no rates of those who were not there at the tick before.
func wantNewcomers(t *testing.T, before, now []row) {
	t.Helper()
	known := map[string]bool{}
	for _, r := range before {
		known[processKey(r["pid"], r["start_ticks"])] = true
	}
	for _, r := range now {
		if share := r["cpu_percent"]; share != nil && !known[processKey(r["pid"], r["start_ticks"])] {
			t.Errorf("%v has begun since the tick before, and uses %v %% since then", r["name"], share)
		}
	}
}

// What comes and goes between two ticks is counted.
func TestShortLived(t *testing.T) {
	t.Parallel()
	const n = 100
	path, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	forker := startSubject(t, "forker", "fork "+path)
	p := start(t, "--interval=1s")
	events := parse(curl(t, p.URL+"api/v1/stream/processes,kernel"))
	type tick struct {
		Processes section[struct {
			Started    float64
			ShortLived numbers `json:"short_lived"`
		}]
		Kernel section[struct {
			Forks float64 `json:"forks_per_second"`
		}]
	}
	take(t, events, 2)
	forker.ask(strconv.Itoa(n))
	tasks, forks, started := 0.0, 0.0, 0.0
	eventually(t, func() error {
		var s tick
		if err := json.NewDecoder(bytes.NewBufferString(take(t, events, 1)[0].data)).Decode(&s); err != nil {
			return err
		}
		tasks += *s.Processes.Data.ShortLived["tasks"]
		started += s.Processes.Data.Started
		forks += s.Kernel.Data.Forks
		// Some may have been caught at work, and then they are rows.
		if tasks+started < n {
			return fmt.Errorf("%v tasks were short-lived, and %v processes new, of %v forks", tasks, started, forks)
		}
		return nil
	})
	if tasks < 0.9*n || tasks > forks*1.2+10 {
		t.Errorf("%v tasks were short-lived of %d and more, %v forks in all", tasks, n, forks)
	}
}
