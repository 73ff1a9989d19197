// Package stream carries frames to any number of Server-Sent Events clients.
//
// A [Frame] is what one tick sends: immutable wire bytes in segments, one a
// channel, encoded at most once whatever the number of clients and in whatever
// combination they ask for them. A [Hub] holds the latest frame and a ring of
// earlier ones. A [Handler] serves one hub over HTTP, and a [Gate] bounds how
// many clients handlers have.
//
// # Guarantees
//
//   - [Hub.Publish] never waits for a client: it stores the frame and closes one
//     channel that all of them wait on. To wake one takes 0.1 to 0.5 us.
//   - Each subscriber sees frames in order, never one twice. One that is too
//     slow skips to the newest, and is told which it missed.
//   - A client that resumes with an id of the ring gets each missed frame in
//     order, and then the live ones. Between the two it loses only what it is
//     too slow for, and is told that too.
//   - Whoever accepts nothing for [Handler.Stall] is closed, be it that the client
//     does not read, or that its machine is gone without a word.
//   - Only [Handler.Run] starts goroutines, and it waits for them. Any other client
//     lives on the goroutine of its HTTP request and is gone when that returns.
//
// # Two paths
//
// While [Handler.Run] runs, a plain HTTP/1 connection is taken over from
// net/http once it has had its first bytes. From then on it is a descriptor and
// a small struct in a fleet: one goroutine writes each frame to all of a fleet, a
// system call each, and epoll tells of those that hang up or whose socket was full.
// There are a few fleets where there are many cores. HTTP/2, TLS and other systems than
// Linux stay on the goroutine of the request. Both paths keep the same guarantees.
//
// # Compression
//
// Who accepts gzip gets it, from parts that were compressed once for all: each is
// whole deflate blocks that refer to nothing outside. A client has no compressor,
// but the eight bytes of its checksum, by which its stream ends as gzip must.
//
// The wire format is section 9.2 of the HTML standard, "Server-sent events".
package stream
