package views

import "github.com/tacho-monitor/tacho/collector"

// streamFacts are what those who watch get, and what they cost.
func streamFacts(s collector.Self) []number {
	from := func(about, path string) string { return sourced(about, "self", path) }
	return []number{
		{term: "streams", about: from("pages and programs that watch now", "subscribers"), value: s.Subscribers, as: count},
		{term: "sent", about: from("to all of them", "sent_bytes_per_second"), value: s.Sent, as: byteRate},
		{term: "events/s", about: from("to all of them", "events_per_second"), value: s.Events, as: frequency},
		{term: "encoded/s", about: from("panels and channels, each once for all of them", "encodings_per_second"), value: s.Encodings, as: frequency},
		{term: "skipped", about: from("since this program started", "skipped_total"), value: s.SkippedTotal, as: count},
		{term: "stalled", about: from("since this program started", "stalled_total"), value: s.StalledTotal, as: count},
		{term: "refused", about: from("since this program started", "refused_total"), value: s.RefusedTotal, as: count, notable: true},
	}
}

// atMost is a bound of a latency, and has one character more: ≤0.50 ms.
func atMost(x float64) (digits, unit string) {
	digits, unit = latency(x)
	return "≤" + digits, unit
}

// delayReason says why there is no bound of the delays, "" where that is for no
// reason of theirs.
func delayReason(v collector.Value) string {
	switch v.Status() {
	case collector.Idle:
		return "idle: no events"
	case collector.Failed:
		return "longer than is measured"
	}
	return ""
}
