package e2e

import "syscall"

// dieWithParent keeps workers from outliving a test that was killed itself.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
