// Command screenshots takes the pictures of the documentation: the page of a
// tacho that watches this machine, while it has something to do.
//
// Run it from the directory of the test module, after make build.
package main

import (
	"bytes"
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
	filling := flag.Duration("fill", 5*time.Minute, "how long the charts fill before the pictures are taken")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./screenshots [-fill DURATION] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := screenshots(ctx, flag.Arg(0), *filling); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func screenshots(ctx context.Context, dir string, filling time.Duration) (err error) {
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
	tacho, err := program.Start(scratch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tacho.Stop()) }()

	working, finish := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- work(working, scratch) }()
	if pause(ctx, filling) {
		err = shoot(chromium, tacho.URL, dir)
	}
	finish()
	return errors.Join(err, <-worked, ctx.Err())
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
	ctx, _ := chromedp.NewContext(chromium)
	defer chromedp.Cancel(ctx)
	if err := chromedp.Do(ctx, prepare...); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, program.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return nil, err
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("[role=status]").dataset.state === "live"`)); err != nil {
		return nil, err
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](drawn, chromedp.EvalAwaitPromise)); err != nil {
		return nil, err
	}
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(data))
}

// drawn waits for a tick and the frame in which the charts show it.
const drawn = `new Promise((done) => document.addEventListener("sample", () =>
	requestAnimationFrame(() => requestAnimationFrame(() => done(true))), { once: true }))`

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
