// A stand-in for NVIDIA's library: the functions that the helper calls, for the
// GPUs that nvmltest.go names. INIT_RETURNS=N is what nvmlInit_v2 says; OLD leaves
// out what drivers of before 2021 do not have.
#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef struct gpu *nvmlDevice_t;
typedef unsigned long long ull;

enum { SUCCESS = 0, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, IS_LOST = 15, VERSION = 25 };

struct gpu {
	const char *pci;
} gpus[] = {{"0000:01:00.0"}, {"0000:02:00.0"}, {"0000:03:00.0"}, {"0000:04:00.0"}, {"0000:05:00.0"}};

#define H200 (&gpus[0])
#define GEFORCE (&gpus[1])

#ifndef INIT_RETURNS
#define INIT_RETURNS SUCCESS
#endif

nvmlReturn_t nvmlInit_v2(void) { return INIT_RETURNS; }

static nvmlReturn_t say(const char *text, char *into, unsigned size) {
	if (strlen(text) >= size) return INSUFFICIENT_SIZE;
	strcpy(into, text);
	return SUCCESS;
}

nvmlReturn_t nvmlSystemGetDriverVersion(char *into, unsigned size) { return say("550.54.15", into, size); }

nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char *pci, nvmlDevice_t *device) {
	for (size_t i = 0; i < sizeof gpus / sizeof *gpus; i++)
		if (strcmp(gpus[i].pci, pci) == 0) {
			*device = &gpus[i];
			return SUCCESS;
		}
	return NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t d, char *into, unsigned size) {
	return say(d == H200 ? "NVIDIA H200" : "NVIDIA GeForce GT 710", into, size);
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t d, char *into, unsigned size) {
	return d == H200 ? say("GPU-6f3c1f0e-5a0b-4f6a-9a54-0123456789ab", into, size) : NO_PERMISSION;
}

nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t d, unsigned *minor) {
	*minor = d - gpus;
	return SUCCESS;
}

struct rates { unsigned gpu, memory; };

// A fault in the library, or in the driver below it, is a fault of this call.
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t d, struct rates *rates) {
	switch (d - gpus) {
	case 2:
		for (;;) pause();
	case 3:
		*(volatile int *)NULL = 0;
	case 4:
		return IS_LOST;
	}
	rates->gpu = 97;
	rates->memory = 41;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetEncoderUtilization(nvmlDevice_t d, unsigned *percent, unsigned *period) {
	*percent = 12;
	*period = 167000;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetDecoderUtilization(nvmlDevice_t d, unsigned *percent, unsigned *period) {
	*percent = 34;
	*period = 167000;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

struct memory { ull total, free, used; };

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t d, struct memory *m) {
	m->total = 2147483648;
	m->free = 1610612736;
	m->used = 536870912;
	return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t d, unsigned *milliwatts) {
	*milliwatts = 612345;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t d, unsigned *milliwatts) {
	*milliwatts = 700000;
	return d == H200 ? SUCCESS : NO_PERMISSION;
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t d, ull *millijoules) {
	*millijoules = 8123456789012345;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t d, int sensor, unsigned *degrees) {
	*degrees = 61 + sensor;
	return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t d, int threshold, unsigned *degrees) {
	*degrees = threshold == 0 ? 92 : threshold == 1 ? 87 : 0;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t d, unsigned *percent) {
	*percent = 103;
	return d == H200 ? NOT_SUPPORTED : SUCCESS;
}

static nvmlReturn_t clock(int type, unsigned graphics, unsigned memory, unsigned *megahertz) {
	*megahertz = type == 0 ? graphics : type == 2 ? memory : 1;
	return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t d, int type, unsigned *megahertz) { return clock(type, 1830, 3201, megahertz); }

nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t d, int type, unsigned *megahertz) { return clock(type, 1980, 3202, megahertz); }

nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t d, int *state) {
	*state = d == H200 ? 0 : 32;
	return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t d, ull *reasons) {
	*reasons = 0x24 | 1ULL << 40;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

struct process {
	unsigned pid;
	ull memory;
	unsigned gpuInstance, computeInstance;
};

static nvmlReturn_t list(unsigned first, unsigned n, ull memory, unsigned *count, struct process *into) {
	unsigned room = *count;
	*count = n;
	if (room < n) return INSUFFICIENT_SIZE;
	for (unsigned i = 0; i < n; i++) into[i] = (struct process){first + i, memory, 0xffffffff, 0xffffffff};
	return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t d, unsigned *count, struct process *into) {
	return d == H200 ? NOT_SUPPORTED : list(1000, 100, 1 << 20, count, into);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t d, unsigned *count, struct process *into) {
	return d == H200 ? list(4711, 2, 70866960384, count, into) : list(1000, 1, -1, count, into);
}

#ifndef OLD
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t d, unsigned *count, struct process *into) {
	return nvmlDeviceGetGraphicsRunningProcesses_v2(d, count, into);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t d, unsigned *count, struct process *into) {
	return nvmlDeviceGetComputeRunningProcesses_v2(d, count, into);
}

struct memory_v2 {
	unsigned version;
	ull total, reserved, free, used;
};

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t d, struct memory_v2 *m) {
	if (m->version != (sizeof *m | 2 << 24)) return VERSION;
	m->total = 150754820096;
	m->reserved = 623902720;
	m->used = 141733920768;
	m->free = m->total - m->reserved - m->used;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t d, unsigned *current, unsigned *pending) {
	*current = 0;
	*pending = 1;
	return d == H200 ? SUCCESS : NOT_SUPPORTED;
}

struct field {
	unsigned id, scope;
	long long timestamp, latency;
	int type;
	nvmlReturn_t result;
	union {
		unsigned ui;
		ull ull;
	} value;
};

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t d, int n, struct field *fields) {
	if (d != H200) return NOT_SUPPORTED;
	for (int i = 0; i < n; i++) {
		fields[i].result = SUCCESS;
		switch (fields[i].id) {
		case 82:
			fields[i].type = 1;
			fields[i].value.ull = 0xffffffff00000000 | 73;
			break;
		case 197: // of 32 bits, which wrap unseen
			fields[i].type = 1;
			fields[i].value.ui = 5;
			break;
		case 198:
			fields[i].type = 3;
			fields[i].value.ull = 1ULL << 45;
			break;
		default:
			fields[i].result = NOT_SUPPORTED;
		}
	}
	return SUCCESS;
}
#endif
