package metrics

import (
	"fmt"
	"io"
	"testing"

	"github.com/prometheus/common/expfmt"

	"github.com/tacho-monitor/tacho/collector"
)

// server is a snapshot of a machine as there are many: 32 cores, 12 disks, 8
// interfaces, 150 control groups and files of /proc as a kernel writes them.
func server() *collector.Snapshot {
	s := full()
	s.CPU.Value.Cores, s.Disks.Value, s.Network.Value = nil, nil, nil
	of := collector.Of
	for i := range 32 {
		s.CPU.Value.Cores = append(s.CPU.Value.Cores, collector.Core{ID: i, Frequency: of(2.4e9),
			Times: collector.CPUTimes{User: 12345.67, System: 2345.6, Idle: 987654.32, Steal: of(0), Guest: of(0), GuestNice: of(0)}})
	}
	for i := range 12 {
		d := fullDisks()[0]
		d.Name = fmt.Sprintf("nvme%dn1", i)
		s.Disks.Value = append(s.Disks.Value, d)
	}
	for i := range 8 {
		n := fullNetwork()[0]
		n.Name = fmt.Sprintf("eth%d", i)
		s.Network.Value = append(s.Network.Value, n)
	}
	for i := range 150 {
		c := *fullCgroups()[2]
		c.Path, c.Name = fmt.Sprintf("/system.slice/unit-%d.service", i), fmt.Sprintf("unit-%d.service", i)
		s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &c)
	}
	s.Memory.Value.Lines, s.Sockets.Value.Netstat, s.Sockets.Value.Sockstat = manyCounters("Line%d_bytes", 56), manyCounters("Tcp_N%d", 46), manyCounters("TCP_n%d", 25)
	return s
}

func manyCounters(format string, n int) collector.Counters {
	names, numbers := make([]string, n), make([]uint64, n)
	for i := range n {
		names[i], numbers[i] = fmt.Sprintf(format, i), uint64(i)<<30
	}
	return collector.NewCounters(names, numbers)
}

// BenchmarkScrape is all of a scrape but HTTP; gather is that without writing.
func BenchmarkScrape(b *testing.B) {
	for _, machine := range []struct {
		name string
		*collector.Snapshot
	}{{"small", full()}, {"server", server()}} {
		g := gathererOf(machine.Snapshot)
		b.Run(machine.name+"/gather", func(b *testing.B) { benchmarkScrape(b, g, nil) })
		for name, format := range map[string]expfmt.FormatType{"text": expfmt.TypeTextPlain, "openmetrics": expfmt.TypeOpenMetrics} {
			b.Run(machine.name+"/"+name, func(b *testing.B) {
				benchmarkScrape(b, g, func(w io.Writer) expfmt.Encoder { return expfmt.NewEncoder(w, expfmt.NewFormat(format)) })
			})
		}
	}
}

func benchmarkScrape(b *testing.B, g Gatherer, encoder func(io.Writer) expfmt.Encoder) {
	b.ReportAllocs()
	written, series := counted(0), 0
	for b.Loop() {
		written, series = 0, 0
		families, err := g.Gather()
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range families {
			series += len(f.GetMetric())
		}
		if encoder == nil {
			continue
		}
		to := encoder(&written)
		for _, f := range families {
			to.Encode(f)
		}
	}
	b.ReportMetric(float64(series), "series")
	b.ReportMetric(float64(written), "B/scrape")
}

type counted int

func (c *counted) Write(p []byte) (int, error) {
	*c += counted(len(p))
	return len(p), nil
}
