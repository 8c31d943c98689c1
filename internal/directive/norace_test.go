//go:build !race

package directive_test

const underRace = false
