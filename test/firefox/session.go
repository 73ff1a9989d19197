package firefox

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// origin is where the commands come from: Firefox asks.
const origin = "http://127.0.0.1"

// fields are the parameters of a command.
type fields map[string]any

// message is what Firefox sends: the answer to a command, or an event.
type message struct {
	Type, Method, Error, Message string
	ID                           int
	Result                       json.RawMessage
	Params                       entry
}

// entry is a line on the console of a page.
type entry struct {
	Level, Text string
	Source      struct{ Context string }
}

// session is a connection to Firefox.
type session struct {
	socket *websocket.Conn
	ended  chan struct{} // closed once nothing comes any more

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	entries []entry
}

func connect(address string) (*session, error) {
	socket, err := websocket.Dial(address+"/session", "", origin)
	if err != nil {
		return nil, err
	}
	s := &session{socket: socket, ended: make(chan struct{}), waiting: map[int]chan message{}}
	go s.receive()
	return s, errors.Join(
		s.call("session.new", fields{"capabilities": fields{}}, nil),
		s.call("session.subscribe", fields{"events": []string{"log.entryAdded"}}, nil),
	)
}

func (s *session) close() {
	s.socket.Close()
	<-s.ended
}

func (s *session) receive() {
	defer close(s.ended)
	for decoder := json.NewDecoder(s.socket); ; {
		var m message
		if decoder.Decode(&m) != nil {
			return
		}
		s.take(m)
	}
}

func (s *session) take(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Type == "event" {
		s.entries = append(s.entries, m.Params)
		return
	}
	if answer := s.waiting[m.ID]; answer != nil {
		answer <- m
	}
	delete(s.waiting, m.ID)
}

// call gives a command, and has its result put into result, unless that is nil.
func (s *session) call(method string, params fields, result any) error {
	answer := make(chan message, 1)
	s.mu.Lock()
	s.last++
	id := s.last
	s.waiting[id] = answer
	s.mu.Unlock()
	if err := websocket.JSON.Send(s.socket, fields{"id": id, "method": method, "params": params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m := <-answer:
		if m.Type != "success" {
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-s.ended:
		return fmt.Errorf("%s: the browser is gone", method)
	case <-time.After(Patience):
		return fmt.Errorf("%s: no answer", method)
	}
}

// complaints are the errors and warnings on the console of a page.
func (s *session) complaints(context string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, e := range s.entries {
		if e.Source.Context == context && (e.Level == "error" || e.Level == "warn") {
			all = append(all, e.Text)
		}
	}
	return all
}
