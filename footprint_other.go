//go:build !linux

package main

// releaseStart does nothing here.
func releaseStart() {}
