package template_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/listener"
	"github.com/hearken-go/hearken/template"
)

type (
	orderID struct{ Shop, N int }
	price   struct{ Cents int }
)

// bigEndian is how Java's IntegerSerializer writes a key.
type bigEndian struct{}

func (bigEndian) Name() string { return "int32" }
func (bigEndian) Encode(_ string, v any) ([]byte, error) {
	n, ok := v.(int32)
	if !ok {
		return nil, errors.New("not an int32")
	}
	return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
}

// kept keeps what the client would get.
func kept(into *[]listener.Outgoing) template.Interceptor {
	return func(next template.SendFunc) template.SendFunc {
		return func(ctx context.Context, r listener.Outgoing) *template.Future {
			*into = append(*into, r)
			return next(ctx, r)
		}
	}
}

// TestTypedKeysAndValues: by their types, as listeners read them.
func TestTypedKeysAndValues(t *testing.T) {
	var out []listener.Outgoing
	run(t, template.Options{DefaultTopic: "defaults", Interceptors: []template.Interceptor{kept(&out)}}, func(f *fixture) {
		ctx := f.t.Context()
		orders := template.Of[orderID, price](f.Template, "orders")
		require.Same(t, f.Template, orders.Template())
		sent, err := orders.Send(ctx, orderID{1, 2}, price{3})
		require.NoError(t, err)
		require.Equal(t, "orders", sent.Topic)
		_, err = orders.Delete(ctx, orderID{1, 2})
		require.NoError(t, err)
		for _, r := range orders.SendAll(ctx, []template.Pair[orderID, price]{{orderID{1, 3}, price{4}, nil}, {orderID{1, 4}, price{5}, []template.SendOption{template.Header("h", nil)}}}) {
			require.NoError(t, r.Err)
		}
		_, err = template.Of[string, string](f.Template, "").Send(ctx, "", "v")
		require.NoError(t, err)
		_, err = template.Of[*orderID, []byte](f.Template, "orders").SendAsync(ctx, nil, []byte("v")).Wait(ctx)
		require.NoError(t, err)
		_, err = f.Send(ctx, "orders", "k", "v", template.KeyOf(7), template.WithKey([]byte("last")))
		require.NoError(t, err)

		want := []struct{ topic, key, value string }{
			{"orders", `{"Shop":1,"N":2}`, `{"Cents":3}`},
			{"orders", `{"Shop":1,"N":2}`, ""},
			{"orders", `{"Shop":1,"N":3}`, `{"Cents":4}`},
			{"orders", `{"Shop":1,"N":4}`, `{"Cents":5}`},
			{"defaults", "", "v"},
			{"orders", "", "v"},
			{"orders", "last", "v"},
		}
		require.Len(t, out, len(want))
		for i, w := range want {
			require.Equal(t, w.topic, out[i].Topic)
			require.Equal(t, w.key, string(out[i].Key))
			require.Equal(t, w.value, string(out[i].Value))
		}
		require.Nil(t, out[1].Value, "a tombstone")
		require.NotNil(t, out[4].Key, "an empty string is a key")
		require.Nil(t, out[5].Key)
		require.Len(t, out[3].Headers, 1)
	})
}

// TestAKeyCodec: it is for typed keys only, and what it refuses is in the result.
func TestAKeyCodec(t *testing.T) {
	var out []listener.Outgoing
	run(t, template.Options{KeyCodec: bigEndian{}, Interceptors: []template.Interceptor{kept(&out)}}, func(f *fixture) {
		ctx := f.t.Context()
		_, err := template.Of[int32, string](f.Template, "orders").Send(ctx, 258, "v")
		require.NoError(t, err)
		require.Equal(t, []byte{0, 0, 1, 2}, out[0].Key)
		f.send(ctx, "v")
		require.Equal(t, []byte("k"), out[1].Key)
		_, err = template.Of[int64, string](f.Template, "orders").Send(ctx, 1, "v")
		refused, ok := errors.AsType[*listener.EncodeError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "int32", refused.Codec)
		require.ErrorContains(t, err, "key: encode a int64 for orders as int32")
		require.Len(t, out, 2)
	})
}
