package api

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
)

// Fields returns, by channel, where every number comes from and how it is made.
// It is the same for every snapshot, ends in a newline, and is shared: nobody
// may write to it.
var Fields = sync.OnceValue(func() []byte {
	fields, err := json.Marshal(collector.Origins())
	if err != nil {
		panic(err) // strings in a map
	}
	return slices.Clip(append(fields, '\n'))
})
