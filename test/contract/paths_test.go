package contract

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"testing"
)

// front is an address that clients connect to.
type front struct {
	url    string         // without a slash at its end
	roots  *x509.CertPool // whom to trust, nil without TLS
	ca     string         // a file of that, "" where no program is given it
	socket string         // the Unix socket, "" with TCP
}

// fronts are up while the tests run.
var fronts struct{ plain, unix, tls, http2, nginx10, nginx11, caddy, caddyTLS front }

// path is one way to the streams.
type path struct {
	name  string
	front *front
	lean  bool // Handler.Run is there to take connections
	major int  // version of HTTP that the client speaks
	// counts says that Handler.Run does take them, and so each client that stalls is
	// counted. With net/http, the kernel gives it up just after Stall, and where it
	// is quicker than the deadline of a busy process, it is no more than gone.
	counts bool
}

var paths = []path{
	{name: "lean", front: &fronts.plain, lean: true, major: 1, counts: true},
	{name: "Unix socket", front: &fronts.unix, lean: true, major: 1, counts: true},
	{name: "portable", front: &fronts.plain, major: 1},
	{name: "TLS", front: &fronts.tls, lean: true, major: 1},
	{name: "HTTP2", front: &fronts.http2, lean: true, major: 2},
	{name: "nginx by HTTP1.0", front: &fronts.nginx10, lean: true, major: 1, counts: true},
	{name: "nginx by HTTP1.1", front: &fronts.nginx11, lean: true, major: 1, counts: true},
	{name: "Caddy", front: &fronts.caddy, lean: true, major: 1, counts: true},
	{name: "Caddy with HTTP2", front: &fronts.caddyTLS, lean: true, major: 2, counts: true},
}

// client returns a client of the path with connections of its own, which takes
// what comes as it is.
func (p path) client(t *testing.T) *http.Client {
	transport := &http.Transport{
		DisableCompression: true,
		ForceAttemptHTTP2:  true,
		TLSClientConfig:    &tls.Config{RootCAs: p.front.roots},
	}
	if p.front.socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", p.front.socket)
		}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// way is a path with a coding: what a scenario takes place on.
type way struct {
	path
	gzip   bool
	client *http.Client
}
