package container

import "encoding/json"

// A ClientConfig is the configuration of a client by property. It prints
// itself without values, which may be secrets.
type ClientConfig map[string]string

// String says how much there is.
func (c ClientConfig) String() string {
	if c == nil {
		return "no client configuration"
	}
	return "a client configuration, not shown for its secrets"
}

// GoString is String: %#v must not print secrets either.
func (c ClientConfig) GoString() string { return c.String() }

// MarshalJSON writes what String returns.
func (c ClientConfig) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }
