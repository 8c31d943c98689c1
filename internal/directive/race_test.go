//go:build race

package directive_test

// underRace: the detector makes everything several times slower.
const underRace = true
