package directive

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// A Shape is what a handler's signature makes it, named as the function of
// package listener that takes it; OnValue takes it through listener.Value.
type Shape string

// The shapes.
const (
	On           Shape = "On"
	OnAck        Shape = "OnAck"
	OnBatch      Shape = "OnBatch"
	OnBatchAck   Shape = "OnBatchAck"
	OnMessage    Shape = "OnMessage"
	OnMessageAck Shape = "OnMessageAck"
	OnRequest    Shape = "OnRequest"
	OnValue      Shape = "OnValue"
)

// Import paths that tell what a type is.
const (
	module       = "github.com/hearken-go/hearken"
	listenerPath = module + "/listener"
	factoryPath  = module + "/factory"
	appPath      = module + "/app"
	ackmodePath  = module + "/ackmode"
	fxPath       = "go.uber.org/fx"
	kafkaPath    = "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// A param is what a parameter's type is to a handler.
type param uint8

const (
	isValue    param = iota // anything else
	isContext               // context.Context
	isRecord                // listener.Record[V], listener.KeyedRecord[K, V]
	isBatch                 // a slice of them
	isMessage               // *kafka.Message
	isAck                   // listener.Acknowledgment
	isBatchAck              // listener.BatchAcknowledgment
	isWrong                 // one of those in a form that no handler has; the text says which
)

const handlerForms = "a handler takes a context.Context and a listener.Record[V] (with a listener.Acknowledgment), " +
	"a []listener.Record[V] (with a listener.BatchAcknowledgment), a *kafka.Message or a value, and returns an error"

// handlerShape reads a handler's signature. A problem says why it is none.
func (s *source) handlerShape(f *ast.FuncDecl) (shape Shape, problem, fix string) {
	if f.Type.TypeParams != nil {
		return "", "a handler can't have type parameters", "write a function for each type that calls it"
	}
	kinds, types, problem := s.params(f.Type.Params)
	if problem != "" {
		return "", problem, handlerForms
	}
	replies, problem := results(f.Type.Results)
	switch {
	case len(kinds) == 0 || kinds[0] != isContext:
		return "", "its first parameter is no context.Context", handlerForms
	case problem != "":
		return "", problem, handlerForms
	case len(kinds) == 1:
		return "", "it takes nothing but a context.Context", handlerForms
	case len(kinds) > 3:
		return "", fmt.Sprintf("it takes %d parameters", len(kinds)), handlerForms
	}
	shape, problem = combine(kinds[1:], types[1:])
	switch {
	case problem != "":
		return "", problem, handlerForms
	case !replies:
		return shape, "", ""
	case shape == On:
		return OnRequest, "", ""
	default:
		return "", "it returns a reply, and takes no single listener.Record", "a handler that replies is func(context.Context, listener.Record[V]) (R, error)"
	}
}

// combine says which shape the parameters behind the context make.
func combine(kinds []param, types []string) (Shape, string) {
	with := isContext // stands for no second one
	if len(kinds) == 2 {
		with = kinds[1]
	}
	for i, k := range kinds {
		if k == isContext || i == 0 && (k == isAck || k == isBatchAck) {
			return "", fmt.Sprintf("its parameter %d is a %s", i+2, types[i])
		}
	}
	shapes := map[[2]param]Shape{
		{isRecord, isContext}: On, {isRecord, isAck}: OnAck,
		{isBatch, isContext}: OnBatch, {isBatch, isBatchAck}: OnBatchAck,
		{isMessage, isContext}: OnMessage, {isMessage, isAck}: OnMessageAck,
		{isValue, isContext}: OnValue,
	}
	if shape, ok := shapes[[2]param{kinds[0], with}]; ok {
		return shape, ""
	}
	switch {
	case kinds[0] == isValue && (with == isAck || with == isBatchAck):
		return "", fmt.Sprintf("it takes an acknowledgment with a %s, which is no listener.Record", types[0])
	case with == isAck:
		return "", "it takes a listener.Acknowledgment with a batch: that is a listener.BatchAcknowledgment"
	case with == isBatchAck:
		return "", "it takes a listener.BatchAcknowledgment with a single record: that is a listener.Acknowledgment"
	default:
		return "", fmt.Sprintf("its parameter 3 is a %s, and no acknowledgment", types[1])
	}
}

// params says what the parameters are, and how they are written.
func (s *source) params(list *ast.FieldList) (kinds []param, types []string, problem string) {
	for _, field := range list.List {
		kind, wrong := s.kindOf(field.Type, 0)
		if kind == isWrong && problem == "" {
			problem = wrong
		}
		for range max(1, len(field.Names)) {
			kinds, types = append(kinds, kind), append(types, printed(field.Type))
		}
	}
	return kinds, types, problem
}

// kindOf says what a type is, as far as its syntax tells; aliases of the same
// package are followed.
func (s *source) kindOf(e ast.Expr, depth int) (kind param, problem string) {
	switch t := ast.Unparen(e).(type) {
	case *ast.Ellipsis:
		return isWrong, "it is variadic"
	case *ast.StarExpr:
		if s.isNamed(t.X, kafkaPath, "Message") {
			return isMessage, ""
		}
		if k, _ := s.kindOf(t.X, depth+1); k != isValue {
			return isWrong, fmt.Sprintf("it takes a %s, a pointer", printed(e))
		}
		return isValue, ""
	case *ast.ArrayType:
		return s.kindOfArray(t, depth)
	case *ast.IndexExpr, *ast.IndexListExpr:
		if s.isGeneric(t, "Record") || s.isGeneric(t, "KeyedRecord") {
			return isRecord, ""
		}
		return isValue, ""
	case *ast.Ident:
		if alias, ok := s.pkg.aliases[t.Name]; ok && depth < 10 {
			return alias.in.kindOf(alias.of, depth+1)
		}
	}
	return s.kindOfName(e)
}

func (s *source) kindOfArray(t *ast.ArrayType, depth int) (param, string) {
	k, problem := s.kindOf(t.Elt, depth+1)
	switch {
	case k == isWrong:
		return isWrong, problem
	case k == isMessage:
		return isWrong, "it takes a slice of *kafka.Message: a batch is a []listener.Record[[]byte]"
	case k == isRecord && t.Len != nil:
		return isWrong, "it takes an array of records: a batch is a slice"
	case k == isRecord:
		return isBatch, ""
	default:
		return isValue, ""
	}
}

func (s *source) kindOfName(e ast.Expr) (param, string) {
	for _, n := range []struct {
		path, name string
		kind       param
		problem    string
	}{
		{"context", "Context", isContext, ""},
		{listenerPath, "Acknowledgment", isAck, ""},
		{listenerPath, "BatchAcknowledgment", isBatchAck, ""},
		{listenerPath, "Record", isWrong, "listener.Record has no type: write listener.Record[Order], or listener.Record[[]byte] for the bytes"},
		{listenerPath, "KeyedRecord", isWrong, "listener.KeyedRecord has no types: write listener.KeyedRecord[Key, Order]"},
		{listenerPath, "RawRecord", isWrong, "it takes a listener.RawRecord: take a listener.Record[[]byte]"},
		{kafkaPath, "Message", isWrong, "it takes a kafka.Message: take a *kafka.Message"},
	} {
		if s.isNamed(e, n.path, n.name) {
			return n.kind, n.problem
		}
	}
	return isValue, ""
}

func (s *source) isGeneric(e ast.Expr, name string) bool {
	switch t := e.(type) {
	case *ast.IndexExpr:
		return s.isNamed(t.X, listenerPath, name)
	case *ast.IndexListExpr:
		return s.isNamed(t.X, listenerPath, name)
	default:
		return false
	}
}

// isNamed reports whether e is path's name, however the file imports it.
func (s *source) isNamed(e ast.Expr, path, name string) bool {
	switch t := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		x, ok := t.X.(*ast.Ident)
		return ok && t.Sel.Name == name && s.imports[x.Name] == path
	case *ast.Ident:
		_, own := s.pkg.declared[t.Name]
		return t.Name == name && !own && slices.Contains(s.dots, path)
	default:
		return false
	}
}

// results says whether a handler replies. A problem says why they are none of a handler's.
func results(list *ast.FieldList) (replies bool, problem string) {
	var types []string
	if list != nil {
		for _, field := range list.List {
			for range max(1, len(field.Names)) {
				types = append(types, printed(field.Type))
			}
		}
	}
	switch {
	case len(types) == 0:
		return false, "it returns nothing"
	case types[len(types)-1] != "error" || len(types) > 2:
		return false, "it returns " + strings.Join(types, ", ")
	default:
		return len(types) == 2, ""
	}
}
