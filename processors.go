package main

import (
	"os"
	"runtime"
)

// few is how many connections and streams one processor serves as well as all.
const few = 16

// processors fits how many processors the Go scheduler uses to who watches. For
// the sampler alone one is enough, and a fifth of its cost on more is waking
// threads. Collectors that hang are no matter: their threads wait in the kernel
// and take no processor with them.
type processors struct {
	fixed bool // by GOMAXPROCS, which is its owner's word
	one   bool
}

func newProcessors() *processors { return &processors{fixed: os.Getenv("GOMAXPROCS") != ""} }

// adapt goes by the number of connections and streams. It stops all goroutines
// for a moment when it changes anything, which is when that number passes few.
func (p *processors) adapt(watching int) {
	one := watching < few
	if p.fixed || one == p.one {
		return
	}
	p.one = one
	if one {
		runtime.GOMAXPROCS(1)
		return
	}
	runtime.SetDefaultGOMAXPROCS()
}
