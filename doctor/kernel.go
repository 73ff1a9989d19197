package doctor

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// configLimit is more than the settings of any kernel have, unpacked.
const configLimit = 4 << 20

// buildOption is "y", "m" or a value that the kernel was built with, "n" without,
// and "" where nothing tells.
func (x *examination) buildOption(name string) string {
	value, err := parseOption(strings.NewReader(x.kernelConfig()), name)
	if err != nil {
		return ""
	}
	return value
}

// readKernelConfig is the first of the places that hold options of the kernel, ""
// without one.
func (e *Environment) readKernelConfig() string {
	for _, path := range []string{e.proc("config.gz"), e.host("boot/config-" + e.Kernel), e.host("lib/modules", e.Kernel, "config")} {
		text, err := unpacked(path)
		if err != nil {
			continue
		}
		if _, err := parseOption(strings.NewReader(text), ""); err == nil {
			return text
		}
	}
	return ""
}

func unpacked(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	reader := io.Reader(file)
	if strings.HasSuffix(path, ".gz") {
		if reader, err = gzip.NewReader(file); err != nil {
			return "", err
		}
	}
	text, err := io.ReadAll(io.LimitReader(reader, configLimit))
	return string(text), err
}

// parseOption reads "CONFIG_PSI=y" and takes what is not set for "n". A text
// without any option is an error.
func parseOption(text io.Reader, name string) (string, error) {
	lines := bufio.NewScanner(text)
	any := false
	for lines.Scan() {
		option, value, ok := strings.Cut(lines.Text(), "=")
		any = any || ok && strings.HasPrefix(option, "CONFIG_")
		if ok && option == name {
			return value, nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	if !any {
		return "", fmt.Errorf("no option of a kernel in it")
	}
	return "n", nil
}

// bootedWith reports whether a word is on the command line of the kernel.
func (e *Environment) bootedWith(option string) bool {
	return slices.Contains(strings.Fields(word(e.proc("cmdline"))), option)
}

// isBefore reports whether the kernel is older than a version.
func (e *Environment) isBefore(major, minor int) bool {
	var is, sub int
	if n, _ := fmt.Sscanf(e.Kernel, "%d.%d", &is, &sub); n < 2 {
		return false
	}
	return is < major || is == major && sub < minor
}

// withOption boots the kernel with options on its command line, by what sets that
// on this machine.
func (e *Environment) withOption(options string) []Mend {
	m := Mend{Kind: "command", Text: "add " + options + " to the command line of the kernel and restart the machine"}
	grubby := exists(e.host("usr/sbin/grubby")) || exists(e.host("usr/bin/grubby"))
	switch {
	case e.Container:
		return []Mend{{Kind: "note", Text: "on the machine that runs the container, " + m.Text}}
	case grubby:
		m.Lines = []string{"sudo grubby --update-kernel=ALL --args='" + options + "'", "sudo reboot"}
	case exists(e.host("usr/sbin/update-grub")):
		m.Lines = []string{`sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&` + options + ` /' /etc/default/grub`, "sudo update-grub", "sudo reboot"}
	case exists(e.host("boot/firmware/cmdline.txt")):
		m.Lines = []string{"sudo sed -i '1s/$/ " + options + "/' /boot/firmware/cmdline.txt", "sudo reboot"}
	default:
		m.Kind, m.Text = "note", m.Text+", in the settings of whatever boots it"
	}
	return []Mend{m}
}

// withModule loads a module now and at each boot.
func (e *Environment) withModule(text string, names ...string) []Mend {
	if e.Container {
		return []Mend{{Kind: "note", Text: "on the machine that runs the container, " + text}}
	}
	m := Mend{Kind: "command", Text: text}
	for _, name := range names {
		m.Lines = append(m.Lines, "sudo modprobe "+name)
	}
	m.Lines = append(m.Lines, "printf '%s\\n' "+strings.Join(names, " ")+" | sudo tee /etc/modules-load.d/tacho.conf")
	return []Mend{m}
}
