package spec

import (
	"slices"
	"strings"
)

// Nearest returns the name that want was probably meant to be, or "" where
// nothing is near.
func Nearest(want string, names []string) string {
	best, bestDistance := "", max(2, len(want)/3)+1
	for _, name := range names {
		if Fold(name) == Fold(want) {
			return name
		}
		if d := distance(want, name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// NearestFew returns the n names that are nearest, though none may be near: those
// that share a word with it first, then by letters.
func NearestFew(want string, names []string, n int) []string {
	few := slices.Clone(names)
	words := func(name string) []string {
		return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '.' || r == '_' })
	}
	asked := words(want)
	strange := func(name string) int {
		shared := 0
		for _, w := range words(name) {
			if slices.Contains(asked, w) {
				shared++
			}
		}
		return distance(want, name) - 100*shared
	}
	slices.SortStableFunc(few, func(a, b string) int { return strange(a) - strange(b) })
	return few[:min(n, len(few))]
}

// Near returns how far two names are from each other, and whether one may be
// a mistyped form of the other. Equal but for their spelling is 0.
func Near(want, name string) (int, bool) {
	if Fold(want) == Fold(name) {
		return 0, true
	}
	if limit := max(1, len(name)/3); len(want) > len(name)+limit || len(name) > len(want)+limit {
		return 0, false
	}
	d := distance(want, name)
	return d, want != "" && name != "" && d <= max(1, len(name)/3)
}

// DidYouMean is Nearest as a way out, or other where nothing is near.
func DidYouMean(want string, names []string, other string) string {
	if name := Nearest(want, names); name != "" {
		return "did you mean " + name + "?"
	}
	return other
}

// Fold makes spellings of one name equal: ackMode, ack_mode, ACK-MODE, and its
// spelling in the environment.
func Fold(s string) string {
	return strings.ToLower(joints.Replace(s))
}

var joints = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// distance counts the letters to insert, delete, replace or swap.
func distance(a, b string) int {
	const longest = 100 // a key that long is no typing error, and its table would be large
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
