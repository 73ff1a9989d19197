package wire

import (
	"reflect"
	"strings"
	"testing"
)

func whole() Reply {
	d := NewDevice("0000:01:00.0")
	d.Name, d.UUID, d.ProcessesReturn = "NVIDIA H200", "GPU-1", Success
	for q := range d.Numbers {
		d.Numbers[q] = Number{N: uint64(q) * 1000}
	}
	d.Numbers[Fan] = Number{Return: NotSupported}
	d.Processes = []Process{{4711, false, Number{N: 1 << 30}}, {1, true, Number{Return: NoPermission}}}
	lost := NewDevice("0000:02:00.0")
	lost.Return = GPUIsLost
	return Reply{Driver: "550.54.15", Devices: []Device{d, lost}}
}

func TestReplyArrivesAsItWasSent(t *testing.T) {
	for name, sent := range map[string]Reply{
		"devices": whole(),
		"library": {Fault: &Fault{Library: "no such file"}},
		"init":    {Fault: &Fault{Return: LibRMVersionMismatch}},
		"nothing": {},
	} {
		text, ended := strings.CutSuffix(string(AppendReply(nil, sent)), End+"\n")
		got, err := ParseReply(text)
		if err != nil || !ended || !reflect.DeepEqual(got, sent) {
			t.Errorf("%s: got %+v (%v), sent %+v", name, got, err, sent)
		}
	}
}

// TestNamesEndNoLine: the name of a GPU is the firmware's.
func TestNamesEndNoLine(t *testing.T) {
	r := whole()
	r.Devices[0].Name = "evil\nusage 99\nend\x00\x7f"
	got, err := ParseReply(strings.TrimSuffix(string(AppendReply(nil, r)), End+"\n"))
	if err != nil || got.Devices[0].Name != "evil usage 99 end  " || got.Devices[0].Numbers[Usage].N != uint64(Usage)*1000 {
		t.Errorf("got %+v (%v)", got.Devices[0], err)
	}
}

func TestParseReplyRefuses(t *testing.T) {
	for _, text := range []string{
		"usage 1\n",
		"\n",
		"device a\nusage\n",
		"device a\nusage -1\n",
		"device a\nusage 1e3\n",
		"device a\nusage !\n",
		"device a\nusage !99999999999\n",
		"device a\nspeed 1\n",
		"device a\ncompute 1\n",
		"device a\ncompute x 1\n",
		"device a\ncompute 4294967296 1\n",
		"init\n",
	} {
		if r, err := ParseReply(text); err == nil || len(r.Devices) > 0 {
			t.Errorf("%q is %+v", text, r)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add(string(AppendReply(nil, whole())))
	f.Add("device a\nusage !3\ncompute 1 2\n")
	f.Add("library x\ninit !9\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseReply(text)
		if err != nil {
			return
		}
		again, err := ParseReply(strings.TrimSuffix(string(AppendReply(nil, r)), End+"\n"))
		if err != nil || len(again.Devices) != len(r.Devices) {
			t.Errorf("%q: %+v is sent as %+v (%v)", text, r, again, err)
		}
	})
}
