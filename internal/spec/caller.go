package spec

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// Caller returns "main.go:12", the line that called the function that called
// Caller; skip leaves out further callers between.
func Caller(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 2)
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// Code is Caller as the origin of a setting: "code main.go:12".
func Code(skip int) string { return "code " + Caller(skip+1) }
