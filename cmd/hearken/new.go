package main

import (
	"context"
	"io"
)

func create(_ context.Context, args []string, out, errs io.Writer) int { return 2 }
