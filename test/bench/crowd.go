package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// sleepers is how many processes a crowded machine has besides its own.
const sleepers = 2000

// startSleepers starts processes that do nothing, and returns what ends them.
func startSleepers(ctx context.Context, count int) (end func(), err error) {
	script := fmt.Sprintf("for i in $(seq %d); do sleep 600 & done; echo ready; wait", count)
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	ready, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	end = func() {
		cmd.Cancel()
		cmd.Wait()
	}
	if _, err := io.ReadFull(ready, make([]byte, len("ready\n"))); err != nil {
		end()
		return nil, fmt.Errorf("%d sleeping processes: %w", count, err)
	}
	return end, nil
}

// nodeExporter is where Debian has it.
const nodeExporter = "/usr/bin/prometheus-node-exporter"

// addNodeExporter adds a row for node_exporter, scraped each second, which is
// how often tacho reads.
func addNodeExporter(ctx context.Context, t *table, d time.Duration) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	listener.Close()
	r := &running{cmd: exec.CommandContext(ctx, nodeExporter, "--web.listen-address="+address, "--log.level=error"), url: "http://" + address}
	if err := r.cmd.Start(); err != nil {
		return fmt.Errorf("%w: apt-get install prometheus-node-exporter", err)
	}
	defer r.end()
	ctx, stop := context.WithCancel(ctx)
	scraping := make(chan struct{})
	go func() {
		defer close(scraping)
		r.scrape(ctx)
	}()
	defer func() {
		stop()
		<-scraping
	}()
	time.Sleep(3 * time.Second)
	return r.addRow(t, "node_exporter, one scrape a second", d)
}

func (r *running) scrape(ctx context.Context) {
	for ctx.Err() == nil {
		if body, err := r.open(ctx, "/metrics"); err == nil {
			io.Copy(io.Discard, body)
			body.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// hugeTree is how many processes the tree has that stands for the largest
// machine.
const hugeTree = 100_000

// makeTree makes a /proc of that many processes, in memory where there is a file
// system for that.
func makeTree(count int) (dir string, err error) {
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	if dir, err = os.MkdirTemp(parent, "tacho-bench-proc-"); err != nil {
		return "", err
	}
	if err := fillTree(dir, count); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func fillTree(dir string, count int) error {
	if err := os.CopyFS(dir, os.DirFS("collector/testdata/debian12/proc")); err != nil {
		return err
	}
	for pid := 2; pid < count+2; pid++ {
		process := filepath.Join(dir, strconv.Itoa(pid))
		if err := os.Mkdir(process, 0o755); err != nil {
			return err
		}
		stat := fmt.Sprintf("%d (worker) S 1 1 1 0 -1 4194304 120 0 0 0 %d 3 0 0 20 0 1 0 %d 10485760 512 18446744073709551615 "+
			"1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid, pid%50, 1000+pid)
		status := fmt.Sprintf("Name:\tworker\nPid:\t%d\nUid:\t1000\t1000\t1000\t1000\nVmSwap:\t0 kB\n", pid)
		for name, text := range map[string]string{"stat": stat, "status": status, "cgroup": "0::/system.slice/worker.service\n"} {
			if err := os.WriteFile(filepath.Join(process, name), []byte(text), 0o444); err != nil {
				return err
			}
		}
	}
	return nil
}
