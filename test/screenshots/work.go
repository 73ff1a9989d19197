package main

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// work gives the machine something to do until ctx ends: processor time that
// comes and goes, memory, files that are written and read, and traffic on loopback.
func work(ctx context.Context, dir string) error {
	tasks := []func() error{
		func() error { return compute(ctx, 47*time.Second) },
		func() error { return compute(ctx, 29*time.Second) },
		func() error { return store(ctx, filepath.Join(dir, "data")) },
		func() error { return remember(ctx) },
		func() error { return talk(ctx) },
	}
	errs := make([]error, len(tasks))
	var running sync.WaitGroup
	for i, task := range tasks {
		running.Go(func() { errs[i] = task() })
	}
	running.Wait()
	return errors.Join(errs...)
}

// tide rises and falls between 0 and 1.
func tide(period time.Duration) float64 {
	turns := float64(time.Now().UnixMilli()) / float64(period.Milliseconds())
	return (1 + math.Sin(2*math.Pi*turns)) / 2
}

// pause waits, and reports whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// compute takes up to most of a core.
func compute(ctx context.Context, period time.Duration) error {
	const slot = 50 * time.Millisecond
	for {
		busy := time.Duration(0.7 * tide(period) * float64(slot))
		for end := time.Now().Add(busy); time.Now().Before(end); {
		}
		if !pause(ctx, slot-busy) {
			return nil
		}
	}
}

// remember takes up to half a GiB, and gives it back.
func remember(ctx context.Context) error {
	const most, page = 512 << 20, 4096
	memory, err := unix.Mmap(-1, 0, most, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	defer unix.Munmap(memory)
	for pause(ctx, time.Second) {
		wanted := int(tide(41*time.Second)*most) / page * page
		for at := 0; at < wanted; at += page {
			memory[at] = 1
		}
		if wanted == most {
			continue
		}
		if err := unix.Madvise(memory[wanted:], unix.MADV_DONTNEED); err != nil {
			return err
		}
	}
	return nil
}

// store writes files through to the disk, and reads back what it makes the
// kernel forget.
func store(ctx context.Context, path string) error {
	for pause(ctx, time.Second/4) {
		data := make([]byte, int(6*tide(37*time.Second)*(1<<20)))
		if err := writeAndRead(path, data); err != nil {
			return err
		}
	}
	return nil
}

func writeAndRead(path string, data []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	part := int64(len(data)) / 3
	if err := unix.Fadvise(int(file.Fd()), 0, part, unix.FADV_DONTNEED); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.NewSectionReader(file, 0, part))
	return err
}

// talk sends itself some megabytes a second.
func talk(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	sender, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer sender.Close()
	receiver, err := l.Accept()
	if err != nil {
		return err
	}
	go io.Copy(io.Discard, receiver) // ends with the sender
	for pause(ctx, 100*time.Millisecond) {
		if _, err := sender.Write(make([]byte, int(1e6*tide(53*time.Second)))); err != nil {
			return err
		}
	}
	return nil
}
