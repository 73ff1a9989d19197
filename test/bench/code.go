package main
import "context"
func code(ctx context.Context, p plan) error { return nil }
func process(ctx context.Context, p plan) error { return nil }
