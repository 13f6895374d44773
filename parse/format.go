package parse

import "bytes"

// Content of these formats may be evidence, and is not read.
var formats = []struct {
	at         int
	magic      string
	what, hint string
}{
	{0, "PAR1", "a Parquet file", "write its events as JSON lines, such as with duckdb: COPY (SELECT * FROM 'FILE') TO 'events.jsonl'"},
	{0, orcMagic, "an ORC file", "write its events as JSON lines"},
	{0, "Obj\x01", "an Avro file", "write its events as JSON lines, such as with avro-tools tojson"},
	{0, "ARROW1", "an Arrow file", "write its events as JSON lines"},
	{0, "SQLite format 3\x00", "an SQLite database", "write its events as JSON lines"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it with 7z x and name the folder"},
	{0, "Rar!\x1a\x07", "a RAR archive", "unpack it with unrar x and name the folder"},
	{0, zipMagic, "a ZIP archive under another name", "name it as a PATH, or rename it to .zip"},
	{0, "\x1f\x8b\x08", "gzip data in compressed data", "decompress it once and name the result"},
	{0, "\x28\xb5\x2f\xfd", "zstd data in compressed data", "decompress it once and name the result"},
	{0, "\xfd7zXZ\x00", "xz data in compressed data", "decompress it once and name the result"},
	{0, "BZh91AY&SY", "bzip2 data in compressed data", "decompress it once and name the result"},
	{0, "\x04\x22\x4d\x18", "LZ4 data", "decompress it with lz4 -d and name the result"},
	{0, "\x5d\x00\x00\x80\x00", "LZMA data", "decompress it with unlzma and name the result"},
	{0, "\x5d\x00\x00\x00\x04", "LZMA data", "decompress it with unlzma and name the result"},
	{0, "LZIP\x01", "lzip data", "decompress it with lzip -d and name the result"},
	{0, "\x89LZO\x00\r\n\x1a\n", "lzop data", "decompress it with lzop -d and name the result"},
	{0, "\x1f\x9d", "data of Unix compress", "decompress it with gzip -d and name the result"},
	{0, "\xff\x06\x00\x00sNaPpY", "Snappy data", "decompress it and name the result"},
	{0, "\xd4\xc3\xb2\xa1", "a network capture", "it holds no CloudTrail events"},
	{0, "\xa1\xb2\xc3\xd4", "a network capture", "it holds no CloudTrail events"},
	{0, "\x4d\x3c\xb2\xa1", "a network capture", "it holds no CloudTrail events"},
	{0, "\x0a\x0d\x0d\x0a", "a network capture", "it holds no CloudTrail events"},
	{0, "ElfFile\x00", "a Windows event log", "it holds no CloudTrail events"},
	{0, "age-encryption.org/", "a file encrypted by age", "decrypt it and name the result"},
	{0, "-----BEGIN AGE ENCRYPTED FILE-----", "a file encrypted by age", "decrypt it and name the result"},
	{0, "-----BEGIN PGP MESSAGE-----", "a file encrypted by PGP", "decrypt it and name the result"},
	{257, "ustar", "a tar archive under another name", "name it as a PATH, or rename it to .tar"},
}

const (
	orcMagic = "ORC"
	zipMagic = "PK\x03\x04"
)

// formatHead is how much of the content tells its format.
const formatHead = 257 + 5

// office marks the ZIP archives that are documents: notes, and no evidence.
var office = [][]byte{[]byte("[Content_Types].xml"), []byte("mimetypeapplication/"), []byte("_rels/"), []byte("META-INF/")}

// formatOf knows the content of another format by its first bytes; nil when it
// may be text.
func formatOf(head []byte) *Error {
	if len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		return nil
	}
	for _, f := range formats {
		if len(head) < f.at || !bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			continue
		}
		if f.magic == orcMagic && isWord(head) || f.magic == zipMagic && isOffice(head) {
			return nil
		}
		return &Error{Err: ErrFormat, Offset: -1, Detail: f.what, Hint: f.hint, Fatal: true}
	}
	return nil
}

// isWord: a text may begin with three letters.
func isWord(head []byte) bool {
	c := head[min(3, len(head)-1)]
	return c >= ' ' && c <= '~'
}

func isOffice(head []byte) bool {
	const name = 30 // where the name of the first member begins
	if len(head) < name {
		return false
	}
	for _, o := range office {
		if bytes.HasPrefix(head[name:], o) {
			return true
		}
	}
	return false
}
