package directive

// Update is the flag -update.
var Update = update
