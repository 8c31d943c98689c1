package listener

import (
	"fmt"
	"reflect"
	"runtime"
)

// A Validator refuses values by an error. v is the value as the handler would
// get it: an Order for Record[Order], a *Order for Record[*Order]. It is called
// between codec and handler, by the worker, and must be safe for concurrent use.
// Tombstones are not asked about.
//
// Its error is logged and may end up in a dead letter: its text should not quote the value.
type Validator func(v any) error

// SelfValidation asks values that have a method Validate() error, on the type
// itself or on its pointer; others pass. It is what factory.Validate sets.
func SelfValidation(v any) error {
	if s, ok := v.(selfValidator); ok {
		return s.Validate()
	}
	t := reflect.TypeOf(v)
	if t == nil {
		return nil
	}
	p := reflect.New(t)
	s, ok := p.Interface().(selfValidator)
	if !ok {
		return nil
	}
	p.Elem().Set(reflect.ValueOf(v))
	return s.Validate()
}

type selfValidator interface{ Validate() error }

// An InvalidError says which record's value a Validator has refused. It never
// holds the payload, and its own text does not quote it. A retry is not expected to help.
type InvalidError struct {
	Topic     string
	Partition int32
	Offset    int64
	Err       error // what the validator answered
}

// Error names the place and what the validator said.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("the value of %s[%d]@%d is invalid: %v", e.Topic, e.Partition, e.Offset, e.Err)
}

// Unwrap returns the validator's error.
func (e *InvalidError) Unwrap() error { return e.Err }

func (e *InvalidError) advice() advice { return advice{fatal: true} }

// validated asks v about a value; whatever goes wrong in it is an *InvalidError.
func validated(v Validator, r *RawRecord, value any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if re, ok := p.(runtime.Error); ok {
				err = fmt.Errorf("the validator panicked: %w", re)
			} else {
				err = fmt.Errorf("the validator panicked with a %T", p)
			}
		}
		if err != nil {
			err = &InvalidError{r.Topic, r.Partition, r.Offset, err}
		}
	}()
	return v(value)
}
