package collector

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseMdstat reads /proc/mdstat (md_seq_show in drivers/md/md.c): a line of
// personalities, then for each array a line that begins with its name and some
// that are indented.
func parseMdstat(text string) (RAID, error) {
	if err := wholeLines(text); err != nil {
		return RAID{}, err
	}
	raid := RAID{Personalities: []string{}, Arrays: []RAIDArray{}}
	rest, found := strings.CutPrefix(text, "Personalities :")
	if !found {
		return RAID{}, errors.New("no line Personalities")
	}
	head, rest, _ := strings.Cut(rest, "\n")
	for name := range strings.FieldsSeq(head) {
		raid.Personalities = append(raid.Personalities, strings.Trim(name, "[]"))
	}
	var array *RAIDArray // that indented lines belong to
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case isIndented(line):
			if array != nil {
				array.addLine(line)
			}
			continue
		case line == "" || strings.HasPrefix(line, "unused devices:") || strings.HasPrefix(line, "read_ahead ") || strings.HasPrefix(line, "Event:"):
			array = nil
			continue
		}
		a, err := parseArrayHead(line)
		if err != nil {
			return RAID{}, err
		}
		raid.Arrays = append(raid.Arrays, a)
		array = &raid.Arrays[len(raid.Arrays)-1]
	}
	for i := range raid.Arrays {
		raid.Arrays[i].count()
	}
	slices.SortStableFunc(raid.Arrays, func(a, b RAIDArray) int { return naturalCompare(a.Name, b.Name) })
	raid.Arrays = slices.CompactFunc(raid.Arrays, func(a, b RAIDArray) bool { return a.Name == b.Name })
	return raid, nil
}

func isIndented(line string) bool { return line != "" && (line[0] == ' ' || line[0] == '\t') }

// parseArrayHead reads "md0 : active (auto-read-only) raid1 sdb1[1] sda1[0](F)".
func parseArrayHead(line string) (RAIDArray, error) {
	name, rest, ok := strings.Cut(line, " : ")
	words := strings.Fields(rest)
	if !ok || name == "" || len(words) == 0 {
		return RAIDArray{}, fmt.Errorf("%q is no array", line)
	}
	a := RAIDArray{Name: name, Active: words[0] == "active", Members: []RAIDMember{}}
	if !a.Active && words[0] != "inactive" && words[0] != "broken" {
		return RAIDArray{}, fmt.Errorf("%s is neither active nor inactive but %q", name, words[0])
	}
	for _, word := range words[1:] {
		if inner, ok := strings.CutPrefix(word, "("); ok && a.Level == "" && len(a.Members) == 0 {
			a.ReadOnly = strings.TrimSuffix(inner, ")")
			continue
		}
		member, ok := parseMember(word)
		switch {
		case ok:
			a.Members = append(a.Members, member)
		case a.Level == "" && len(a.Members) == 0:
			a.Level = word
		default:
			return RAIDArray{}, fmt.Errorf("%s has the member %q", name, word)
		}
	}
	slices.SortStableFunc(a.Members, func(x, y RAIDMember) int { return x.Number - y.Number })
	return a, nil
}

// parseMember reads "sdb1[2](W)(S)".
func parseMember(word string) (RAIDMember, bool) {
	device, rest, ok := strings.Cut(word, "[")
	number, flags, closed := strings.Cut(rest, "]")
	n, err := strconv.ParseUint(number, 10, 31)
	if !ok || !closed || device == "" || err != nil {
		return RAIDMember{}, false
	}
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	m := RAIDMember{Device: device, Number: int(n), State: "active", WriteMostly: has("(W)"), Replacement: has("(R)")}
	switch {
	case has("(F)"):
		m.State = "failed"
	case has("(J)"):
		m.State = "journal"
	case has("(S)"):
		m.State = "spare"
	}
	return m, true
}

// addLine reads one of the lines below the name of an array.
func (a *RAIDArray) addLine(line string) {
	words := strings.Fields(line)
	switch {
	case len(words) >= 2 && words[1] == "blocks":
		a.Size = blocksToBytes(words[0])
		a.addSlots(words)
	case strings.Contains(line, "="):
		a.addSync(words)
	}
}

func blocksToBytes(text string) Value {
	bytes, err := parseScaled(text, 1024)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(bytes))
}

// addSlots reads "[3/2] [UU_]", which levels without redundancy do not have.
func (a *RAIDArray) addSlots(words []string) {
	for i, word := range words {
		inner, ok := strings.CutPrefix(word, "[")
		wanted, present, isPair := strings.Cut(strings.TrimSuffix(inner, "]"), "/")
		if !ok || !isPair {
			continue
		}
		n, errN := strconv.ParseUint(wanted, 10, 31)
		m, errM := strconv.ParseUint(present, 10, 31)
		if errN != nil || errM != nil || m > n {
			a.Wanted, a.Present, a.Degraded = Missing(Failed), Missing(Failed), Missing(Failed)
			return
		}
		a.Wanted, a.Present, a.Degraded = Of(float64(n)), Of(float64(m)), Of(float64(n-m))
		if i+1 < len(words) {
			a.Slots = strings.Trim(words[i+1], "[]")
		}
		return
	}
}

// syncWords are the first words of what status_resync in md.c prints.
var syncWords = []string{"recovery", "resync", "reshape", "check", "repair"}

// addSync reads "[=>..]  recovery = 12.6% (37043392/292945152) finish=127.5min
// speed=33440K/sec" and "resync=DELAYED".
func (a *RAIDArray) addSync(words []string) {
	for i, word := range words {
		action, value, _ := strings.Cut(word, "=")
		if !slices.Contains(syncWords, action) {
			continue
		}
		a.Sync = RAIDSync{Action: action}
		switch value {
		case "DELAYED", "PENDING", "REMOTE":
			a.Sync.Waiting = strings.ToLower(value)
		default:
			a.Sync.addProgress(strings.Join(words[i+1:], " "))
		}
		return
	}
}

// addProgress takes the percentage from the blocks: the kernel cuts it off after
// one digit.
func (s *RAIDSync) addProgress(text string) {
	s.Percent, s.Done, s.All = Missing(Failed), Missing(Failed), Missing(Failed)
	if _, pair, ok := strings.Cut(text, "("); ok {
		pair, _, _ = strings.Cut(pair, ")")
		done, all, _ := strings.Cut(pair, "/")
		s.Done, s.All = blocksToBytes(done), blocksToBytes(all)
		part, hasPart := s.Done.Get()
		whole, hasWhole := s.All.Get()
		if hasPart && hasWhole {
			s.Percent = percentOf(part, whole)
		}
	}
	s.Remaining = afterSign(text, "finish=", "min", 60)
	s.Speed = afterSign(text, "speed=", "K/sec", 1024)
}

// afterSign is the number between two words, in units.
func afterSign(text, before, after string, unit float64) Value {
	_, rest, ok := strings.Cut(text, before)
	if !ok {
		return Missing(Unsupported)
	}
	number, _, ok := strings.Cut(rest, after)
	amount, err := parseFinite(number)
	if !ok || err != nil {
		return Missing(Failed)
	}
	return Of(amount * unit)
}

// count counts the members, which for levels without redundancy is all there is
// to go by: those need each one.
func (a *RAIDArray) count() {
	active := 0
	for _, m := range a.Members {
		switch m.State {
		case "failed":
			a.Failed++
		case "spare":
			a.Spare++
		case "active":
			active++
		}
	}
	if a.Active && a.Wanted.Status() == Unsupported {
		a.Wanted, a.Present = Of(float64(active)), Of(float64(active))
	}
}
