//go:build unix && !linux

package java

import "syscall"

// attributes: a group of its own. Only Linux offers a signal at the starter's death.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
