package spec

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseSize reads a number of bytes, or of B, KB, MB, GB, TB, which count in
// 1024s as Spring has it.
func parseSize(s string) (int64, error) {
	text := strings.ToUpper(strings.TrimSpace(s))
	factor := int64(1)
	for i, unit := range []string{"KB", "MB", "GB", "TB"} {
		if rest, ok := strings.CutSuffix(text, unit); ok {
			text, factor = rest, int64(1)<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "B")), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no size: write 1MB, 512KB, or bytes without a unit", s)
	}
	if n < 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("%q is out of range for a size", s)
	}
	return n * factor, nil
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return f, nil
}
