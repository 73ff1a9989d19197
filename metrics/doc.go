// Package metrics writes snapshots as Prometheus metric families, with the names
// and labels of node_exporter for what both read, and tacho_* for the rest.
// docs/metrics.md lists them.
//
// Nothing is read for a scrape: it shows the newest snapshot. A number that is
// missing there has no series here, and so has every number of a section that is
// stale, denied or failed; tacho_section_status says why. No series has a
// timestamp of its own.
//
// One file is one section of the snapshot.
package metrics
