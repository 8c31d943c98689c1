package spec

// The environment by which `hearken config` and `hearken doctor` ask a service
// about itself instead of letting it run.
const (
	CommandEnv = "HEARKEN_COMMAND" // a command with its flags, separated by blanks
	AnswerEnv  = "HEARKEN_ANSWER"  // the file for the answer; stdout where it is unset
)
