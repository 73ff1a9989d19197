// Package notices says what happens to a machine: what begins and what ends, out
// of one snapshot after the other. Findings say what is the matter now, notices
// when that began and that it is over.
//
// Each thing is told once when it begins and once when it ends. What was so already
// when it was seen first is not told: whoever looks finds it among the findings. A
// [Watch] goes by its snapshots alone and reads no clock, so the same snapshots
// give the same notices.
package notices
