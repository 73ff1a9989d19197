package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process measures bin/tacho as a whole: with nobody watching, beside
// node_exporter, among many processes, and with the streams of open pages.
func process(ctx context.Context, p plan) error {
	title("Whole process: bin/tacho serve --interval 1s")
	t := newTable("case", "seconds", "CPU % of a core", "CPU/tick us", "PSS MB", "private MB")
	defer t.print()
	return errors.Join(
		alone(ctx, t, p),
		addNodeExporter(ctx, t, p.idle),
		crowded(ctx, t, p),
		huge(ctx, t, p),
	)
}

// settling is how long what happens once, at the start, takes at most.
const settling = 4 * time.Second

// alone adds the rows of this machine as it is.
func alone(ctx context.Context, t *table, p plan) error {
	program, err := startTacho(ctx)
	if err != nil {
		return err
	}
	defer program.end()
	time.Sleep(settling)
	if err := program.addRow(t, "nobody watching", p.idle); err != nil {
		return err
	}
	for _, path := range []string{"/events?replay=all", "/api/v1/stream"} {
		for _, viewers := range []int{1, 10} {
			if err := program.watched(ctx, t, path, viewers, p.watched); err != nil {
				return err
			}
		}
	}
	return nil
}

// crowded adds the row of a machine with many sleeping processes.
func crowded(ctx context.Context, t *table, p plan) error {
	wake, err := startSleepers(ctx, sleepers)
	if err != nil {
		return err
	}
	defer wake()
	program, err := startTacho(ctx)
	if err != nil {
		return err
	}
	defer program.end()
	time.Sleep(3 * settling) // each process has its turn to be asked for more
	return program.addRow(t, fmt.Sprintf("nobody, %d more processes", sleepers), p.idle)
}

// huge adds the row of a /proc made of files, of more processes than a machine
// has. Averaged over a minute: tacho reads it the less often the more it costs.
func huge(ctx context.Context, t *table, p plan) error {
	tree, err := makeTree(hugeTree)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	program, err := startTacho(ctx, "HOST_PROC="+tree)
	if err != nil {
		return err
	}
	defer program.end()
	time.Sleep(3 * settling)
	return program.addRow(t, fmt.Sprintf("nobody, a /proc of %d files", hugeTree), p.idle)
}

// running is a bin/tacho that was started here.
type running struct {
	cmd *exec.Cmd
	url string
	dir string // its working directory
}

// startTacho starts bin/tacho on a free port of loopback, with defaults, in a
// directory whose empty config.yaml keeps others from being read. Environment is
// added to this one's, without its TACHO_ variables.
func startTacho(ctx context.Context, environment ...string) (*running, error) {
	binary, err := filepath.Abs("bin/tacho")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tacho-bench-")
	if err != nil {
		return nil, err
	}
	r := &running{dir: dir}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), nil, 0o644); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	r.cmd = exec.CommandContext(ctx, binary, "serve", "--listen=127.0.0.1:0", "--interval=1s", "--log-format=json")
	r.cmd.Dir = dir
	r.cmd.Env = append(withoutSettings(os.Environ()), environment...)
	log, err := r.cmd.StderrPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bin/tacho, which make build leaves: %w", err), os.RemoveAll(dir))
	}
	if r.url, err = servedURL(log); err != nil {
		r.end()
		return nil, err
	}
	go io.Copy(io.Discard, log)
	return r, nil
}

func withoutSettings(environ []string) (kept []string) {
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "TACHO_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// servedURL reads from the program's log where it serves.
func servedURL(log io.Reader) (string, error) {
	var said []string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var entry struct{ URL string }
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.URL != "" {
			return strings.TrimSuffix(entry.URL, "/"), nil
		}
		said = append(said, lines.Text())
	}
	return "", fmt.Errorf("bin/tacho does not serve: %s", strings.Join(said, "; "))
}

// end stops the program and waits until it is gone.
func (r *running) end() {
	r.cmd.Process.Signal(syscall.SIGTERM)
	killed := time.AfterFunc(10*time.Second, func() { r.cmd.Process.Kill() })
	defer killed.Stop()
	r.cmd.Wait()
	os.RemoveAll(r.dir)
}

// watched adds a row for viewers who read a stream for as long as d.
func (r *running) watched(ctx context.Context, t *table, path string, viewers int, d time.Duration) error {
	ctx, leave := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer leave()
	for range viewers {
		body, err := r.open(ctx, path)
		if err != nil {
			return err
		}
		reading.Go(func() {
			defer body.Close()
			io.Copy(io.Discard, body)
		})
	}
	time.Sleep(2 * time.Second)
	return r.addRow(t, fmt.Sprintf("%d of %s", viewers, path), d)
}

func (r *running) open(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return response.Body, nil
}

// addRow measures the program for as long as d.
func (r *running) addRow(t *table, name string, d time.Duration) error {
	pid := r.cmd.Process.Pid
	before, err := cpuTime(pid)
	if err != nil {
		return err
	}
	begin := time.Now()
	time.Sleep(d)
	after, err := cpuTime(pid)
	if err != nil {
		return err
	}
	used, passed := (after - before).Seconds(), time.Since(begin).Seconds()
	pss, err := memory(pid, "Pss")
	if err != nil {
		return err
	}
	private, err := memory(pid, "Anonymous")
	if err != nil {
		return err
	}
	const mega = 1 << 20
	t.add(name, fmt.Sprintf("%.0f", passed), fmt.Sprintf("%.3f", 100*used/passed), fmt.Sprintf("%.0f", 1e6*used/passed),
		fmt.Sprintf("%.1f", float64(pss)/mega), fmt.Sprintf("%.1f", float64(private)/mega))
	return nil
}
