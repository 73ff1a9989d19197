package collector

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
)

// tcpTable counts the lines of /proc/net/tcp and tcp6.
type tcpTable struct {
	states    [tcpStates]uint64    // by number; 0 has those that are not below tcpStates
	listening [1 << 16 / 64]uint64 // a bit for each port
	headed    bool                 // the header of the file has been there
}

// The states of a TCP socket, as include/net/tcp_states.h numbers them.
const (
	tcpEstablished = 1 + iota
	tcpSYNSent
	tcpSYNReceived
	tcpFINWait1
	tcpFINWait2
	tcpTimeWait
	tcpClose
	tcpCloseWait
	tcpLastACK
	tcpListen
	tcpClosing
	tcpNewSYNReceived
	tcpStates
)

// begin is for the start of a file.
func (t *tcpTable) begin() { t.headed = false }

// parse counts the whole lines of a piece of a file, and gives what follows them.
func (t *tcpTable) parse(text []byte) (rest []byte, err error) {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return text, nil
		}
		if err := t.parseLine(text[:end]); err != nil {
			return nil, err
		}
		text = text[end+1:]
	}
}

var errNoSocket = errors.New("no TCP socket")

// parseLine takes "0: 0100007F:0277 00000000:0000 0A 00000000:00000000 …", or the
// header. The first column grows where there are many.
func (t *tcpTable) parseLine(line []byte) error {
	slot, rest := cutColumn(line)
	if !t.headed {
		if string(slot) != "sl" {
			return fmt.Errorf("%.40q is not its header", line)
		}
		t.headed = true
		return nil
	}
	local, rest := cutColumn(rest)
	_, rest = cutColumn(rest)
	code, _ := cutColumn(rest)
	state, ok := parseHex(code, 2)
	if !ok || !bytes.HasSuffix(slot, []byte(":")) {
		return fmt.Errorf("%.60q: %w", line, errNoSocket)
	}
	if state >= tcpStates {
		state = 0
	}
	t.states[state]++
	if state != tcpListen {
		return nil
	}
	port, ok := parseHex(local[bytes.IndexByte(local, ':')+1:], 4)
	if !ok {
		return fmt.Errorf("%.60q: %w", line, errNoSocket)
	}
	t.listening[port/64] |= 1 << (port % 64)
	return nil
}

// parseHex reads a number of so many digits.
func parseHex(text []byte, digits int) (number uint, ok bool) {
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			number = number<<4 | uint(c-'0')
		case 'A' <= c && c <= 'F':
			number = number<<4 | uint(c-'A'+10)
		default:
			return 0, false
		}
	}
	return number, len(text) == digits
}

func (t *tcpTable) connections() (c Connections) {
	s := &t.states
	c = Connections{
		Established: s[tcpEstablished], SYNSent: s[tcpSYNSent], SYNReceived: s[tcpSYNReceived],
		FINWait1: s[tcpFINWait1], FINWait2: s[tcpFINWait2], TimeWait: s[tcpTimeWait],
		Close: s[tcpClose], CloseWait: s[tcpCloseWait], LastACK: s[tcpLastACK],
		Listen: s[tcpListen], Closing: s[tcpClosing], NewSYNReceived: s[tcpNewSYNReceived], Other: s[0],
	}
	for _, n := range s {
		c.All += n
	}
	for _, word := range t.listening {
		c.ListeningPorts += uint64(bits.OnesCount64(word))
	}
	return c
}
