// Package contract holds the event stream to its promises on every path by which
// a client can reach it: each way in which package stream serves, TLS, HTTP/2 and
// proxies, with the bytes as they are and as gzip. One reader of its own is the
// oracle; browsers, libraries and tools then read the same from it.
package contract

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

// patience bounds every wait for something that is to happen. It is no promise
// of the streams: a busy machine may need it.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	raiseParallel()
	code, err := runBehindFronts(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// raiseParallel runs more tests at once than there are processors, unless the
// command line says otherwise: they wait more than they compute.
func raiseParallel() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		flag.Set("test.parallel", "12")
	}
}

// eventually waits until check returns nil, and fails the test with what it last
// returned.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s: %v", patience, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestEveryPath(t *testing.T) {
	t.Parallel()
	for _, p := range paths {
		for coding, gzip := range map[string]bool{"identity": false, "gzip": true} {
			for name, scenario := range scenarios {
				t.Run(p.name+"/"+coding+"/"+name, func(t *testing.T) {
					t.Parallel()
					scenario(t, &way{path: p, gzip: gzip, client: p.client(t)})
				})
			}
		}
	}
}
