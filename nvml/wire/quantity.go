package wire

// Quantity is a number that NVML has of a device, in NVML's unit.
type Quantity uint8

// The quantities, with the NVML function that each comes from.
const (
	Minor               Quantity = iota // N of /dev/nvidiaN: nvmlDeviceGetMinorNumber
	Usage                               // percent of time with a kernel running: nvmlDeviceGetUtilizationRates
	MemoryController                    // percent of time with memory read or written: nvmlDeviceGetUtilizationRates
	Encoder                             // percent: nvmlDeviceGetEncoderUtilization
	Decoder                             // percent: nvmlDeviceGetDecoderUtilization
	MemoryTotal                         // bytes: nvmlDeviceGetMemoryInfo
	MemoryUsed                          // bytes, without what the driver reserves where it tells that: nvmlDeviceGetMemoryInfo_v2
	Power                               // milliwatts: nvmlDeviceGetPowerUsage
	PowerLimit                          // milliwatts: nvmlDeviceGetEnforcedPowerLimit
	Energy                              // millijoules since the driver was loaded: nvmlDeviceGetTotalEnergyConsumption
	Temperature                         // degrees Celsius: nvmlDeviceGetTemperature
	MemoryTemperature                   // degrees Celsius: field 82
	SlowdownTemperature                 // degrees Celsius: nvmlDeviceGetTemperatureThreshold
	ShutdownTemperature                 // degrees Celsius: nvmlDeviceGetTemperatureThreshold
	Fan                                 // percent of the highest intended speed, may be above 100: nvmlDeviceGetFanSpeed
	GraphicsClock                       // MHz: nvmlDeviceGetClockInfo
	GraphicsClockMax                    // MHz: nvmlDeviceGetMaxClockInfo
	MemoryClock                         // MHz: nvmlDeviceGetClockInfo
	MemoryClockMax                      // MHz: nvmlDeviceGetMaxClockInfo
	PerformanceState                    // 0 is the fastest, 32 unknown: nvmlDeviceGetPerformanceState
	ThrottleReasons                     // bits: nvmlDeviceGetCurrentClocksThrottleReasons
	MIG                                 // 1 enabled, 0 disabled: nvmlDeviceGetMigMode
	PCIeReceived                        // bytes, a counter: field 198
	PCIeSent                            // bytes, a counter: field 197
	Quantities          int      = iota
)

var quantityNames = [Quantities]string{
	Minor:               "minor",
	Usage:               "usage",
	MemoryController:    "memory_controller",
	Encoder:             "encoder",
	Decoder:             "decoder",
	MemoryTotal:         "memory_total",
	MemoryUsed:          "memory_used",
	Power:               "power",
	PowerLimit:          "power_limit",
	Energy:              "energy",
	Temperature:         "temperature",
	MemoryTemperature:   "memory_temperature",
	SlowdownTemperature: "slowdown_temperature",
	ShutdownTemperature: "shutdown_temperature",
	Fan:                 "fan",
	GraphicsClock:       "graphics_clock",
	GraphicsClockMax:    "graphics_clock_max",
	MemoryClock:         "memory_clock",
	MemoryClockMax:      "memory_clock_max",
	PerformanceState:    "performance_state",
	ThrottleReasons:     "throttle_reasons",
	MIG:                 "mig",
	PCIeReceived:        "pcie_received",
	PCIeSent:            "pcie_sent",
}

func quantityNamed(name string) (Quantity, bool) {
	for q, known := range quantityNames {
		if known == name {
			return Quantity(q), true
		}
	}
	return 0, false
}
