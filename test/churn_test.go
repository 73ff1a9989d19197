package test

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

// What a stream holds is gone with its client, however that goes.
func TestClientsThatGo(t *testing.T) {
	const (
		cycles   = 10000
		together = 20
		slack    = 5
	)
	p := start(t, "--interval=100ms")
	before, err := held(p)
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for worker := range together {
		clients.Go(func() {
			for i := range cycles / together {
				if err := comeAndGo(p.Address(), (worker+i)%2 == 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	ended := time.Now()
	eventually(t, func() error {
		after, err := held(p)
		if err == nil && (after.goroutines > before.goroutines+slack || after.descriptors > before.descriptors+slack) {
			err = fmt.Errorf("%+v before %d clients, %+v after them", before, cycles, after)
		}
		return err
	})
	t.Logf("%d clients were forgotten %s after the last had gone", cycles, time.Since(ended).Round(time.Millisecond))
}

// comeAndGo reads the beginning of a stream, and leaves with a farewell or by
// tearing the connection.
func comeAndGo(address string, abrupt bool) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if abrupt {
		c.(*net.TCPConn).SetLinger(0)
	}
	c.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(c, "GET /api/v1/stream/load HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 500))
	return err
}

// holdings is what a running tacho has in use.
type holdings struct{ goroutines, descriptors int }

func held(p *program.Program) (holdings, error) {
	s, err := snapshotOf(p.URL)
	if err != nil {
		return holdings{}, err
	}
	if s.Self.Data["goroutines"] == nil {
		return holdings{}, fmt.Errorf("self is %s", s.Self.Status)
	}
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Pid()))
	return holdings{int(*s.Self.Data["goroutines"]), len(descriptors)}, err
}
