package collector

import (
	"context"
	"os"
	"path/filepath"

	"github.com/shirou/gopsutil/v4/common"
)

// rootPath joins parts below the root that key names in the context's
// common.EnvMap, in the environment, or by default.
func rootPath(ctx context.Context, key common.EnvKeyType, fallback string, parts []string) string {
	root := fallback
	if env, ok := ctx.Value(common.EnvKey).(common.EnvMap); ok && env[key] != "" {
		root = env[key]
	} else if value := os.Getenv(string(key)); value != "" {
		root = value
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// procRoot is the /proc of the machine, or of the container, that this process
// runs in.
const procRoot = "/proc"

func procPath(ctx context.Context, parts ...string) string {
	return rootPath(ctx, common.HostProcEnvKey, procRoot, parts)
}

func etcPath(ctx context.Context, parts ...string) string {
	return rootPath(ctx, common.HostEtcEnvKey, hostPath(ctx, "etc"), parts)
}

func runPath(ctx context.Context, parts ...string) string {
	return rootPath(ctx, common.HostRunEnvKey, hostPath(ctx, "run"), parts)
}

func sysPath(ctx context.Context, parts ...string) string {
	return rootPath(ctx, common.HostSysEnvKey, "/sys", parts)
}

// hostPath is where a path of the watched machine is found by this process.
func hostPath(ctx context.Context, parts ...string) string {
	return rootPath(ctx, common.HostRootEnvKey, "/", parts)
}
