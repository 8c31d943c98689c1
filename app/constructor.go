package app

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
)

var errorType = reflect.TypeFor[error]()

// constructed returns what a constructor makes; false where v is none: no
// function, a nil one, or one whose results are not (T) or (T, error).
func constructed(v any) (reflect.Type, bool) {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Func || reflect.ValueOf(v).IsNil() {
		return nil, false
	}
	switch {
	case t.NumOut() == 1, t.NumOut() == 2 && t.Out(1) == errorType:
		return t.Out(0), true
	default:
		return nil, false
	}
}

// describe says what v is, for somebody who expected a constructor.
func describe(v any) string {
	t := reflect.TypeOf(v)
	switch {
	case t == nil:
		return "it is nil"
	case t.Kind() != reflect.Func:
		return fmt.Sprintf("it is a %s", t)
	case reflect.ValueOf(v).IsNil():
		return fmt.Sprintf("it is a nil %s", t)
	case t.NumOut() == 0:
		return fmt.Sprintf("%s returns nothing", t)
	}
	results := t.Out(0).String()
	for i := 1; i < t.NumOut(); i++ {
		results += ", " + t.Out(i).String()
	}
	return "it returns " + results
}

// funcName names a function by its package and name, and anything else by its type.
func funcName(v any) string {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Func || reflect.ValueOf(v).IsNil() {
		return fmt.Sprintf("%T", v)
	}
	return path.Base(runtime.FuncForPC(reflect.ValueOf(v).Pointer()).Name())
}
