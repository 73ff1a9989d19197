package stream_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/tacho-monitor/tacho/stream"
)

// gzipOf is a whole gzip stream of parts that are as stream made them.
func gzipOf(plain []byte, parts ...[]byte) []byte {
	wire := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
	wire = append(wire, bytes.Join(parts, nil)...)
	wire = append(wire, 3, 0)
	wire = binary.LittleEndian.AppendUint32(wire, crc32.ChecksumIEEE(plain))
	return binary.LittleEndian.AppendUint32(wire, uint32(len(plain)))
}

// Any set of channels, in any order of blocks, decodes to what it was.
func FuzzPackedBlocks(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(7))
	f.Add(uint64(2), uint8(0), uint8(0))
	f.Add(uint64(3), uint8(20), uint8(255))
	f.Fuzz(func(t *testing.T, seed uint64, channels, bits uint8) {
		source := rand.New(rand.NewPCG(seed, 0))
		text := func() []byte {
			length := []int{0, 1, 63, 64, 500, 70_000, 200_000}[source.IntN(7)]
			start := source.IntN(1000)
			if source.IntN(2) == 0 {
				return []byte(noise()[start : start+length])
			}
			return bytes.Repeat([]byte("data: {}\n"), length/9)
		}
		var plain []byte
		var parts [][]byte
		for range 3 {
			segments := make([][]byte, channels%16)
			for i := range segments {
				segments[i] = text()
			}
			b := stream.NewBlock(text(), len(segments), func(i int) []byte { return segments[i] }, text())
			plain = b.AppendTo(plain, stream.Set(bits))
			parts = append(parts, b.Packed(stream.Set(bits)))
		}
		r, err := gzip.NewReader(bytes.NewReader(gzipOf(plain, parts...)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes became %d: %v", len(plain), len(got), err)
		}
	})
}

// What was published must be readable when it has arrived, and not only when
// more has: a decoder must not wait in the middle of a frame.
func TestPackedBlockIsReadableAtOnce(t *testing.T) {
	for _, size := range []int{1, 63, 64, 1000, 100_000} {
		b := stream.NewBlock([]byte("id: 1\n"), 1, func(int) []byte { return []byte(noise()[:size]) }, []byte("\n\n"))
		wire, client := io.Pipe()
		go client.Write(append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), b.Packed(1)...)) // and no more
		r, err := gzip.NewReader(wire)
		if err != nil {
			t.Fatal(err)
		}
		want := b.AppendTo(nil, 1)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %v", size, err)
		}
		wire.Close()
	}
}

// However many watch, in whatever combination, each part of a frame is encoded
// once and compressed once.
func TestEncodingsDoNotGrowWithViewers(t *testing.T) {
	const channels = 6
	h := &stream.Hub{}
	b := stream.NewBlock([]byte("id: 1\n"), channels, func(int) []byte { return []byte(noise()[:1000]) }, []byte("\n"))
	h.Publish(&stream.Frame{Seq: 1, Kept: b})
	for viewer := range 10_000 {
		b.Bytes(stream.Set(viewer))
		b.Packed(stream.Set(viewer))
	}
	if s := h.Stats(); s.Encodings != channels || s.Compressions != channels+2 {
		t.Errorf("%d segments were encoded and %d parts compressed, want %d and %d", s.Encodings, s.Compressions, channels, channels+2)
	}
}

func TestNothingIsCompressedForThoseWhoDoNotAsk(t *testing.T) {
	h := &stream.Hub{}
	b := stream.NewBlock(nil, 1, func(int) []byte { return nil }, nil)
	h.Publish(&stream.Frame{Seq: 1, Kept: b})
	b.Bytes(1)
	if s := h.Stats(); s.Compressions != 0 {
		t.Errorf("%d compressions", s.Compressions)
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"":                                  false,
		"gzip":                              true,
		"x-gzip":                            true,
		"gzip, deflate, br, zstd":           true,
		"deflate, GZip;q=0.5":               true,
		"gzip;q=0":                          false,
		"gzip;q=0.000":                      false,
		"*":                                 true,
		"*;q=0":                             false,
		"gzip;q=0, *":                       false,
		"br":                                false,
		"identity":                          false,
		"identity, gzip":                    true,
		"identity;q=1, gzip;q=0.5":          false,
		"gzip;q=1.0, identity;q=0.5, *;q=0": true,
		"gzip;q=2":                          false,
		"gzip;q=NaN":                        false,
		"gzip;level=9":                      false,
		"gzip; Q = 0.3":                     true,
		"gzipped":                           false,
		",,;,":                              false,
	} {
		if got := stream.AcceptsGzip(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func TestGzipHeaders(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		s := newSite(t, &stream.Hub{})
		start(s)
		header := s.get(t, "", "").response.Header
		want := map[bool]string{true: "gzip"}[s.gzip]
		if header.Get("Content-Encoding") != want || header.Get("Vary") != "Accept-Encoding" || header.Get("Cache-Control") != "no-store, no-transform" {
			t.Errorf("%v", header)
		}
	})
}

// A stream of gzip that is cut off must not pass for a whole one: where the end of
// the connection is that of the answer, nothing else tells.
func TestGzipThatIsCutOff(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	publish(h, 1, 1)
	s := newSite(t, h)
	s.gzip = true
	s.Start()
	s.lead(t)
	client := s.get(t, "", "")
	client.wantNumbered(h, 1)
	if _, err := client.conn.Write(make([]byte, 4<<10+1)); err != nil { // more than a client may say
		t.Fatal(err)
	}
	if _, err := client.next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the end was %v", err)
	}
}

func TestRefusalIsForTheClientThatAsks(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		s := newSite(t, &stream.Hub{})
		s.Gate = &stream.Gate{Total: 1}
		start(s)
		s.gets(t, 1)
		response, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var seconds int
		fmt.Sscan(response.Header.Get("Retry-After"), &seconds)
		if response.StatusCode != http.StatusServiceUnavailable || seconds < 15 || seconds > 45 {
			t.Errorf("%s, retry after %d s", response.Status, seconds)
		}
	})
}
