// Command verify checks Hongyan's certificates without any code of Hongyan's: only Go's standard library and the
// transparency-log packages of the Go project (golang.org/x/mod/sumdb/note and .../tlog).
//
//	verify -key VKEYFILE [-witness VKEYFILE [-quorum N]] [-tiles DIRECTORY] FILE...
//
// For each FILE (c2sp.org/tlog-proof) it checks the log's signature on the checkpoint, the cosignatures asked for, and
// that every entry in the file is in the log. With -tiles it also replays the whole log from its entry bundles, compares
// the root with the signed checkpoint and with every certificate, and makes the inclusion proofs again from the tiles.
// It prints "ok FILE index size" or ends with status 1 and the reason. What an entry means it does not ask.
//
// Build on Debian: apt-get install golang-go golang-golang-x-mod-dev, then
// GO111MODULE=off GOPATH=/usr/share/gocode go build -o verify main.go
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is fixed by c2sp.org/tlog-tiles: 256 hashes in a tile.
const tileHeight = 8

// entry is one entry of a certificate with its inclusion proof.
type entry struct {
	index int64
	leaf  []byte
	proof tlog.RecordProof
}

// certificate is a parsed .tlog-proof file whose signatures have been verified.
type certificate struct {
	tree    tlog.Tree
	primary entry
	others  []entry
}

func main() {
	keyFile := flag.String("key", "", "file with the log's verifier key")
	witnessFile := flag.String("witness", "", "file with the witnesses' verifier keys, one a line")
	quorum := flag.Int("quorum", -1, "how many witnesses must have cosigned (default: all given)")
	tiles := flag.String("tiles", "", "directory of the log, to replay it")
	flag.Parse()
	if err := run(*keyFile, *witnessFile, *quorum, *tiles, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "NOT VERIFIED:", err)
		os.Exit(1)
	}
}

func run(keyFile, witnessFile string, quorum int, tiles string, files []string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	logKey, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return fmt.Errorf("%s: %w", keyFile, err)
	}
	witnesses, err := readWitnesses(witnessFile)
	if err != nil {
		return err
	}
	if quorum < 0 {
		quorum = len(witnesses)
	}
	var replayed *replay
	if tiles != "" {
		if replayed, err = replayLog(tiles, logKey); err != nil {
			return fmt.Errorf("%s: %w", tiles, err)
		}
		fmt.Printf("ok %s replayed %d\n", tiles, replayed.tree.N)
	} else if len(files) == 0 {
		return errors.New("no files")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		cert, err := verify(text, logKey, witnesses, quorum)
		if err == nil && replayed != nil {
			err = replayed.compare(cert)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		fmt.Printf("ok %s %d %d\n", file, cert.primary.index, cert.tree.N)
	}
	return nil
}

// verify parses one certificate and checks its signatures and all its inclusion proofs.
func verify(text []byte, logKey note.Verifier, witnesses []note.Verifier, quorum int) (*certificate, error) {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	if !found {
		return nil, errors.New("no empty line before the checkpoint")
	}
	tree, err := openCheckpoint([]byte(checkpoint), logKey, witnesses, quorum)
	if err != nil {
		return nil, err
	}
	cert := &certificate{tree: tree}
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return nil, errors.New("not a tlog-proof with extra data")
	}
	if cert.primary.index, err = parseNumber(strings.TrimPrefix(lines[2], "index ")); err != nil {
		return nil, err
	}
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		cert.primary.proof = append(cert.primary.proof, hash)
	}
	extra, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return nil, err
	}
	if err := cert.readExtra(&reader{extra}); err != nil {
		return nil, fmt.Errorf("extra: %w", err)
	}
	for _, e := range append(cert.others, cert.primary) {
		if err := tlog.CheckRecord(e.proof, tree.N, tree.Hash, e.index, tlog.RecordHash(e.leaf)); err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.index, err)
		}
	}
	return cert, nil
}

// openCheckpoint verifies the signatures of a checkpoint (c2sp.org/tlog-checkpoint) and reads its three lines.
func openCheckpoint(text []byte, logKey note.Verifier, witnesses []note.Verifier, quorum int) (tlog.Tree, error) {
	known := note.VerifierList(append([]note.Verifier{logKey}, witnesses...)...)
	opened, err := note.Open(text, known)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, cosigned := false, 0
	for _, signature := range opened.Sigs {
		if signature.Name == logKey.Name() && signature.Hash == logKey.KeyHash() {
			signed = true
		} else {
			cosigned++
		}
	}
	if !signed || cosigned < quorum {
		return tlog.Tree{}, fmt.Errorf("signed by the log: %v, cosigned by %d of %d", signed, cosigned, quorum)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != logKey.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := parseNumber(lines[1])
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func parseNumber(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (number < 0 || strconv.FormatInt(number, 10) != text) {
		err = fmt.Errorf("%q is not a decimal without leading zeroes", text)
	}
	return number, err
}

// cosigner verifies Ed25519 cosignatures (c2sp.org/tlog-cosignature), which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func readWitnesses(file string) ([]note.Verifier, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var witnesses []note.Verifier
	for _, line := range strings.Fields(string(text)) {
		fields := strings.SplitN(line, "+", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s: not a verifier key", file)
		}
		id, err := hex.DecodeString(fields[1])
		key, err2 := base64.StdEncoding.DecodeString(fields[2])
		if err != nil || err2 != nil || len(id) != 4 || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
			return nil, fmt.Errorf("%s: not a cosigner's key", file)
		}
		witnesses = append(witnesses, &cosigner{fields[0], binary.BigEndian.Uint32(id), key[1:]})
	}
	return witnesses, nil
}

// reader reads the few forms of CBOR (RFC 8949) that a certificate's extra data uses.
type reader struct{ rest []byte }

// head reads one head of the wanted major type and returns its argument.
func (r *reader) head(major byte) (uint64, error) {
	if len(r.rest) == 0 || r.rest[0]>>5 != major {
		return 0, fmt.Errorf("no CBOR item of major type %d", major)
	}
	short := r.rest[0] & 31
	r.rest = r.rest[1:]
	if short < 24 {
		return uint64(short), nil
	}
	length := 1 << (short - 24)
	if short > 27 || len(r.rest) < length {
		return 0, errors.New("broken CBOR head")
	}
	var number uint64
	for _, digit := range r.rest[:length] {
		number = number<<8 | uint64(digit)
	}
	r.rest = r.rest[length:]
	return number, nil
}

// expect reads one head and demands its argument.
func (r *reader) expect(major byte, wanted uint64) error {
	number, err := r.head(major)
	if err == nil && number != wanted {
		err = fmt.Errorf("found %d where %d should be", number, wanted)
	}
	return err
}

func (r *reader) bytes() ([]byte, error) {
	length, err := r.head(2)
	if err != nil || length > uint64(len(r.rest)) {
		return nil, errors.New("broken CBOR bytes")
	}
	taken := r.rest[:length]
	r.rest = r.rest[length:]
	return taken, nil
}

// readExtra reads {0: 1, 1: leaf of the primary entry, 2: [[index, leaf, proof] ...]}.
func (cert *certificate) readExtra(r *reader) (err error) {
	if err = firstError(r.expect(5, 3), r.expect(0, 0), r.expect(0, 1), r.expect(0, 1)); err != nil {
		return err
	}
	if cert.primary.leaf, err = r.bytes(); err != nil {
		return err
	}
	if err = r.expect(0, 2); err != nil {
		return err
	}
	count, err := r.head(4)
	for ; err == nil && count > 0; count-- {
		var e entry
		if e, err = r.entry(); err == nil {
			cert.others = append(cert.others, e)
		}
	}
	if err == nil && len(r.rest) > 0 {
		err = errors.New("bytes after the end")
	}
	return err
}

func (r *reader) entry() (entry, error) {
	if err := r.expect(4, 3); err != nil {
		return entry{}, err
	}
	index, err1 := r.head(0)
	leaf, err2 := r.bytes()
	hashes, err3 := r.bytes()
	if err := firstError(err1, err2, err3); err != nil || index > 1<<62 || len(hashes)%tlog.HashSize != 0 {
		return entry{}, errors.New("broken entry")
	}
	e := entry{index: int64(index), leaf: leaf}
	for ; len(hashes) > 0; hashes = hashes[tlog.HashSize:] {
		var hash tlog.Hash
		copy(hash[:], hashes)
		e.proof = append(e.proof, hash)
	}
	return e, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// replay is a whole log, hashed again from its entries, and its directory.
type replay struct {
	directory string
	tree      tlog.Tree
	hashes    []tlog.Hash
}

// ReadHashes makes a replay a tlog.HashReader.
func (r *replay) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = r.hashes[index]
	}
	return found, nil
}

// replayLog reads DIRECTORY/checkpoint, then all entry bundles (c2sp.org/tlog-tiles), and compares the roots.
func replayLog(directory string, logKey note.Verifier) (*replay, error) {
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return nil, err
	}
	tree, err := openCheckpoint(text, logKey, nil, 0)
	if err != nil {
		return nil, err
	}
	r := &replay{directory: directory, tree: tree}
	for next := int64(0); next < tree.N; {
		width := tree.N - next
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		tile := tlog.Tile{H: tileHeight, L: -1, N: next >> tileHeight, W: int(width)}
		bundle, err := os.ReadFile(r.path(tile))
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			length := -1
			if len(bundle) >= 2 {
				length = int(binary.BigEndian.Uint16(bundle))
			}
			if length < 0 || len(bundle) < 2+length {
				return nil, fmt.Errorf("%s breaks off", r.path(tile))
			}
			hashes, err := tlog.StoredHashes(next, bundle[2:2+length], r)
			if err != nil {
				return nil, err
			}
			r.hashes = append(r.hashes, hashes...)
			bundle = bundle[2+length:]
			next++
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s goes on after its entries", r.path(tile))
		}
	}
	return r, r.checkRoot(tree)
}

// checkRoot compares the replayed root at a size with a signed one.
func (r *replay) checkRoot(tree tlog.Tree) error {
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, r)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("root at %d is %v in the log and %v in the checkpoint", tree.N, root, tree.Hash)
	}
	return err
}

// compare checks that a certificate is of this very log, and that the tiles yield the same inclusion proof.
func (r *replay) compare(cert *certificate) error {
	if cert.tree.N > r.tree.N {
		return fmt.Errorf("certificate of size %d, log of size %d", cert.tree.N, r.tree.N)
	}
	if err := r.checkRoot(cert.tree); err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(r.tree.N, cert.primary.index, tlog.TileHashReader(r.tree, r))
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	return tlog.CheckRecord(proof, r.tree.N, r.tree.Hash, cert.primary.index, tlog.RecordHash(cert.primary.leaf))
}

// Height, ReadTiles and SaveTiles make a replay a tlog.TileReader.
func (r *replay) Height() int { return tileHeight }

func (r *replay) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		text, err := os.ReadFile(r.path(tile))
		if err != nil {
			return nil, err
		}
		data[i] = text
	}
	return data, nil
}

func (r *replay) SaveTiles([]tlog.Tile, [][]byte) {}

// path turns the names of x/mod (tile/8/L/N, tile/8/data/N) into those of c2sp.org/tlog-tiles.
func (r *replay) path(tile tlog.Tile) string {
	name := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	return filepath.Join(r.directory, strings.Replace(name, "tile/8/", "tile/", 1))
}
