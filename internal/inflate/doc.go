// Package inflate decodes gzip (RFC 1952) and DEFLATE (RFC 1951) data that is
// in memory as a whole, into memory, several times as fast as a decoder that
// must be able to stop between any two bytes.
//
//	var d inflate.Decoder             // one per goroutine, tables are reused
//	out, err := d.Gzip(buf[:0], file, 64<<20)
//
// It takes what compress/gzip takes and refuses what compress/gzip refuses,
// byte for byte the same; the tests hold it to that. The one difference is that
// reserved flags in a header are refused, as RFC 1952 and gzip(1) want it. What was decoded before
// damage is returned beside the error.
//
// # How to read it
//
// decoder.go is the way in, gzip.go the members around the data, deflate.go
// the blocks, dynamic.go the descriptions of their codes and tables.go the
// tables made of these. symbols.go decodes the symbols of a block with every
// check in place. fast.go does the same with unsafe and once per turn a check
// that input and output have room for all that a turn can do; it leaves to
// symbols.go what is nearer to their ends. Both give the same bytes and the
// same errors. The build tag purego leaves fast.go out.
package inflate
