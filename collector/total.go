package collector

// total is a sum of rates over devices. One that is new, or that counts nothing
// at all, is left out; any other that lacks its rate makes the sum missing, which
// would dip without it. A sum of none is missing, for the reason that the first
// device gave.
type total struct {
	sum     float64
	present bool
	lacking bool
	asked   bool
	why     Status
}

func (t *total) add(v Value, isNew bool) {
	number, ok := v.Get()
	switch {
	case ok:
		t.sum += number
		t.present = true
	case v.Status() == NoBaseline && !isNew:
		t.lacking = true
	case !t.asked:
		t.why = v.Status()
	}
	t.asked = true
}

func (t *total) value() Value {
	switch {
	case t.lacking:
		return Missing(NoBaseline)
	case t.present:
		return Of(t.sum)
	}
	return Missing(t.why)
}
