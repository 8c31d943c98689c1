package ledger_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hearken-go/hearken/internal/ledger"
)

// isIn reports whether o is in one of the ranges.
func isIn(ranges []ledger.Range, o int64) bool {
	for _, r := range ranges {
		if o >= r.From && o < r.To {
			return true
		}
	}
	return false
}

// randomMap makes ranges of up to runs runs, whose lengths are up to length.
func randomMap(r *rand.Rand, runs int, gap, length int64) *ledger.Map {
	m := &ledger.Map{Base: r.Int64N(1 << 40), Epoch: int32(r.IntN(9) - 1)}
	at := m.Base
	for range runs {
		from := at + 1 + r.Int64N(gap)
		at = from + 1 + r.Int64N(length)
		m.Done = append(m.Done, ledger.Range{From: from, To: at})
	}
	return m
}

// I7: what is read back is what was written, or a prefix of it.
func TestMapComesBackAsItWasOrShorter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := randomMap(r, 1+r.IntN(1+r.IntN(400)), 1+r.Int64N(1+r.Int64N(300)), 1+r.Int64N(1+r.Int64N(300)))
		budget := 20 + r.IntN(1000)
		text := m.Encode(budget)
		require.LessOrEqual(t, len(text), budget)
		if text == "" {
			continue
		}
		got, err := ledger.DecodeMap(text, m.Base)
		require.NoError(t, err)
		require.Equal(t, m.Epoch, got.Epoch)
		require.Equal(t, got.End() < m.End(), got.Cut)
		want := m.Done
		for i, d := range got.Done {
			require.Equal(t, want[i].From, d.From)
			require.LessOrEqual(t, d.To, want[i].To)
			require.True(t, d.To == want[i].To || i == len(got.Done)-1)
		}
		if !got.Cut {
			require.Equal(t, m.Done, got.Done)
		}
	}
}

// The sizes that the documentation promises.
func TestMapSizes(t *testing.T) {
	t.Parallel()
	one := &ledger.Map{Base: 1000, Epoch: 3, Done: []ledger.Range{{From: 1001, To: 5_001_001}}}
	require.Less(t, len(one.Encode(4096)), 32, "one stuck record with 5 million done above it")

	r := rand.New(rand.NewPCG(1, 1))
	noise := &ledger.Map{Base: 1 << 40, Epoch: 3}
	for o := noise.Base + 1; o < noise.Base+24_000; o++ {
		switch n := len(noise.Done); {
		case r.IntN(2) == 0:
		case n > 0 && noise.Done[n-1].To == o:
			noise.Done[n-1].To++
		default:
			noise.Done = append(noise.Done, ledger.Range{From: o, To: o + 1})
		}
	}
	got, err := ledger.DecodeMap(noise.Encode(4096), noise.Base)
	require.NoError(t, err)
	require.False(t, got.Cut, "a span of 24,000 always fits 4,096 characters")
}

// A body that is too large is cut, not dropped.
func TestMapIsCutNotDropped(t *testing.T) {
	t.Parallel()
	m := randomMap(rand.New(rand.NewPCG(1, 1)), 5000, 200, 200)
	got, err := ledger.DecodeMap(m.Encode(4096), m.Base)
	require.NoError(t, err)
	require.True(t, got.Cut)
	require.Greater(t, len(got.Done), 1000)
	require.Empty(t, m.Encode(16))
	require.Empty(t, (&ledger.Map{Base: 4}).Encode(4096))
}

// Anything that was changed on the way is not believed.
func TestMapIsNotBelievedOnAnyDoubt(t *testing.T) {
	t.Parallel()
	m := randomMap(rand.New(rand.NewPCG(1, 1)), 40, 30, 30)
	good := m.Encode(4096)
	_, err := ledger.DecodeMap("", 0)
	require.ErrorIs(t, err, ledger.ErrNoMap)
	bad := map[string]string{
		"other's":  "AAAAAQAAAZ",
		"version":  strings.Replace(good, "hk1:", "hk2:", 1),
		"too long": good + strings.Repeat("A", ledger.MaxMetadata),
		"tag only": "hk1:",
		"short":    good[:len(good)-2],
		"alphabet": "hk1:?" + good[5:],
	}
	for i := len("hk1:"); i < len(good); i++ {
		flipped := []byte(good)
		flipped[i] ^= 1
		bad["flip "+string(rune('a'+i%26))+good[:i]] = string(flipped)
	}
	for name, text := range bad {
		_, err := ledger.DecodeMap(text, m.Base)
		var doubt *ledger.MapError
		require.ErrorAs(t, err, &doubt, name)
	}
	_, err = ledger.DecodeMap(good, m.Base+1)
	require.ErrorContains(t, err, "another offset")
}

// I8: whatever the metadata is, it decodes to a valid map or to none, without
// a panic, and without more memory than its length allows.
func FuzzDecodeMap(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 20 {
		m := randomMap(r, 1+r.IntN(60), 40, 40)
		f.Add(m.Encode(4096), m.Base, true)
	}
	f.Add("hk1:", int64(0), false)
	f.Add("", int64(math.MaxInt64), false)
	f.Fuzz(func(t *testing.T, text string, base int64, raw bool) {
		if raw {
			text = ledger.SealMap(text) // past the checksum, into the body
		}
		m, err := ledger.DecodeMap(text, base)
		if err != nil {
			return
		}
		at := base
		for _, d := range m.Done {
			if d.From <= at || d.To <= d.From {
				t.Fatalf("%+v after %d", d, at)
			}
			at = d.To
		}
		if len(m.Done) == 0 || m.Base != base || len(m.Done) > 6*len(text) {
			t.Fatalf("%d ranges from %d characters", len(m.Done), len(text))
		}
		if again, err := ledger.DecodeMap(m.Encode(ledger.MaxMetadata), base); err != nil || !again.Cut && again.End() != m.End() {
			t.Fatalf("%v comes back as %v, %v", m, again, err)
		}
	})
}
