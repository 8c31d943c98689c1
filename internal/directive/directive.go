// Package directive turns //kafka:listener and //kafka:factory comments into
// the registration that a user would have typed. It reads syntax only: it
// checks no types and needs no C compiler.
//
//	//kafka:listener id=orders topics=orders,refunds group-id=billing concurrency=3
//	func (b *Billing) OnOrder(ctx context.Context, r listener.Record[Order]) error { … }
//
// Scan reads a module, Module.Check says what is wrong with its comments, and
// Module.Files is what belongs into each package's kafka_listeners_gen.go.
package directive

import (
	"go/token"
	"strings"
)

//go:generate go test -tags generate -run Scalars -update .

// GeneratedFile is the name of the file that a package's comments become.
const GeneratedFile = "kafka_listeners_gen.go"

// GeneratedFunc is the function that the file declares.
const GeneratedFunc = "KafkaListeners"

// A Verb says what a comment declares.
type Verb string

// The two directives.
const (
	Listener Verb = "listener"
	Factory  Verb = "factory"
)

var verbs = []string{string(Listener), string(Factory)}

// A Declaration is one directive that is right as far as it goes.
type Declaration struct {
	Verb Verb
	Name string         // the listener's id, the factory's name
	Pos  token.Position // of the comment
	Args []Arg          // without id and name, in their order
	Func *Func          // what it stands on; nil for a factory of settings alone
}

// Setting returns the text of a setting, "" where the declaration has none.
func (d Declaration) Setting(key string) string {
	for _, a := range d.Args {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// A Func is the function or method that a directive stands on.
type Func struct {
	Name     string
	Receiver string // "*Billing", "" for a function
	Var      string // the receiver's name in the code
	Shape    Shape  // of a listener
}

// String returns the function as Go refers to it: onOrder, (*Billing).OnOrder.
func (f Func) String() string {
	switch {
	case f.Receiver == "":
		return f.Name
	case strings.HasPrefix(f.Receiver, "*"):
		return "(" + f.Receiver + ")." + f.Name
	default:
		return f.Receiver + "." + f.Name
	}
}
