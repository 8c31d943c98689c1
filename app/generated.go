package app

// GeneratedV1 is named by every kafka_listeners_gen.go of this version's form.
// When the generator changes what such files rely on, the constant goes and another one
// comes: a file that is stale does not compile, whichever of the two is older.
const GeneratedV1 = true
