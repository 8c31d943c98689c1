package observe

// Bridges for the external tests.
var (
	Clean   = clean
	TextCap = textCap
)
