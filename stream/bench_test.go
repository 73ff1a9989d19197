package stream_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tacho-monitor/tacho/stream"
)

// BenchmarkPublish is the time that the publisher spends, with so many
// subscribers asleep.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{1, 1000, 10_000} {
		b.Run(fmt.Sprintf("subscribers=%d", n), func(b *testing.B) {
			h := &stream.Hub{Boot: stream.NewBoot(), Ring: 300}
			var awake, gone sync.WaitGroup
			for range n {
				sub, _, _ := h.Subscribe(stream.Start{})
				gone.Go(func() {
					defer sub.Close()
					for f := (*stream.Frame)(nil); f == nil || f.Kept != nil; awake.Done() {
						<-sub.Newer()
						f, _ = sub.Next()
					}
				})
			}
			publish := func(f *stream.Frame) {
				awake.Add(n)
				b.StartTimer()
				h.Publish(f)
				b.StopTimer()
				awake.Wait()
			}
			kept, seq := text("x"), uint64(0)
			b.ReportAllocs()
			b.StopTimer()
			for range b.N {
				seq++
				publish(&stream.Frame{Seq: seq, Kept: kept})
			}
			publish(&stream.Frame{Seq: seq + 1})
			gone.Wait()
		})
	}
}

// BenchmarkBlockBytes is what one client costs when its set was asked for
// before, and when it is the first to ask.
func BenchmarkBlockBytes(b *testing.B) {
	segment := stream.AppendData(nil, []byte(strings.Repeat("x", 500)))
	block := func() *stream.Block {
		return stream.NewBlock([]byte("id: 1\n"), 9, func(int) []byte { return segment }, []byte("\n"))
	}
	b.Run("shared", func(b *testing.B) {
		one := block()
		b.ReportAllocs()
		for b.Loop() {
			one.Bytes(1<<9 - 1)
		}
	})
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			block().Bytes(1<<9 - 1)
		}
	})
}

func BenchmarkEventAppend(b *testing.B) {
	for name, data := range map[string]string{
		"one line":     strings.Repeat("x", 2000),
		"many lines":   strings.Repeat("a line of forty bytes, as HTML often has\n", 50),
		"invalid UTF8": strings.Repeat("\xff", 2000),
	} {
		b.Run(name, func(b *testing.B) {
			e := stream.Event{ID: stream.NewBoot().ID(1), Name: "sample", Data: []byte(data)}
			var wire []byte
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				wire = e.AppendTo(wire[:0])
			}
		})
	}
}
