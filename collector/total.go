package collector

// total sums the Values that are present. A sum of none is missing, for the
// reason that the first summand gave.
type total struct {
	sum     float64
	present bool
	asked   bool
	why     Status
}

func (t *total) add(v Value) {
	if number, ok := v.Get(); ok {
		t.sum += number
		t.present = true
	} else if !t.asked {
		t.why = v.Status()
	}
	t.asked = true
}

func (t *total) value() Value {
	if t.present {
		return Of(t.sum)
	}
	return Missing(t.why)
}
