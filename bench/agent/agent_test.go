//go:build unix

package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func ask(t *testing.T, line string, c Contestant) string {
	t.Helper()
	var out strings.Builder
	if err := serve(strings.NewReader(line+"\n"), &out, map[string]Contestant{"it": c}); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

func reader(_ context.Context, j Job, m *Meter) error {
	for i := range j.Records {
		m.Record(0, int64(i), make([]byte, StampSize))
	}
	return nil
}

func TestAnswers(t *testing.T) {
	if got := ask(t, "does=it records=5", reader); !strings.HasPrefix(got, "ok ") || !strings.Contains(got, " handled=5 ") {
		t.Error(got)
	}
	if got := ask(t, "does=it records=5", func(context.Context, Job, *Meter) error { return errors.New("a\nb") }); got != "fail a b" {
		t.Error(got)
	}
	if got := ask(t, "does=it records=5", func(context.Context, Job, *Meter) error { return nil }); got != "fail ended after 0 of 5 records" {
		t.Error(got)
	}
	if got := ask(t, "does=other records=5", reader); got != "absent no contestant other" {
		t.Error(got)
	}
	if got := ask(t, "what", reader); !strings.HasPrefix(got, "fail ") {
		t.Error(got)
	}
}

// TestMarksOutliveTheMeter: a second run knows what the first has done, and counts what it did again.
func TestMarksOutliveTheMeter(t *testing.T) {
	j := Job{Records: 4, Params: map[string]string{"work": "marks", "sleep": "0s", "marks": t.TempDir() + "/marks"}}
	for range 2 {
		m, err := NewMeter(j)
		if err != nil {
			t.Fatal(err)
		}
		if m.Full() {
			t.Fatal("full before anything was done")
		}
		m.Record(0, 0, nil)
		m.Record(0, 1, nil)
		m.marks.close()
	}
	m, err := NewMeter(j)
	if err != nil {
		t.Fatal(err)
	}
	m.Record(0, 2, nil)
	m.Record(0, 3, nil)
	if r := m.result(); !m.Full() || r["redone"] != 2 || r["lost"] != 0 {
		t.Error(r)
	}
}

// TestLost: what never comes is counted, not waited for.
func TestLost(t *testing.T) {
	line := "does=it records=4 work=marks sleep=0s marks=" + t.TempDir() + "/marks"
	got := ask(t, line, func(_ context.Context, _ Job, m *Meter) error {
		m.Record(0, 2, nil)
		return nil
	})
	if !strings.HasPrefix(got, "ok ") || !strings.Contains(got, " lost=3 ") {
		t.Error(got)
	}
}

func TestStamp(t *testing.T) {
	value := make([]byte, 100)
	want := Stamped{Slow: true, SlowKey: true, Sent: 1234567890123456789, Number: 77}
	want.Put(value)
	if got := Stamp(value); got != want {
		t.Error(got)
	}
	if got := Stamp(nil); got != (Stamped{}) {
		t.Error(got)
	}
}
