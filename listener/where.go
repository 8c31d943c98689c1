package listener

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"runtime"
)

// callerPath returns "folder/file.go:12" of a caller; skip counts as in
// runtime.Caller, from the function that calls callerPath.
func callerPath(skip int) string {
	_, file, line, ok := runtime.Caller(skip)
	if !ok {
		return "unknown"
	}
	folder, name := path.Split(file)
	return fmt.Sprintf("%s:%d", path.Join(path.Base(folder), name), line)
}

// typesName names the record type as a user writes it.
func typesName[K, V any]() string {
	value := shortType(reflect.TypeFor[V]())
	if reflect.TypeFor[K]() == reflect.TypeFor[string]() {
		return "listener.Record[" + value + "]"
	}
	return "listener.KeyedRecord[" + shortType(reflect.TypeFor[K]()) + ", " + value + "]"
}

// importPath is the part of a qualified name that people leave out: in a type
// argument, reflect prints the whole import path.
var importPath = regexp.MustCompile(`([\w.~-]+/)+`)

func shortType(t reflect.Type) string { return importPath.ReplaceAllString(t.String(), "") }
