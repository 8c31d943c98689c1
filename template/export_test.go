package template

// NewWith is New over a fake client.
var NewWith = newTemplate
