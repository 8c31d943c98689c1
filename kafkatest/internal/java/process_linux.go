package java

import "syscall"

// attributes: a group of its own, and dead when the starter is dead.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
