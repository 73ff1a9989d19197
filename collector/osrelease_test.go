package collector

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOSName(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"NAME=Arch\n":                       "",
		"PRETTY_NAME=Gentoo\n":              "Gentoo",
		`PRETTY_NAME="a \"b\" \$c \\d"`:     `a "b" $c \d`,
		"PRETTY_NAME='single \\'\n":         `single \`,
		"PRETTY_NAME=\"\n":                  `"`,
		"PRETTY_NAME=One\nPRETTY_NAME=Two ": "Two",
	} {
		if name := parseOSRelease(text).PrettyName; name != want {
			t.Errorf("%q: %q, want %q", text, name, want)
		}
	}
}

func TestOSNameBelowUsr(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	if err := os.Remove(filepath.Join(dir, "etc/os-release")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "usr/lib/os-release"), "PRETTY_NAME=\"Alpine Linux v3.22\"\n")
	if host, err := NewHost()(ctx); err != nil || host.OS != "Alpine Linux v3.22" {
		t.Errorf("got %q, %v", host.OS, err)
	}
}

func TestOSRelease(t *testing.T) {
	got := parseOSRelease("NAME='Debian GNU/Linux'\nID=debian\n# VERSION=0\nID_LIKE=\"a b\"\n VERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n" +
		"VERSION=\"12 (bookworm)\"\nVARIANT=Server\nVARIANT_ID=server\nBUILD_ID=1\nIMAGE_ID=i\nIMAGE_VERSION=2\nHOME_URL=x\nID\n")
	want := OSRelease{
		ID: "debian", IDLike: "a b", Name: "Debian GNU/Linux", VersionID: "12", VersionCodename: "bookworm", Version: "12 (bookworm)",
		Variant: "Server", VariantID: "server", BuildID: "1", ImageID: "i", ImageVersion: "2",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHostAsUnameSaysIt(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeFile(t, filepath.Join(dir, "proc/sys/kernel/version"), "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)\n")
	writeFile(t, filepath.Join(dir, "proc/sys/kernel/domainname"), "(none)\n")
	host, err := NewHost()(ctx)
	if err != nil || host.KernelVersion != "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)" || host.DomainName != "(none)" || host.Release.ID != "debian" {
		t.Errorf("got %+v, %v", host, err)
	}
}

func FuzzParseOSRelease(f *testing.F) {
	f.Add("PRETTY_NAME=\"Debian\"\n")
	f.Add("PRETTY_NAME=\"")
	f.Fuzz(func(_ *testing.T, text string) { parseOSRelease(text) })
}
