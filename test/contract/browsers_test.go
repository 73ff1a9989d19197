package contract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/firefox"
)

// chromium opens a window for each venue and each kind of page.
func (a *audience) chromium(venues []venue) {
	a.t.Helper()
	ctx, stop, err := browser.Start()
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(stop)
	for _, v := range venues {
		for _, page := range []string{"eventsource", "htmx"} {
			name := v.name + "/chromium-" + page
			a.expect(name)
			window, _ := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
			soon, cancel := context.WithTimeout(window, patience)
			defer cancel()
			if err := chromedp.Do(soon, trust, chromedp.Navigate(a.address(v.front, page+".html", name))); err != nil {
				a.t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

// trust has a window accept certificates that nobody vouches for.
func trust(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	return chromedp.Void{}, err
}

// firefox opens a tab for each venue.
func (a *audience) firefox(venues []venue) {
	a.t.Helper()
	profile := a.t.TempDir()
	if err := prepare(profile, venues); err != nil {
		a.t.Fatal(err)
	}
	arguments := []string{"--headless", "--no-remote", "--profile", profile}
	for _, v := range venues {
		name := v.name + "/firefox"
		a.expect(name)
		arguments = append(arguments, a.address(v.front, "eventsource.html", name))
	}
	command := exec.Command("firefox-esr", arguments...)
	command.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.WaitDelay = patience
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		late := time.AfterFunc(patience, func() { command.Process.Kill() })
		defer late.Stop()
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
		if a.t.Failed() {
			a.t.Logf("Firefox said: %s", said.String())
		}
	})
}

// prepare makes a profile of Firefox, which accepts the certificates of venues.
func prepare(profile string, venues []venue) error {
	var accepted []byte
	for _, v := range venues {
		if v.front.roots == nil {
			continue
		}
		address := strings.TrimPrefix(v.front.url, "https://")
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: v.front.roots})
		if err != nil {
			return err
		}
		defer conn.Close()
		sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
		fingerprint := strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
		const sha256OID = "OID.2.16.840.1.101.3.4.2.1"
		accepted = fmt.Appendf(accepted, "%s:\t%s\t%s\t\n", address, sha256OID, fingerprint)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(profile, "user.js"), firefox.Preferences, 0o600),
		os.WriteFile(filepath.Join(profile, "cert_override.txt"), accepted, 0o600),
	)
}
