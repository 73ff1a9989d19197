package contract

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// runBehindFronts runs the tests while all fronts are up.
func runBehindFronts(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "contract")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return 0, err
	}
	for f, start := range map[*front]func(*httptest.Server){
		&fronts.plain: (*httptest.Server).Start,
		&fronts.unix:  func(s *httptest.Server) { s.Listener.Close(); s.Listener = listener; s.Start() },
		&fronts.tls:   (*httptest.Server).StartTLS,
		&fronts.http2: func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
	} {
		defer serve(f, start)()
	}
	fronts.unix = front{url: "http://tacho.test", socket: socket}
	upstream := fronts.plain.url
	for _, proxy := range []func(dir, upstream string) (*program, error){startNginx, startCaddy} {
		p, err := proxy(dir, upstream)
		if err != nil {
			return 0, err
		}
		defer func() {
			p.stop()
			if code != 0 {
				fmt.Fprintf(os.Stderr, "%s said:\n%s", p.command, p.said.String())
			}
		}()
	}
	return m.Run(), nil
}

type connKey struct{}

// serve serves every site, as tacho does.
func serve(f *front, start func(*httptest.Server)) (stop func()) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(serveSite))
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(stream.ConnContext(ctx, c), connKey{}, c)
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of what the floods do
	start(s)
	f.url = s.URL
	if certificate := s.Certificate(); certificate != nil {
		f.roots = x509.NewCertPool()
		f.roots.AddCert(certificate)
	}
	return s.Close
}

// program is a server that runs until it is stopped, at the latest with the
// tests.
type program struct {
	command *exec.Cmd
	said    bytes.Buffer
	ended   chan struct{}
}

// launch starts a server and waits until ready is nil.
func launch(command *exec.Cmd, ready func() error) (*program, error) {
	p := &program{command: command, ended: make(chan struct{})}
	command.Stderr = &p.said
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, err
	}
	go func() {
		command.Wait()
		close(p.ended)
	}()
	if err := p.await(ready); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w; it said:\n%s", command, err, p.said.String())
	}
	return p, nil
}

func (p *program) await(ready func() error) error {
	late := time.After(patience)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("it ended")
		case <-late:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *program) stop() {
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.command.Process.Kill()
		<-p.ended
	}
}

// freeAddress is an address of loopback below the ports that the kernel hands
// out, so that it is still free after a while of nobody listening there.
func freeAddress() (string, error) {
	var err error
	for range 100 {
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", err
}

// freeAddresses are two of them.
func freeAddresses() (a, b string, err error) {
	a, errA := freeAddress()
	b, errB := freeAddress()
	return a, b, errors.Join(errA, errB)
}

// nginxConfig leaves everything to the defaults of nginx but what it takes to run
// in a directory.
const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  server {
    listen %[3]s;
    location / { proxy_pass %[2]s; }
  }
  server {
    listen %[4]s;
    location / {
      proxy_pass %[2]s;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`

func startNginx(dir, upstream string) (*program, error) {
	old, current, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	fronts.nginx10.url, fronts.nginx11.url = "http://"+old, "http://"+current
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, upstream, old, current), 0o600); err != nil {
		return nil, err
	}
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx" // not on the path of an ordinary user
	}
	return launch(exec.Command(path, "-c", config, "-p", dir), func() error {
		conn, err := net.Dial("tcp", current)
		if err == nil {
			conn.Close()
		}
		return err
	})
}

// caddyConfig keeps Caddy to itself: no certificate comes from anywhere, and none
// goes into the system.
const caddyConfig = `
{
	admin off
	local_certs
	skip_install_trust
	auto_https disable_redirects
	log {
		level ERROR
		exclude http.handlers.reverse_proxy
	}
	servers {
		protocols h1 h2
	}
}
http://%[2]s {
	reverse_proxy %[1]s
}
https://%[3]s {
	tls internal
	reverse_proxy %[1]s
}
`

func startCaddy(dir, upstream string) (*program, error) {
	plain, secure, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(config, fmt.Appendf(nil, caddyConfig, upstream, plain, secure), 0o600); err != nil {
		return nil, err
	}
	command := exec.Command("caddy", "run", "--config", config, "--adapter", "caddyfile")
	command.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	fronts.caddy.url = "http://" + plain
	fronts.caddyTLS = front{url: "https://" + secure, roots: x509.NewCertPool(), ca: filepath.Join(dir, "caddy/pki/authorities/local/root.crt")}
	return launch(command, fronts.caddyTLS.shake)
}

// shake makes sure of a certificate, which Caddy has some time after its port.
func (f *front) shake() error {
	root, err := os.ReadFile(f.ca)
	if err != nil {
		return err
	}
	f.roots.AppendCertsFromPEM(root)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(f.url, "https://"), &tls.Config{RootCAs: f.roots})
	if err != nil {
		return err
	}
	return conn.Close()
}
