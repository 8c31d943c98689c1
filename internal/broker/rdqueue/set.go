package rdqueue

/*
#include "rdqueue.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// live are the properties that the client reads anew whenever it needs them,
// and that are plain numbers: what else it may do with a change is not known.
var live = map[string]bool{"fetch.wait.max.ms": true}

// Set changes a property of the client while it runs: its next requests go by it.
func (r *Reader) Set(property, value string) error {
	if !live[property] {
		return fmt.Errorf("%s can't be changed while the client runs", property)
	}
	name, text := C.CString(property), C.CString(value)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(text))
	var why [256]C.char
	if code := C.hk_set(r.rk, name, text, &why[0], C.size_t(len(why))); code != 0 {
		return fmt.Errorf("%s=%s: %s", property, value, C.GoString(&why[0]))
	}
	return nil
}

// has reports whether a property has a value, however long: get has room for a short one.
func (r *Reader) has(property string) bool {
	name := C.CString(property)
	defer C.free(unsafe.Pointer(name))
	var size C.size_t // of the value and the zero behind it
	return C.hk_get(r.rk, name, nil, &size) == 0 && size > 1
}

// get returns what a property is now.
func (r *Reader) get(property string) string {
	name := C.CString(property)
	defer C.free(unsafe.Pointer(name))
	var value [256]C.char
	size := C.size_t(len(value))
	if C.hk_get(r.rk, name, &value[0], &size) != 0 {
		return ""
	}
	return C.GoString(&value[0])
}
