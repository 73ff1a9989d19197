// Command screenshots takes the pictures of the documentation: the page of a
// tacho that watches this machine, while it has something to do.
//
// Run it from the directory of the test module, after make build.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

func main() {
	filling := flag.Duration("fill", 150*time.Second, "how long the charts fill before pictures are taken")
	all := flag.String("all", "", "directory for pictures of every state of the page as well, \"\" for none")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./screenshots [-fill DURATION] [-all DIR] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := screenshots(ctx, flag.Arg(0), *all, *filling); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func screenshots(ctx context.Context, dir, all string, filling time.Duration) (err error) {
	scratch, err := os.MkdirTemp("", "tacho")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	chromium, stop, err := browser.Start()
	if err != nil {
		return err
	}
	defer stop()
	if all != "" {
		if err := faults(ctx, chromium, scratch, all, filling/2); err != nil {
			return err
		}
	}
	tacho, err := program.Start(scratch, pace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tacho.Stop()) }()
	if all != "" {
		pause(ctx, filling/4)
		if err := take(chromium, tacho.URL, all, calm); err != nil {
			return err
		}
	}
	return errors.Join(strained(ctx, chromium, tacho, scratch, dir, all, filling), ctx.Err())
}

// pace fills the charts of a few minutes in half of that.
const pace = "--interval=500ms"

// strained takes the pictures of a machine that works.
func strained(ctx, chromium context.Context, tacho *program.Program, scratch, dir, all string, filling time.Duration) (err error) {
	working, finish := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- work(working, scratch) }()
	if pause(ctx, filling) {
		err = shoot(chromium, tacho.URL, dir)
		if all != "" && err == nil {
			err = errors.Join(take(chromium, tacho.URL, all, stress), lost(chromium, tacho.URL, all, "stopped", tacho.Stop))
		}
	}
	finish()
	return errors.Join(err, <-worked)
}

// shoot takes all pictures of a page: light.png and dark.png on a desk, and both
// on a phone in phone.png.
func shoot(chromium context.Context, url, dir string) error {
	take := func(width, height int64) (light, dark image.Image, err error) {
		if light, err = shot(chromium, url, browser.Size(width, height), browser.Scheme("light")); err == nil {
			dark, err = shot(chromium, url, browser.Size(width, height), browser.Scheme("dark"))
		}
		return light, dark, err
	}
	light, dark, err := take(1280, 900)
	if err != nil {
		return err
	}
	phoneLight, phoneDark, err := take(360, 800)
	if err != nil {
		return err
	}
	return errors.Join(
		save(filepath.Join(dir, "light.png"), light),
		save(filepath.Join(dir, "dark.png"), dark),
		save(filepath.Join(dir, "phone.png"), beside(phoneLight, phoneDark)),
	)
}

// shot takes one picture once the page is live and its charts are drawn.
func shot(chromium context.Context, url string, prepare ...chromedp.Action[chromedp.Void]) (image.Image, error) {
	return scene{prepare: prepare}.shot(chromium, url)
}

// beside puts pictures of one height next to each other.
func beside(pictures ...image.Image) image.Image {
	var size image.Point
	for _, p := range pictures {
		size = image.Pt(size.X+p.Bounds().Dx(), max(size.Y, p.Bounds().Dy()))
	}
	all, x := image.NewNRGBA(image.Rectangle{Max: size}), 0
	for _, p := range pictures {
		draw.Draw(all, p.Bounds().Add(image.Pt(x, 0)), p, p.Bounds().Min, draw.Src)
		x += p.Bounds().Dx()
	}
	return all
}

func save(path string, picture image.Image) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return encoder.Encode(file, picture)
}
