package server

import (
	"encoding/json"
	"sync"
	"testing"
)

// Many may ask for the origins of the numbers at once: the answer is shared, and
// nobody writes to it.
func TestFieldsInParallel(t *testing.T) {
	s := serving(t, Options{}, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if body := text(t, ask(s, "GET", "/api/v1/fields")); !json.Valid([]byte(body)) || body[len(body)-1] != '\n' {
				t.Errorf("%.80q", body)
			}
		})
	}
	all.Wait()
}
