package rdqueue

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// The versions of librdkafka whose structs and functions are as rdqueue.h says.
var oldest, newest = 0x020f0000, 0x020fffff // 2.15.x

// known refuses a library of another version.
func known(version int) error {
	if version < oldest || version > newest {
		return fmt.Errorf("librdkafka %#08x is not one of the versions that are known (%#08x to %#08x)", version, oldest, newest)
	}
	return nil
}

// handle returns the client's rd_kafka_t, which confluent-kafka-go does not
// show: the field rk of the field handle. It looks at everything that can be
// looked at before it touches anything.
func handle(c fmt.Stringer) (unsafe.Pointer, error) {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, errors.New("there is no client")
	}
	return handleOf(v.Elem())
}

func handleOf(v reflect.Value) (unsafe.Pointer, error) {
	for _, name := range []string{"handle", "rk"} {
		if v.Kind() != reflect.Struct {
			return nil, fmt.Errorf("the client's %s is not a struct: a version of confluent-kafka-go that is not known", v.Type())
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return nil, fmt.Errorf("the client has no field %s: a version of confluent-kafka-go that is not known", name)
		}
	}
	switch {
	case v.Kind() != reflect.Pointer:
		return nil, fmt.Errorf("the client's handle is a %s, not a pointer", v.Kind())
	case v.Type().Elem().Name() != "_Ctype_struct_rd_kafka_s":
		return nil, fmt.Errorf("the client's handle is a %s, not librdkafka's", v.Type())
	case v.IsNil():
		return nil, errors.New("the client's handle is nil")
	}
	return v.UnsafePointer(), nil
}
