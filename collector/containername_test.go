package collector

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestContainerNames(t *testing.T) {
	dir := t.TempDir()
	for path, text := range map[string]string{
		"var/lib/docker/containers/" + id64 + "/config.v2.json":    `{"Config":{"Name":"wrong","Env":["A=secret"]},"Name":"/db"}`,
		"var/lib/docker/containers/" + other64 + "/config.v2.json": `{"Name":"/k8s_web_web-1_shop_0-1_2"}`,
		"var/lib/containers/storage/overlay-containers/containers.json": `[{"id":"` + podmanID + `","names":["mail","post"]},
			{"id":"` + criID + `","names":["k8s_POD_web-1_shop_0-1_0"]},{"id":"` + id64 + `","names":[]}]`,
		"run/containerd/io.containerd.runtime.v2.task/default/" + sandboxID + "/config.json": `{"annotations":{"nerdctl/name":"cache"}}`,
		"run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" + criID + "/config.json": `{"annotations":{
			"io.kubernetes.cri.container-name":"web","io.kubernetes.cri.sandbox-name":"web-1","io.kubernetes.cri.sandbox-namespace":"shop"}}`,
		"run/containerd/io.containerd.runtime.v2.task/default/" + id64 + "/config.json": `{"annotations":{}}`,
	} {
		unpack(t, filepath.Join(dir, path), text)
	}
	ctx := rootedAt(t.Context(), dir)
	for _, test := range []struct {
		id, runtime string
		want        containerFacts
		err         error
	}{
		{id64, "docker", containerFacts{name: "db"}, nil},
		{id64, "", containerFacts{name: "db"}, nil},
		{other64, "docker", containerFacts{"web", "shop/web-1"}, nil},
		{podmanID, "podman", containerFacts{name: "mail"}, nil},
		{criID, "cri-o", containerFacts{sandboxName, "shop/web-1"}, nil},
		{criID, "containerd", containerFacts{"web", "shop/web-1"}, nil},
		{criID, "kubernetes", containerFacts{"web", "shop/web-1"}, nil},
		{sandboxID, "containerd", containerFacts{name: "cache"}, nil},
		{id64, "podman", containerFacts{}, fs.ErrNotExist},
		{id64, "containerd", containerFacts{}, fs.ErrNotExist},
		{sandboxID, "docker", containerFacts{}, fs.ErrNotExist},
	} {
		var states containerStates
		got, err := states.find(ctx, test.id, test.runtime)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%.12s of %q: %+v, %v", test.id, test.runtime, got, err)
		}
		if text := string(states.buf[:cap(states.buf)]); strings.Trim(text, "\x00") != "" {
			t.Errorf("%.12s of %q: of what was read is kept: %.40q", test.id, test.runtime, text)
		}
	}
}

func TestDockerElsewhere(t *testing.T) {
	dir := t.TempDir()
	unpack(t, filepath.Join(dir, "etc/docker/daemon.json"), `{"data-root":"/data/docker"}`)
	unpack(t, filepath.Join(dir, "data/docker/containers", id64, "config.v2.json"), `{"Name":"/db"}`)
	var states containerStates
	if got, err := states.find(rootedAt(t.Context(), dir), id64, "docker"); got.name != "db" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnreadableContainerStates(t *testing.T) {
	for text, status := range map[string]Status{"": Failed, "{": Failed, "[]": Failed, `{"Name":5}`: Failed, "null": Unsupported, "{}": Unsupported, `{"Name":"/"}`: Unsupported} {
		dir := t.TempDir()
		unpack(t, filepath.Join(dir, "var/lib/docker/containers", id64, "config.v2.json"), text)
		var states containerStates
		facts, err := states.find(rootedAt(t.Context(), dir), id64, "docker")
		if facts != (containerFacts{}) || statusOf(err) != status {
			t.Errorf("%q: %+v, %v (%v)", text, facts, err, statusOf(err))
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "run/containerd/io.containerd.runtime.v2.task/k8s.io", id64, "config.json")
	unpack(t, file, "{}")
	deny(t, filepath.Dir(file))
	var states containerStates
	if _, err := states.find(rootedAt(t.Context(), dir), id64, "kubernetes"); statusOf(err) != Denied {
		t.Errorf("denied by one of three: %v", err)
	}
}

func FuzzFactsOf(f *testing.F) {
	f.Add("k8s_web_web-1_shop_0-1_2")
	f.Add("")
	f.Add("_____")
	f.Fuzz(func(t *testing.T, name string) {
		if facts, err := factsOf(name); (facts.name == "") != (err != nil) {
			t.Errorf("%q: %+v, %v", name, facts, err)
		}
	})
}
