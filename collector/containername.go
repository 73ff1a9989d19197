package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// containerFacts is what the runtime of a container calls it.
type containerFacts struct {
	name string
	pod  string // "namespace/name"; "" outside of one, or where that is not told
}

// sandboxName is what Kubernetes calls the container that keeps a pod together.
const sandboxName = "POD"

// containerStates looks containers up in the state that runtimes leave in files. It
// asks no daemon: who may talk to one is as good as root. The files hold secrets, the
// environment of a process among them, so of what is read only names are kept.
type containerStates struct {
	podman    map[string]containerFacts // by identifier
	podmanErr error
	hasPodman bool
	buf       []byte
}

// find returns the name of a container. Where no runtime knows of it the error wraps
// fs.ErrNotExist, and fs.ErrPermission where one might that does not let this process
// look.
func (s *containerStates) find(ctx context.Context, id, runtime string) (containerFacts, error) {
	defer func() { clear(s.buf[:cap(s.buf)]) }()
	err := error(fs.ErrNotExist)
	for _, look := range s.lookups(runtime) {
		facts, failure := look(ctx, id)
		if failure == nil {
			return facts, nil
		}
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(failure, fs.ErrNotExist) {
			err = failure
		}
	}
	return containerFacts{}, fmt.Errorf("container %.12s: %w", id, err)
}

type containerLookup func(ctx context.Context, id string) (containerFacts, error)

func (s *containerStates) lookups(runtime string) []containerLookup {
	switch runtime {
	case "docker":
		return []containerLookup{s.docker}
	case "podman", "cri-o":
		return []containerLookup{s.storage}
	case "containerd":
		return []containerLookup{s.containerd}
	}
	return []containerLookup{s.containerd, s.storage, s.docker}
}

// read reads a file of JSON into data, whose fields are all that is kept.
func (s *containerStates) read(path string, data any) error {
	text, err := readInto(path, s.buf)
	if err != nil {
		return err
	}
	s.buf = text
	if err := json.Unmarshal(text, data); err != nil {
		// The error of the decoder may quote what it read.
		return errors.New(path + " is no valid state of a container")
	}
	return nil
}

// docker reads containers/ID/config.v2.json in the directory of the daemon, which
// /etc/docker/daemon.json may put elsewhere.
func (s *containerStates) docker(ctx context.Context, id string) (containerFacts, error) {
	var settings struct {
		DataRoot string `json:"data-root"`
	}
	root := "/var/lib/docker"
	if s.read(etcPath(ctx, "docker", "daemon.json"), &settings) == nil && filepath.IsAbs(settings.DataRoot) {
		root = settings.DataRoot
	}
	var config struct{ Name string }
	if err := s.read(hostPath(ctx, root, "containers", id, "config.v2.json"), &config); err != nil {
		return containerFacts{}, err
	}
	return factsOf(strings.TrimPrefix(config.Name, "/"))
}

// storage reads the list of containers of containers/storage, which Podman and
// CRI-O have in common.
func (s *containerStates) storage(ctx context.Context, id string) (containerFacts, error) {
	if !s.hasPodman {
		s.hasPodman = true
		s.podman, s.podmanErr = s.readStorage(ctx)
	}
	if s.podmanErr != nil {
		return containerFacts{}, s.podmanErr
	}
	facts, found := s.podman[id]
	if !found {
		return containerFacts{}, fs.ErrNotExist
	}
	return facts, nil
}

func (s *containerStates) readStorage(ctx context.Context) (map[string]containerFacts, error) {
	var list []struct {
		ID    string   `json:"id"`
		Names []string `json:"names"`
	}
	if err := s.read(hostPath(ctx, "var/lib/containers/storage/overlay-containers/containers.json"), &list); err != nil {
		return nil, err
	}
	all := make(map[string]containerFacts, len(list))
	for _, c := range list {
		if len(c.Names) == 0 {
			continue
		}
		if facts, err := factsOf(c.Names[0]); err == nil {
			all[c.ID] = facts
		}
	}
	return all, nil
}

// containerdDirs have the specification of each task, by its namespace and its
// identifier.
var containerdDirs = []string{
	"containerd/io.containerd.runtime.v2.task/k8s.io",
	"containerd/io.containerd.runtime.v2.task/default",
	"k3s/containerd/io.containerd.runtime.v2.task/k8s.io",
}

// containerd reads the annotations that the interface of Kubernetes, or nerdctl, put
// into the config.json of a container (OCI runtime specification).
func (s *containerStates) containerd(ctx context.Context, id string) (containerFacts, error) {
	err := error(fs.ErrNotExist)
	for _, dir := range containerdDirs {
		var config struct {
			Annotations struct {
				Type      string `json:"io.kubernetes.cri.container-type"`
				Name      string `json:"io.kubernetes.cri.container-name"`
				Pod       string `json:"io.kubernetes.cri.sandbox-name"`
				Namespace string `json:"io.kubernetes.cri.sandbox-namespace"`
				Nerdctl   string `json:"nerdctl/name"`
			} `json:"annotations"`
		}
		failure := s.read(runPath(ctx, dir, id, "config.json"), &config)
		if failure != nil {
			if !errors.Is(failure, fs.ErrNotExist) {
				err = failure
			}
			continue
		}
		a := config.Annotations
		facts := containerFacts{name: a.Name}
		switch {
		case a.Type == "sandbox":
			facts.name = sandboxName
		case a.Name == "":
			facts.name = a.Nerdctl
		}
		if a.Pod != "" {
			facts.pod = a.Namespace + "/" + a.Pod
		}
		return facts, facts.check()
	}
	return containerFacts{}, err
}

// factsOf takes apart the names that Kubernetes has Docker and CRI-O give:
// "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT".
func factsOf(name string) (containerFacts, error) {
	facts := containerFacts{name: name}
	if parts := strings.Split(name, "_"); len(parts) == 6 && parts[0] == "k8s" {
		facts = containerFacts{name: parts[1], pod: parts[3] + "/" + parts[2]}
	}
	return facts, facts.check()
}

func (f containerFacts) check() error {
	if f.name == "" {
		return fs.ErrNotExist
	}
	return nil
}
