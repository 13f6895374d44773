package idset

import (
	"fmt"
	"testing"
)

func TestAdd(t *testing.T) {
	var s Set
	const uuid = "a1b2c3d4-0000-4111-8222-0123456789ab"
	steps := []struct {
		id, event string
		want      Verdict
	}{
		{uuid, "one", New},
		{uuid, "one", Same},
		{"A1B2C3D4-0000-4111-8222-0123456789AB", "one", Same},
		{uuid, "other", Differs},
		{"not a uuid", "one", New},
		{"not a uuid", "one", Same},
		{"a1b2c3d4-0000-4111-8222-0123456789ag", "one", New},
		{"a1b2c3d4-0000-4111-8222-0123456789ac", "one", New},
		{"b1b2c3d4-0000-4111-8222-0123456789ab", "one", New},
		{"", "one", New},
		{"-1b2c3d4-0000-4111-8222-0123456789ab", "one", New},
		{"a1b2c3d4-0000-4111-8222-0123456789a-", "one", New},
	}
	for i, st := range steps {
		if got := s.Add(Of([]byte(st.id), []byte(st.event))); got != st.want {
			t.Errorf("step %d: Add(%q, %q) = %v, want %v", i, st.id, st.event, got, st.want)
		}
	}
	if s.Len() != 8 {
		t.Errorf("Len() = %d, want 8", s.Len())
	}
}

func TestGrowthForgetsNothing(t *testing.T) {
	var s Set
	id := func(i int) []byte { return fmt.Appendf(nil, "%08x-0000-4000-8000-%012x", i, i*7919) }
	for i := range 50_000 {
		if got := s.Add(Of(id(i), id(i))); got != New {
			t.Fatalf("id %d: %v, want New", i, got)
		}
	}
	for i := range 50_000 {
		if got := s.Add(Of(id(i), id(i))); got != Same {
			t.Fatalf("id %d: %v, want Same", i, got)
		}
	}
}
