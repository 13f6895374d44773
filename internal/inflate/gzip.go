package inflate

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// The layout of a member: RFC 1952, section 2.3.
const (
	headerSize  = 10
	trailerSize = 8
	methodAt    = 2
	flagsAt     = 3

	methodDeflate = 8

	hasHeaderSum = 1 << 1
	hasExtra     = 1 << 2
	hasName      = 1 << 3
	hasComment   = 1 << 4
	reserved     = 0xe0
)

// maxString bounds a name or comment, its zero included, as the gzip packages
// do that decode what is too large to be in memory: how a file is read must
// not depend on its size.
const maxString = 512

const reservedFlags = "reserved flags are set"

func isMagic(b []byte) bool { return b[0] == 0x1f && b[1] == 0x8b }

// gzip decodes all members.
func (d *Decoder) gzip() error {
	for {
		if err := d.member(); err != nil {
			return err
		}
		d.members++
		rest := d.src[d.in:]
		if len(rest) == 0 {
			return nil
		}
		if len(rest) < 2 || !isMagic(rest) {
			return d.trail()
		}
	}
}

func (d *Decoder) deflate() error {
	if err := d.blocks(); err != nil {
		return err
	}
	return d.trail()
}

// trail says what is left of src, if anything is.
func (d *Decoder) trail() error {
	d.trailing = len(d.src) - d.in
	if d.trailing == 0 {
		return nil
	}
	return &Error{Err: ErrTrailing, Offset: d.in, Detail: strconv.Itoa(d.trailing) + " bytes"}
}

func (d *Decoder) member() error {
	if err := d.header(); err != nil {
		return err
	}
	d.base = d.out
	if err := d.blocks(); err != nil {
		return err
	}
	t := d.take(trailerSize)
	if t == nil {
		return d.truncated()
	}
	content := d.dst[d.base:d.out]
	switch {
	case binary.LittleEndian.Uint32(t) != crc32.ChecksumIEEE(content):
		return d.mismatch(trailerSize, "CRC-32 of the content")
	case binary.LittleEndian.Uint32(t[4:]) != uint32(len(content)):
		return d.mismatch(4, "length of the content")
	}
	return nil
}

// take gives the next n bytes, nil if there are not as many.
func (d *Decoder) take(n int) []byte {
	if len(d.src)-d.in < n {
		return nil
	}
	d.in += n
	return d.src[d.in-n : d.in]
}

func (d *Decoder) mismatch(back int, what string) error {
	return &Error{Err: ErrChecksum, Offset: d.in - back, Detail: what}
}

// header reads a member's header up to its data.
func (d *Decoder) header() error {
	start := d.in
	if rest := d.src[start:]; len(rest) >= 2 && !isMagic(rest) {
		return &Error{Err: ErrNotGzip, Offset: start}
	}
	h := d.take(headerSize)
	if h == nil {
		return d.truncated()
	}
	if h[methodAt] != methodDeflate {
		return &Error{Err: ErrCorrupt, Offset: start + methodAt, Detail: "compression method " + strconv.Itoa(int(h[methodAt]))}
	}
	flags := h[flagsAt]
	if flags&reserved != 0 { // RFC 1952, 2.3.1.2: an error, as gzip(1) has it
		return &Error{Err: ErrCorrupt, Offset: start + flagsAt, Detail: reservedFlags}
	}
	if flags&hasExtra != 0 && !d.skipExtra() {
		return d.truncated()
	}
	for _, has := range []byte{hasName, hasComment} {
		if flags&has != 0 {
			if err := d.skipString(); err != nil {
				return err
			}
		}
	}
	if flags&hasHeaderSum != 0 {
		return d.headerSum(start)
	}
	return nil
}

func (d *Decoder) skipExtra() bool {
	n := d.take(2)
	return n != nil && d.take(int(binary.LittleEndian.Uint16(n))) != nil
}

func (d *Decoder) skipString() error {
	for i := range maxString {
		if d.in+i >= len(d.src) {
			return d.truncated()
		}
		if d.src[d.in+i] == 0 {
			d.in += i + 1
			return nil
		}
	}
	return d.corrupt("name or comment without an end")
}

// headerSum checks the lower half of the CRC-32 of the header so far.
func (d *Decoder) headerSum(start int) error {
	sum := uint16(crc32.ChecksumIEEE(d.src[start:d.in]))
	switch b := d.take(2); {
	case b == nil:
		return d.truncated()
	case binary.LittleEndian.Uint16(b) != sum:
		return d.mismatch(2, "CRC of the header")
	}
	return nil
}
