package wire

import "strconv"

// Return is what a function of NVML returned (nvmlReturn_t). Any but [Success]
// is an error.
type Return uint32

// Those that something is made of.
const (
	Success              Return = 0
	Uninitialized        Return = 1
	NotSupported         Return = 3
	NoPermission         Return = 4
	NotFound             Return = 6
	InsufficientSize     Return = 7
	DriverNotLoaded      Return = 9
	FunctionNotFound     Return = 13
	GPUIsLost            Return = 15
	ResetRequired        Return = 16
	LibRMVersionMismatch Return = 18
	NoData               Return = 21
	VersionMismatch      Return = 25
)

var returnTexts = map[Return]string{
	Uninitialized:        "not initialized",
	NotSupported:         "not supported by this GPU",
	NoPermission:         "no permission",
	NotFound:             "no such GPU: it has left the bus, or its /dev/nvidiaN is hidden from this process",
	InsufficientSize:     "more than fits",
	DriverNotLoaded:      "the driver is not loaded, or its /dev/nvidiactl is hidden from this process",
	FunctionNotFound:     "not known to this driver",
	GPUIsLost:            "the GPU has fallen off the bus",
	ResetRequired:        "the GPU has to be reset",
	LibRMVersionMismatch: "library and kernel module are of different versions",
	NoData:               "no data",
	VersionMismatch:      "not known to this driver in this form",
}

func (r Return) Error() string {
	text := "NVML error " + strconv.FormatUint(uint64(r), 10)
	if known, ok := returnTexts[r]; ok {
		text += ": " + known
	}
	return text
}
