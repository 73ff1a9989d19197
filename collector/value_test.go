package collector

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"testing"
)

func TestValueJSON(t *testing.T) {
	for _, c := range []struct {
		value Value
		want  string
	}{
		{Of(0), "0"},
		{Of(12.3456), "12.346"},
		{Of(-1.5), "-1.5"},
		{Of(0.000080123), "0.000080123"},
		{Of(1e10), "10000000000"},
		{Of(123456789012345680), "123456789012345680"},
		{Of(math.NaN()), "null"},
		{Of(math.Inf(1)), "null"},
		{Missing(Denied), "null"},
		{Value{}, "null"},
	} {
		if got, err := json.Marshal(c.value); err != nil || string(got) != c.want {
			t.Errorf("%+v is %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestValueSaysWhyItIsMissing(t *testing.T) {
	for status, name := range map[Status]string{Denied: "denied", NoBaseline: "no_baseline", Idle: "idle", Unsupported: "unsupported"} {
		v := Missing(status)
		if _, ok := v.Get(); ok || v.Status().String() != name {
			t.Errorf("missing as %s: present %v, status %s", name, ok, v.Status())
		}
	}
	if v := Of(math.NaN()); v.Status() != Failed {
		t.Errorf("NaN is %s, want error", v.Status())
	}
}

func TestWholeNumbersStayWhole(t *testing.T) {
	for _, number := range []float64{127330142799977, 1<<53 - 1, 1 << 62} {
		got, err := Of(number).MarshalJSON()
		if want := strconv.FormatFloat(number, 'f', -1, 64); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// Every status and every number comes back as it was put in, in eight bytes.
func TestValueHoldsWhatItIsMadeOf(t *testing.T) {
	for status := Unsupported; status <= Idle; status++ {
		if status == OK {
			continue
		}
		v := Missing(status)
		if number, ok := v.Get(); ok || number != 0 || v.Status() != status {
			t.Errorf("missing as %v: %v, %v, %v", status, number, ok, v.Status())
		}
	}
	for _, number := range []float64{0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, math.SmallestNonzeroFloat64, -1e300, 0.1} {
		v := Of(number)
		if got, ok := v.Get(); !ok || math.Float64bits(got) != math.Float64bits(number) || v.Status() != OK {
			t.Errorf("%v: %v, %v, %v", number, got, ok, v.Status())
		}
	}
	if (Value{}) != Missing(Unsupported) {
		t.Error("the zero Value is not missing as unsupported")
	}
	if size := reflect.TypeFor[Value]().Size(); size != 8 {
		t.Errorf("%d bytes", size)
	}
}
