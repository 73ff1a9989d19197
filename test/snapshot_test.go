package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// snapshot is what these tests read of /api/v1/snapshot.
type snapshot struct {
	Seq      uint64             `json:"seq"`
	Time     time.Time          `json:"time"`
	Interval float64            `json:"interval_seconds"`
	Host     section[hostData]  `json:"host"`
	CPU      section[cpuData]   `json:"cpu"`
	Load     section[loadData]  `json:"load"`
	Memory   section[numbers]   `json:"memory"`
	Swap     section[numbers]   `json:"swap"`
	Mounts   section[mountData] `json:"mounts"`
	Disks    section[[]disk]    `json:"disks"`
	Network  section[[]link]    `json:"network"`
	Self     section[numbers]   `json:"self"`
}

type section[T any] struct {
	Status string  `json:"status"`
	Error  *string `json:"error"`
	Data   T       `json:"data"`
}

// numbers are by name. A number that is missing is null.
type numbers map[string]*float64

type hostData struct {
	Name   string  `json:"name"`
	Kernel string  `json:"kernel"`
	Uptime float64 `json:"uptime_seconds"`
}

type cpuData struct {
	Usage numbers `json:"usage"`
	Times numbers `json:"times"`
	Cores []struct {
		ID    int     `json:"id"`
		Times numbers `json:"times"`
	} `json:"cores"`
}

type loadData struct {
	One     float64 `json:"load_1m"`
	Five    float64 `json:"load_5m"`
	Fifteen float64 `json:"load_15m"`
}

type mountData struct {
	Mounts []struct {
		Mountpoint string   `json:"mountpoint"`
		Status     string   `json:"status"`
		Size       *float64 `json:"size_bytes"`
		Free       *float64 `json:"free_bytes"`
		Available  *float64 `json:"available_bytes"`
		InodesFree *float64 `json:"inodes_free"`
	} `json:"mounts"`
}

type disk struct {
	Name   string   `json:"name"`
	Totals numbers  `json:"totals"`
	Write  *float64 `json:"write_bytes_per_second"`
}

type link struct {
	Name     string  `json:"name"`
	Receive  numbers `json:"receive"`
	Transmit numbers `json:"transmit"`
}

// snapshotOf asks a server for its newest snapshot.
func snapshotOf(url string) (snapshot, error) {
	response, err := http.Get(url + "api/v1/snapshot")
	if err != nil {
		return snapshot{}, err
	}
	defer response.Body.Close()
	var s snapshot
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("snapshot: %s", response.Status)
	}
	return s, json.NewDecoder(response.Body).Decode(&s)
}

// hasRates says what keeps the snapshot from being whole.
func (s snapshot) hasRates() error {
	for name, status := range map[string]string{
		"host": s.Host.Status, "cpu": s.CPU.Status, "load": s.Load.Status, "memory": s.Memory.Status,
		"swap": s.Swap.Status, "mounts": s.Mounts.Status, "disks": s.Disks.Status, "network": s.Network.Status, "self": s.Self.Status,
	} {
		// A machine need not have everything.
		if status != "ok" && status != "unsupported" {
			return fmt.Errorf("%s is %s", name, status)
		}
	}
	return nil
}
