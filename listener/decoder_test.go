package listener_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
)

type (
	orderID string
	blob    []byte
	level   string // unmarshals itself
)

func (l *level) UnmarshalText(text []byte) error {
	*l = level("level " + string(text))
	return nil
}

// decodesTo says that value becomes want.
func decodesTo[V any](t *testing.T, value string, want V) {
	t.Helper()
	var got V
	h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[V]) error { got = r.Value; return nil }))
	require.NoError(t, h(t.Context(), one(raw(1, value))))
	require.Equal(t, want, got)
}

func TestValuesByType(t *testing.T) {
	t.Parallel()
	decodesTo(t, `"quoted"`, `"quoted"`)
	decodesTo(t, "", "")
	decodesTo(t, "raw", []byte("raw"))
	decodesTo(t, "o-1", orderID("o-1"))
	decodesTo(t, "b", blob("b"))
	decodesTo(t, `"high"`, level("level high"))
	decodesTo(t, ` {"a": 1}`, json.RawMessage(`{"a": 1}`))
	decodesTo(t, `{"id":"a","cents":3}`, order{"a", 3})
	decodesTo(t, `{"id":"a"}`, &order{ID: "a"})
	decodesTo(t, "42", 42)
	decodesTo(t, `{"a":1}`, map[string]int{"a": 1})
	decodesTo(t, `[1,"x"]`, any([]any{1.0, "x"}))
	decodesTo(t, `"2026-01-02T03:04:05Z"`, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
}

func TestKeysByType(t *testing.T) {
	t.Parallel()
	key := func(k string) *listener.Delivery {
		r := raw(1, "v")
		r.Key = []byte(k)
		return one(r)
	}
	h := bind(t, listener.On("x", func(_ context.Context, r listener.KeyedRecord[int, string]) error {
		require.Equal(t, 12, r.Key)
		return nil
	}))
	require.NoError(t, h(t.Context(), key("12")))
	require.Equal(t, "key", decodeError(t, h(t.Context(), key("x"))).Part)

	h = bind(t, listener.On("x", func(_ context.Context, r listener.KeyedRecord[orderID, string]) error {
		require.Equal(t, orderID("o-1"), r.Key)
		return nil
	}))
	require.NoError(t, h(t.Context(), key("o-1")))
}

func TestPointersAreFresh(t *testing.T) {
	t.Parallel()
	var got []*order
	h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[*order]) error { got = append(got, r.Value); return nil }))
	require.NoError(t, h(t.Context(), one(raw(1, `{"id":"a","cents":1}`))))
	require.NoError(t, h(t.Context(), one(raw(2, `{"id":"b"}`))))
	require.Equal(t, []*order{{"a", 1}, {"b", 0}}, got)
}

// Null and empty are two things, for keys and for values.
func TestNullKeysAndTombstones(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		key, value []byte
		null, tomb bool
	}{
		{"both", []byte("k"), []byte("v"), false, false},
		{"null key", nil, []byte("v"), true, false},
		{"empty key", []byte{}, []byte("v"), false, false},
		{"tombstone", []byte("k"), nil, false, true},
		{"empty value", []byte("k"), []byte{}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := raw(1, "")
			r.Key, r.Value = tt.key, tt.value
			h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[string]) error {
				require.Equal(t, tt.null, r.NullKey)
				require.Equal(t, tt.tomb, r.Tombstone)
				require.Equal(t, string(tt.key), r.Key)
				require.Equal(t, string(tt.value), r.Value)
				return nil
			}))
			require.NoError(t, h(t.Context(), one(r)))
		})
	}
}

func TestTombstonesAreNotDecoded(t *testing.T) {
	t.Parallel()
	r := raw(1, "")
	r.Value = nil
	h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[*order]) error {
		require.True(t, r.Tombstone)
		require.Nil(t, r.Value)
		return nil
	}), codecFunc(func(any) error { panic("decoded") }))
	require.NoError(t, h(t.Context(), one(r)))
}

type codecFunc func(into any) error

func (codecFunc) Name() string                                             { return "mine" }
func (f codecFunc) Decode(_ *listener.RawRecord, _ []byte, into any) error { return f(into) }

func TestChosenCodecReceivesAPointerToTheType(t *testing.T) {
	t.Parallel()
	mine := codecFunc(func(into any) error { into.(*order).ID = "mine"; return nil })
	got := ""
	require.NoError(t, bind(t, listener.On("x", func(_ context.Context, r listener.Record[order]) error { got += r.Value.ID; return nil }), mine)(t.Context(), one(raw(1, "?"))))
	require.NoError(t, bind(t, listener.On("x", func(_ context.Context, r listener.Record[*order]) error { got += r.Value.ID; return nil }), mine)(t.Context(), one(raw(1, "?"))))
	require.Equal(t, "minemine", got)
}

func TestCodecsPanicIsADecodeError(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	tests := []struct {
		name  string
		codec codecFunc
		want  string
	}{
		{"error", func(any) error { return cause }, "decode value of orders[3]@7 as mine: cause"},
		{"panic", func(any) error { panic("secret") }, "decode value of orders[3]@7 as mine: the codec panicked with a string"},
		{"runtime panic", func(into any) error { return into.(func() error)() }, "decode value of orders[3]@7 as mine: the codec panicked: interface conversion"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &billing{}
			err := bind(t, listener.On("x", b.On), tt.codec)(t.Context(), one(raw(7, "secret")))
			require.Empty(t, b.got)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "secret")
			require.True(t, listener.IsFatal(err))
			if tt.name == "error" {
				require.ErrorIs(t, err, cause)
			}
		})
	}
}

func TestBindRefusesWhatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	_, err := listener.On("pipes", func(context.Context, listener.KeyedRecord[io.Reader, chan int]) error { return nil }).Bind(listener.Codecs{})
	require.ErrorContains(t, err, `listener "pipes" (listener/decoder_test.go:`)
	require.ErrorContains(t, err, "key type io.Reader is an interface")
	require.ErrorContains(t, err, "value type chan int cannot be decoded from JSON")
}

func TestExplicitJSONServesStringsToo(t *testing.T) {
	t.Parallel()
	h := bind(t, listener.On("x", func(_ context.Context, r listener.Record[string]) error {
		require.Equal(t, "quoted", r.Value)
		return nil
	}), listener.JSON())
	require.NoError(t, h(t.Context(), one(raw(1, `"quoted"`))))
}

func TestJSONFaultsAreToldWithoutData(t *testing.T) {
	t.Parallel()
	type shipment struct {
		Count int8      `json:"count"`
		At    time.Time `json:"at"`
	}
	tests := []struct{ give, want string }{
		{`{"count": 98765}`, "number does not fit int8 (field count) at byte 15 of 16"},
		{`{"count": "98765"}`, "string does not fit int8 (field count) at byte 17 of 18"},
		{`{"count": 98765`, "malformed at byte 15 of 15"},
		{`?`, "malformed at byte 1 of 1"},
		{``, "malformed at byte 0 of 0"},
		{`{"at": "98765"}`, "refused with a *time.ParseError"},
	}
	for _, tt := range tests {
		h := bind(t, listener.On("x", func(context.Context, listener.Record[shipment]) error { return nil }))
		err := h(t.Context(), one(raw(7, tt.give)))
		require.EqualError(t, err, "decode value of orders[3]@7 as json: "+tt.want)
		require.NotContains(t, err.Error(), "98765")
	}
}

// safe is all that the text of a JSON fault may be made of.
var safe = regexp.MustCompile(`^decode (key|value) of orders\[3\]@7 as json: (malformed|(number|string|bool|array|object) does not fit [\w.]+( \(field [\w.]+\))?) ?at byte \d+ of \d+$`)

func FuzzJSON(f *testing.F) {
	for _, s := range []string{good, bad, `{"cents":"x"}`, `{"cents":1e99}`, `[]`, "null", "\xff", `{"id":{"a":1}}`, "true"} {
		f.Add([]byte(s))
	}
	b := &billing{}
	h := bind(f, listener.On("x", b.On))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := raw(7, "")
		r.Value = append([]byte{}, data...)
		b.got = nil
		err := h(context.Background(), one(r))
		require.Equal(t, data, append([]byte{}, r.Value...), "the payload is not written to")
		if err == nil {
			require.Len(t, b.got, 1)
			return
		}
		require.Empty(t, b.got)
		require.Regexp(t, safe, err.Error())
		require.Equal(t, int64(7), decodeError(t, err).Offset)
		require.False(t, strings.ContainsAny(err.Error(), "\n\r\x1b"))
	})
}
