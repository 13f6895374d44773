package trailgen

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func plain(hours int) *Copy { return made(hours, 0) }

// made is a small trail of two regions, begun anew before an hour.
func made(hours, restart int) *Copy {
	s := Signed{Keys: []Key{NewKey("quick", false, from, from)}}
	s.Start, s.Hours, s.FilesPerHour, s.RecordsPerFile, s.Regions = from, hours, 2, 2, []string{"us-east-1", "eu-west-1"}
	s.Restart = []int{restart}
	return s.Copy()
}

// twin is a copy to be tampered with; making a trail takes longer.
func (c *Copy) twin() *Copy {
	t := &Copy{Bucket: c.Bucket, Keys: c.Keys, Objects: map[string]*Stored{}}
	for p, o := range c.Objects {
		stored := *o
		t.Objects[p] = &stored
	}
	return t
}

// A fault changes a copy, says so, and is the same for the same randomness.
func TestFaults(t *testing.T) {
	seen, untouched := map[string]bool{}, made(7, 3)
	for _, f := range Faults {
		if seen[f.Name] || f.What == "" || strings.ContainsAny(f.Name, " _") {
			t.Errorf("%s: named twice or badly", f.Name)
		}
		seen[f.Name] = true
		for seed := range uint64(3) {
			a, b := untouched.twin(), untouched.twin()
			f.Apply(a, rand.New(rand.NewPCG(seed, 1)))
			f.Apply(b, rand.New(rand.NewPCG(seed, 1)))
			if !reflect.DeepEqual(a.Objects, b.Objects) {
				t.Errorf("%s: two runs differ", f.Name)
			}
			if reflect.DeepEqual(a.Objects, untouched.Objects) {
				t.Errorf("%s changes nothing", f.Name)
			}
			if FaultNamed(f.Name).What != f.What {
				t.Errorf("%s is not found", f.Name)
			}
		}
	}
}

// Where there is no victim, or only a damaged one, faults do nothing and do
// not fail.
func TestFaultsOfLittle(t *testing.T) {
	one, two := plain(1), plain(2)
	none := &Copy{Objects: map[string]*Stored{}, Keys: one.Keys}
	for _, f := range Faults {
		for _, whole := range []*Copy{none, one, two} {
			c := whole.twin()
			f.Apply(c, rand.New(rand.NewPCG(1, 1)))
			f.Apply(c, rand.New(rand.NewPCG(2, 1)))
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 { // one upon another
		c := two.twin()
		for range 5 {
			Faults[r.IntN(len(Faults))].Apply(c, r)
		}
	}
}

func TestFaultNamedPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a fault that is not there was found")
		}
	}()
	FaultNamed("no such fault")
}

// The changes that change nothing keep the content.
func TestHarmlessFaults(t *testing.T) {
	for _, name := range []string{"log-recompressed", "log-gunzipped", "log-renamed", "digest-recompressed"} {
		c, whole := plain(2), contents(plain(2))
		FaultNamed(name).Apply(c, rand.New(rand.NewPCG(1, 1)))
		if got := contents(c); !reflect.DeepEqual(got, whole) {
			t.Errorf("%s changes the content", name)
		}
	}
}

// contents counts what the files of a copy hold.
func contents(c *Copy) map[string]int {
	m := map[string]int{}
	for _, o := range c.Objects {
		b, ok := inflated(o.Bytes)
		if !ok {
			b = []byte("damaged")
		}
		m[string(b)]++
	}
	return m
}
