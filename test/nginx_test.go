package test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nginxConfig passes a path on, with the defaults of nginx for all else.
const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  server {
    listen %[2]s;
    location /monitor/ {
      proxy_pass http://%[3]s;
    }
  }
}
`

// nginx puts a proxy in front of a server and returns its address.
func nginx(t *testing.T, server string) string {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	write(t, dir, "nginx.conf", fmt.Sprintf(nginxConfig, dir, address, server))
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx" // not on the path of an ordinary user
	}
	command := exec.Command(path, "-c", filepath.Join(dir, "nginx.conf"), "-p", dir)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
		if t.Failed() {
			t.Logf("nginx: %s", said.String())
		}
	})
	return address
}

func TestBehindNginx(t *testing.T) {
	t.Parallel()
	p := start(t, "--base-path=/monitor")
	address := nginx(t, p.Address())
	url := "http://" + address + "/monitor/"
	eventually(t, func() error { return rates(url) })

	wantCurrent(t, url, parse(curl(t, url+"api/v1/stream/load")), 4)

	w := open(t, url)
	w.waitState("live")
	w.waitTicks(3)
	w.wantConsecutive()
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	p := start(t, "--base-path=/monitor/box")
	if response, _ := get(t, p.URL[:len(p.URL)-1]); response.Request.URL.String() != p.URL {
		t.Errorf("without the last slash, one comes to %s", response.Request.URL)
	}
	if response, _ := get(t, "http://"+p.Address()+"/"); response.StatusCode != 404 {
		t.Errorf("outside of the base path: %s", response.Status)
	}
	w := open(t, p.URL)
	w.waitState("live")
	w.waitTicks(2)
}
