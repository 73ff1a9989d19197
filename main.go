// Command tacho shows live in a browser what a Linux machine does now.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/config"
)

func main() {
	p := program{stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// program is what the commands know of the world around them.
type program struct {
	stdout, stderr io.Writer
	environ        []string
}

// usageError is a fault in what was asked for, not in the doing of it.
type usageError struct{ error }

// Exit codes: 1 when something failed, 2 when the arguments or settings are wrong.
func (p program) run(ctx context.Context, args []string) int {
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(p.stderr, "tacho:", err)
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

func (p program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tacho",
		Short: "Shows live in a browser what this machine does now",
		Long: `tacho samples CPU, memory, disks and network of this Linux machine once a second
and serves a live page, a JSON stream and a snapshot of it.

Settings come from flags, TACHO_* variables, ./config.yaml or
/etc/tacho/config.yaml, and defaults, in this order.`,
		Example: `  tacho                            serve on http://127.0.0.1:8585
  tacho serve --interval 500ms     sample twice a second
  tacho snapshot --json            one reading to the terminal
  tacho check                      the settings in force, and where they come from`,
		Args:              noArguments,
		RunE:              p.serve,
		Version:           version(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; %q lists the flags", err, c.CommandPath()+" --help")}
	})
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 100 "))
	root.SetVersionTemplate("tacho {{.Version}}\n")
	config.Flags(root.PersistentFlags())
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "Serve the page and the streams", Args: noArguments, RunE: p.serve},
		p.snapshotCommand(),
		p.doctorCommand(),
		&cobra.Command{Use: "check", Short: "Print the settings in force, and where they come from", Args: noArguments, RunE: p.check},
		&cobra.Command{Use: "version", Short: "Print the version", Args: noArguments, RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.stdout, "tacho", version())
			return err
		}},
	)
	return root
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unknown command or argument %q; %q lists what there is", args[0], c.Root().Name()+" --help")}
	}
	return nil
}

// load reads the settings. Their faults are one error.
func (p program) load(c *cobra.Command) (config.Loaded, error) {
	loaded, err := config.Load(config.Sources{
		Flags:     c.Flags(),
		Environ:   p.environ,
		Files:     config.Files(),
		CheckGlob: checkGlob,
	})
	if err != nil {
		return loaded, usageError{err}
	}
	return loaded, nil
}

// warn prints what is odd about the settings and no fault.
func (p program) warn(loaded config.Loaded) {
	for _, warning := range loaded.Warnings {
		fmt.Fprintln(p.stderr, "tacho: warning:", warning)
	}
}

func checkGlob(glob string) error {
	return collector.MountFilter{Include: []string{glob}}.Validate()
}

// version is the module's version or the commit that this was built from.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return build.Main.Version
}
