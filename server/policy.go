package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Policy says who may ask and who may read the answer. It can be replaced while
// the server runs.
type Policy struct {
	Hosts []string // names besides loopback and the listen address; "*.example.org" is every name below it
	CORS  []string // origins whose scripts may read /api
	Embed []string // origins that may frame /embed
}

// allowsHost reports whether a request may name host (with or without a port)
// as the server it wants. A page that rebinds its own name to this address must
// not read the machine's numbers, so only names that are known to be this
// server's are served.
func (p *Policy) allowsHost(host string, listen string, local net.Addr) bool {
	name := hostname(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || name != "" && name == listen {
		return true
	}
	if ip, err := netip.ParseAddr(name); err == nil && (ip.IsLoopback() || isLocal(ip, listen, local)) {
		return true
	}
	return slices.ContainsFunc(p.Hosts, func(allowed string) bool {
		if suffix, ok := strings.CutPrefix(allowed, "*"); ok {
			return strings.HasSuffix(name, suffix) && len(name) > len(suffix)
		}
		return name == allowed
	})
}

// hostname is a Host header's name: lower case, no port, brackets or final dot.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// isLocal reports whether ip is the address that the connection came in on,
// where the server listens on all of them: an address literal cannot be rebound.
func isLocal(ip netip.Addr, listen string, local net.Addr) bool {
	if any, err := netip.ParseAddr(listen); listen != "" && (err != nil || !any.IsUnspecified()) {
		return false
	}
	tcp, ok := local.(*net.TCPAddr)
	return ok && tcp.AddrPort().Addr().Unmap() == ip.Unmap()
}

// frameAncestors is the CSP source list of those who may frame an embed.
func (p *Policy) frameAncestors() string {
	if len(p.Embed) == 0 {
		return "'none'"
	}
	return strings.Join(p.Embed, " ")
}

// allowOrigin answers a cross-origin request's headers, and reports whether the
// request was a preflight and so is answered in full.
func (p *Policy) allowOrigin(w http.ResponseWriter, r *http.Request) (preflight bool) {
	header := w.Header()
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	allowed := origin != "" && slices.Contains(p.CORS, origin)
	if allowed {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if r.Method != http.MethodOptions || !allowed || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD")
	header.Set("Access-Control-Allow-Headers", "Authorization, Cache-Control, Last-Event-ID")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
