package metrics

import "time"

var (
	subscribers  = ofStreams(gauge, "subscribers", "Streams that are connected.")
	events       = ofStreams(counter, "events_total", "Events that streams were given.")
	sentBytes    = ofStreams(counter, "sent_bytes_total", "Bytes sent to streams.")
	skipped      = ofStreams(counter, "skipped_frames_total", "Frames that slow streams passed over.")
	stalled      = ofStreams(counter, "stalled_total", "Streams closed because they accepted nothing.")
	refused      = ofStreams(counter, "refused_total", "Clients for whom there was no room.")
	encodings    = ofStreams(counter, "encodings_total", "Parts of frames that were encoded, each once for all streams.")
	compressions = ofStreams(counter, "compressions_total", "Parts of frames that were compressed, each once for all streams.")
	delay        = ofStreams(histogram, "delay_seconds", "Time from the publication of a tick to its being in the socket of a client.")
)

func ofStreams(kind func(name, help string, labels ...string) *desc, name, help string) *desc {
	return kind("tacho_stream_"+name, help, "stream")
}

func addStreams(e exposition, s Streams) {
	e.add(subscribers, float64(s.Subscribers), s.Name)
	e.add(events, float64(s.Events), s.Name)
	e.add(sentBytes, float64(s.SentBytes), s.Name)
	e.add(skipped, float64(s.Skipped), s.Name)
	e.add(stalled, float64(s.Stalled), s.Name)
	e.add(refused, float64(s.Refused), s.Name)
	e.add(encodings, float64(s.Encodings), s.Name)
	e.add(compressions, float64(s.Compressions), s.Name)
	e.addHistogram(delay, inSeconds(s.Delays.Bounds()), s.Delays.Counts[:], s.Delays.Sum.Seconds(), s.Name)
}

func inSeconds(all []time.Duration) []float64 {
	seconds := make([]float64, len(all))
	for i, d := range all {
		seconds[i] = d.Seconds()
	}
	return seconds
}
