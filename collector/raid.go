package collector

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// RAID is the state of the software RAID (md) arrays. Source: /proc/mdstat,
// /sys/block/mdN/md.
type RAID struct {
	Personalities []string    `json:"personalities"` // that the kernel has loaded: "raid1", "raid6"
	Arrays        []RAIDArray `json:"arrays"`        // in the order of their names
}

// RAIDArray is one md array. Of an inactive one the kernel tells neither how
// many members it should have nor whether it is degraded.
type RAIDArray struct {
	Name     string `json:"name"`      // "md0", "md_d0", "md127"
	Level    string `json:"level"`     // "raid1", "linear"; "" of an inactive array
	Active   bool   `json:"active"`    // started, which a broken one is no more
	ReadOnly string `json:"read_only"` // "" for neither, "read-only", "auto-read-only": until the first write
	State    string `json:"state" from:"/sys/block/mdN/md/array_state: \"clean\", \"active\", \"readonly\", \"broken\", …; \"\" where it cannot be read"`
	Size     Value  `json:"size_bytes" from:"/proc/mdstat: blocks × 1024"`

	Wanted   Value  `json:"members_wanted" from:"/proc/mdstat: n of [n/m]; without it those that are neither spare, failed nor journal"`
	Present  Value  `json:"members_active" from:"/proc/mdstat: m of [n/m]; without it those that are neither spare, failed nor journal"`
	Failed   int    `json:"members_failed" from:"/proc/mdstat: members with (F)"`
	Spare    int    `json:"members_spare" from:"/proc/mdstat: members with (S); of an inactive array all are"`
	Degraded Value  `json:"degraded" from:"/proc/mdstat: n − m of [n/m]"` // members that are missing
	Slots    string `json:"slots" from:"/proc/mdstat: \"UU_\", a U for each member in its place"`

	Sync       RAIDSync     `json:"sync"`
	Mismatches Value        `json:"mismatch_bytes" from:"/sys/block/mdN/md/mismatch_cnt: × 512"`
	Members    []RAIDMember `json:"members"` // in the order of their numbers
}

// RAIDSync is what an array does to bring its members in line.
type RAIDSync struct {
	Action    string `json:"action"`  // "recovery", "resync", "reshape", "check", "repair"; "" for nothing
	Waiting   string `json:"waiting"` // "delayed", "pending", "remote"; "" while it runs
	Percent   Value  `json:"percent" from:"/proc/mdstat: 100 × done / all"`
	Done      Value  `json:"done_bytes" from:"/proc/mdstat: (done/all), done × 1024"`
	All       Value  `json:"all_bytes" from:"/proc/mdstat: (done/all), all × 1024"`
	Remaining Value  `json:"remaining_seconds" from:"/proc/mdstat: finish × 60"`
	Speed     Value  `json:"bytes_per_second" from:"/proc/mdstat: speed × 1024"`
}

// RAIDMember is one device of an array.
type RAIDMember struct {
	Device      string `json:"device"` // "sda1"
	Number      int    `json:"number" from:"/proc/mdstat: n of DEVICE[n]"`
	State       string `json:"state"` // "active", "spare", "failed", "journal"
	WriteMostly bool   `json:"write_mostly"`
	Replacement bool   `json:"replacement"` // takes the place of a member that still works
}

// NewRAID returns the collector of RAID. Without the md driver it wraps
// [ErrUnsupported]; a machine with the driver and no array has none.
func NewRAID() Collector[RAID] {
	r := &raidReader{fence: fence[string, arrayAttributes]{subject: "raid"}}
	return r.read
}

type raidReader struct {
	fence fence[string, arrayAttributes]
	buf   []byte
	text  string // what last comes from
	last  RAID
	at    time.Time // when the attributes of last were read
}

// attributesInterval is how old what mdstat does not tell may be.
const attributesInterval = 5 * time.Second

func (r *raidReader) read(ctx context.Context) (RAID, error) {
	text, err := readInto(procPath(ctx, "mdstat"), r.buf)
	if err != nil {
		return RAID{}, fmt.Errorf("raid: %w", optionalProc(ctx, err))
	}
	r.buf = text
	now := time.Now()
	if string(text) == r.text && now.Sub(r.at) < attributesInterval {
		return r.last, nil
	}
	raid, err := parseMdstat(string(text))
	if err != nil {
		return RAID{}, fmt.Errorf("raid: /proc/mdstat: %w", err)
	}
	r.addAttributes(ctx, raid.Arrays)
	r.text, r.last, r.at = string(text), raid, now
	return raid, nil
}

// arrayAttributes are the files of /sys/block/mdN/md, "" for those not there.
type arrayAttributes struct{ state, action, mismatches string }

// addAttributes reads what mdstat does not tell. Old kernels wait in each of
// these files for the array, which may wait for a dead device.
func (r *raidReader) addAttributes(ctx context.Context, arrays []RAIDArray) {
	names := make([]string, len(arrays))
	for i, a := range arrays {
		names[i] = a.Name
	}
	read := func(name string) (arrayAttributes, error) {
		// The kernel writes ! for the / of a name.
		dir := sysPath(ctx, "block", strings.ReplaceAll(name, "/", "!"), "md")
		return arrayAttributes{readLine(dir, "array_state"), readLine(dir, "sync_action"), readLine(dir, "mismatch_cnt")}, nil
	}
	for i, o := range r.fence.gather(ctx, names, read) {
		arrays[i].addAttributes(o)
	}
}

func (a *RAIDArray) addAttributes(o outcome[arrayAttributes]) {
	if o.isStuck() {
		a.Mismatches = Missing(Stale)
		return
	}
	a.State = o.value.state
	a.Mismatches = sectorsToBytes(o.value.mismatches)
	if a.Sync.Action == "resync" && o.value.action == "repair" {
		a.Sync.Action = "repair" // mdstat has one word for both
	}
}

func sectorsToBytes(text string) Value {
	if text == "" {
		return Missing(Unsupported)
	}
	bytes, err := parseScaled(text, sectorSize)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(bytes))
}
