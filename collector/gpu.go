package collector

// GPUs are the graphics processors of AMD, Intel and NVIDIA.
type GPUs struct {
	Devices []GPU `json:"devices"` // in the order of their PCI addresses
}

// GPU is one graphics processor. What its driver does not tell is missing with
// its reason.
type GPU struct {
	Index         int    `json:"index" from:"/sys/bus/pci/devices: place in the order of PCI addresses"`
	Device        string `json:"device" from:"/sys/class/drm/cardN/device/uevent: PCI_SLOT_NAME"`    // "0000:01:00.0", which stays when indexes move
	Vendor        string `json:"vendor" from:"/sys/class/drm/cardN/device/uevent: vendor of PCI_ID"` // "amd", "intel" or "nvidia"
	Name          string `json:"name" from:"/sys/class/drm/cardN/device/product_name, or nvmlDeviceGetName; else PCI_ID of uevent"`
	Node          string `json:"node" from:"/sys/class/drm: cardN; of NVIDIA's driver nvidiaN by nvmlDeviceGetMinorNumber"`
	Driver        string `json:"driver" from:"/sys/class/drm/cardN/device/uevent: DRIVER"`
	DriverVersion string `json:"driver_version" from:"/sys/module/DRIVER/version"` // "" for a driver that is part of the kernel
	UUID          string `json:"uuid" from:"nvmlDeviceGetUUID"`                    // "" where there is none

	// State is "active"; "suspended" for one that sleeps, and is not woken to be
	// asked; "resting" for one that does nothing and is left alone for some seconds,
	// because it may then fall asleep; "stale", "denied" or "error", with Error saying
	// why. The numbers of one that sleeps or rests are idle.
	State string `json:"state" from:"/sys/class/drm/cardN/device/power/runtime_status"`
	Error string `json:"error,omitempty" from:"/sys/class/drm/cardN/device/power/runtime_status"`

	// Usage is the share of time in which the GPU worked at anything. Of Intel it
	// is the share in which it was not in its idle state RC6, so it includes time
	// awake without work.
	Usage            Value `json:"usage_percent" from:"/sys/class/drm/cardN/device/gpu_busy_percent, or nvmlDeviceGetUtilizationRates, or 100 - 100 * Δrc6_residency_ms / t"`
	MemoryController Value `json:"memory_controller_percent" from:"/sys/class/drm/cardN/device/mem_busy_percent, or nvmlDeviceGetUtilizationRates"`
	Encoder          Value `json:"encoder_percent" from:"nvmlDeviceGetEncoderUtilization"`
	Decoder          Value `json:"decoder_percent" from:"nvmlDeviceGetDecoderUtilization"`

	// Memory is the GPU's own; one that uses the machine's has none. Shared is what
	// it has mapped of the machine's.
	MemoryUsed        Value `json:"memory_used_bytes" from:"/sys/class/drm/cardN/device/mem_info_vram_used, or nvmlDeviceGetMemoryInfo"`
	MemoryTotal       Value `json:"memory_total_bytes" from:"/sys/class/drm/cardN/device/mem_info_vram_total, or nvmlDeviceGetMemoryInfo"`
	MemoryUsedPercent Value `json:"memory_used_percent" from:"/sys/class/drm/cardN/device/mem_info_vram_used, or nvmlDeviceGetMemoryInfo: used / total"`
	SharedUsed        Value `json:"shared_memory_used_bytes" from:"/sys/class/drm/cardN/device/mem_info_gtt_used"`

	Power      Value `json:"power_watts" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/power1_average or power1_input, or Δenergy1_input / t, or nvmlDeviceGetPowerUsage"`
	PowerLimit Value `json:"power_limit_watts" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/power1_cap or power1_max, or nvmlDeviceGetEnforcedPowerLimit"`
	Energy     Value `json:"energy_joules_total" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/energy1_input, or nvmlDeviceGetTotalEnergyConsumption"`

	Temperature         Value `json:"temperature_celsius" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/tempN_input of label edge or pkg, or nvmlDeviceGetTemperature"`
	HotspotTemperature  Value `json:"hotspot_celsius" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/tempN_input of label junction"`
	MemoryTemperature   Value `json:"memory_celsius" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/tempN_input of label mem or vram, or nvmlDeviceGetFieldValues"`
	SlowdownTemperature Value `json:"temperature_slowdown_celsius" from:"nvmlDeviceGetTemperatureThreshold: slowdown"`                                                                              // where it slows down
	CriticalTemperature Value `json:"temperature_critical_celsius" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/tempN_crit of label edge or pkg, or nvmlDeviceGetTemperatureThreshold: shutdown"` // where it shuts down

	FanPercent Value `json:"fan_percent" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/pwm1: of 255, or nvmlDeviceGetFanSpeed"`
	FanSpeed   Value `json:"fan_rpm" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/fan1_input"`

	GraphicsClock    Value `json:"graphics_clock_hertz" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/freq1_input, or gt_act_freq_mhz, or nvmlDeviceGetClockInfo"`
	GraphicsClockMax Value `json:"graphics_clock_max_hertz" from:"/sys/class/drm/cardN/device/pp_dpm_sclk, or gt_RP0_freq_mhz, or nvmlDeviceGetMaxClockInfo"`
	MemoryClock      Value `json:"memory_clock_hertz" from:"/sys/class/drm/cardN/device/hwmon/hwmonN/freq2_input, or nvmlDeviceGetClockInfo"`
	MemoryClockMax   Value `json:"memory_clock_max_hertz" from:"/sys/class/drm/cardN/device/pp_dpm_mclk, or nvmlDeviceGetMaxClockInfo"`

	PCIeReceived Value `json:"pcie_received_bytes_per_second" from:"nvmlDeviceGetFieldValues: ΔPCIE_COUNT_RX_BYTES / t"`
	PCIeSent     Value `json:"pcie_sent_bytes_per_second" from:"nvmlDeviceGetFieldValues: ΔPCIE_COUNT_TX_BYTES / t"`

	PerformanceState string `json:"performance_state" from:"nvmlDeviceGetPerformanceState"` // "P0", the fastest, to "P15"; "" where unknown
	MIG              string `json:"mig" from:"nvmlDeviceGetMigMode"`                        // "enabled", "disabled", or "" without that mode
	// ThrottleReasons are why clocks are lower than asked for: null where the
	// driver does not tell, empty for none.
	ThrottleReasons []string `json:"throttle_reasons" from:"nvmlDeviceGetCurrentClocksThrottleReasons"`

	// Processes have memory or a context on the GPU. ProcessesStatus says why there
	// is no list; AMD's and Intel's drivers tell it only in every process's fdinfo.
	Processes       []GPUProcess `json:"processes"`
	ProcessesStatus Status       `json:"processes_status" from:"nvmlDeviceGetComputeRunningProcesses"`
}

// GPUProcess is a process on a GPU.
type GPUProcess struct {
	PID    uint32 `json:"pid" from:"nvmlDeviceGetComputeRunningProcesses"`
	Kind   string `json:"kind" from:"nvmlDeviceGetComputeRunningProcesses, nvmlDeviceGetGraphicsRunningProcesses: compute, graphics or both"`
	Memory Value  `json:"memory_bytes" from:"nvmlDeviceGetComputeRunningProcesses: usedGpuMemory"`
}

// without is g as one of which nothing is known at this tick.
func (g GPU) without(why Status, state, text string) GPU {
	for _, v := range g.values() {
		*v = Missing(why)
	}
	g.State, g.Error = state, text
	g.PerformanceState, g.ThrottleReasons = "", nil
	g.Processes, g.ProcessesStatus = nil, why
	return g
}

func (g *GPU) values() []*Value {
	return []*Value{
		&g.Usage, &g.MemoryController, &g.Encoder, &g.Decoder,
		&g.MemoryUsed, &g.MemoryTotal, &g.MemoryUsedPercent, &g.SharedUsed,
		&g.Power, &g.PowerLimit, &g.Energy,
		&g.Temperature, &g.HotspotTemperature, &g.MemoryTemperature, &g.SlowdownTemperature, &g.CriticalTemperature,
		&g.FanPercent, &g.FanSpeed,
		&g.GraphicsClock, &g.GraphicsClockMax, &g.MemoryClock, &g.MemoryClockMax,
		&g.PCIeReceived, &g.PCIeSent,
	}
}
