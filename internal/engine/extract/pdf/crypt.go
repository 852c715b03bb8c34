package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // the format's own
	"crypto/rc4" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// crypt decrypts a file that opens without a password (7.6): such files only ask
// programs not to print or to copy.
type crypt struct {
	key  []byte
	aes  bool
	long bool // AES-256: the key is the same for every object
}

// padding fills passwords up to 32 bytes (7.6.4.3).
const padding = "\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a"

// unlock finds the key for the empty password, or fails with ErrEncrypted.
func (f *File) unlock(d dict) (*crypt, error) {
	number := func(key name, otherwise int) int {
		if n, ok := f.resolve(d[key]).(float64); ok {
			return int(n)
		}
		return otherwise
	}
	bytesOf := func(key name) string {
		s, _ := f.resolve(d[key]).(text)
		return string(s)
	}
	c := &crypt{}
	switch version := number("V", 0); version {
	case 1, 2:
	case 4, 5:
		c.aes = f.method(d) != "V2"
		c.long = version == 5
	default:
		return nil, ErrEncrypted
	}
	if c.long {
		return c, c.unlockLong(bytesOf("U"), bytesOf("UE"), number("R", 6))
	}
	length := min(max(number("Length", 40), 40), 128) / 8
	if number("V", 0) == 4 {
		length = 16
	}
	ids, _ := f.resolve(f.trailer["ID"]).(array)
	id := text("")
	if len(ids) > 0 {
		id, _ = f.resolve(ids[0]).(text)
	}
	plain, has := f.resolve(d["EncryptMetadata"]).(bool)
	return c, c.unlockShort(bytesOf("O"), bytesOf("U"), string(id), uint32(int64(number("P", 0))), number("R", 2), length, has && !plain)
}

// method is how streams are encrypted: V2 (RC4), AESV2 or AESV3.
func (f *File) method(d dict) name {
	filters, _ := f.resolve(d["CF"]).(dict)
	which, _ := f.resolve(d["StmF"]).(name)
	filter, _ := f.resolve(filters[which]).(dict)
	m, _ := f.resolve(filter["CFM"]).(name)
	return m
}

// unlockShort is algorithms 2, 4 and 5 of 7.6.4.
func (c *crypt) unlockShort(owner, user, id string, permissions uint32, revision, length int, clearMetadata bool) error {
	if len(owner) < 32 || len(user) < 16 {
		return ErrEncrypted
	}
	h := md5.New() //nolint:gosec // the format's own
	h.Write([]byte(padding + owner[:32]))
	h.Write(binary.LittleEndian.AppendUint32(nil, permissions))
	h.Write([]byte(id))
	if revision >= 4 && clearMetadata {
		h.Write([]byte("\xff\xff\xff\xff"))
	}
	key := h.Sum(nil)
	if revision < 3 {
		c.key = key[:5]
		return sameKey(rc4With(c.key, []byte(padding)), []byte(user))
	}
	for range 50 {
		sum := md5.Sum(key[:length]) //nolint:gosec // the format's own
		key = sum[:]
	}
	c.key = key[:length]
	sum := md5.Sum([]byte(padding + id)) //nolint:gosec // the format's own
	check := sum[:]
	for i := range 20 {
		turned := bytes.Clone(c.key)
		for j := range turned {
			turned[j] ^= byte(i)
		}
		check = rc4With(turned, check)
	}
	return sameKey(check, []byte(user))
}

func sameKey(check, user []byte) error {
	if !bytes.Equal(check[:16], user[:16]) {
		return ErrEncrypted
	}
	return nil
}

// unlockLong is algorithm 2.A of 7.6.4.3.3.
func (c *crypt) unlockLong(user, sealed string, revision int) error {
	if len(user) < 48 || len(sealed) < 32 {
		return ErrEncrypted
	}
	if !bytes.Equal(longHash([]byte(user[32:40]), revision), []byte(user[:32])) {
		return ErrEncrypted
	}
	block, err := aes.NewCipher(longHash([]byte(user[40:48]), revision))
	if err != nil {
		return ErrEncrypted
	}
	c.key = make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(c.key, []byte(sealed[:32]))
	return nil
}

// longHash is algorithm 2.B, of the empty password and a salt.
func longHash(salt []byte, revision int) []byte {
	sum := sha256.Sum256(salt)
	k := sum[:]
	if revision < 6 {
		return k
	}
	for round := 0; ; round++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		rest := 0
		for _, b := range e[:16] {
			rest += int(b)
		}
		switch rest % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-31 {
			return k[:32]
		}
	}
}

func rc4With(key, data []byte) []byte {
	c, err := rc4.NewCipher(key) //nolint:gosec // the format's own
	if err != nil {
		return data
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// decrypt decrypts the strings and the stream in an object of the file.
func (c *crypt) decrypt(o any, id ref, depth int) any {
	if depth == 0 {
		return nil
	}
	switch o := o.(type) {
	case text:
		return text(c.open([]byte(o), id))
	case array:
		for i := range o {
			o[i] = c.decrypt(o[i], id, depth-1)
		}
	case dict:
		for k, v := range o {
			o[k] = c.decrypt(v, id, depth-1)
		}
	case *stream:
		if o.dict["Type"] == name("XRef") {
			return o
		}
		return &stream{dict: c.decrypt(o.dict, id, depth-1).(dict), raw: c.open(o.raw, id), id: o.id}
	}
	return o
}

// open decrypts bytes of an object (algorithm 1).
func (c *crypt) open(data []byte, id ref) []byte {
	key := c.key
	if !c.long {
		salted := append(bytes.Clone(key), byte(id.num), byte(id.num>>8), byte(id.num>>16), byte(id.gen), byte(id.gen>>8))
		if c.aes {
			salted = append(salted, "sAlT"...)
		}
		sum := md5.Sum(salted) //nolint:gosec // the format's own
		key = sum[:min(len(key)+5, 16)]
	}
	if !c.aes {
		return rc4With(key, data)
	}
	return openAES(key, data)
}

func openAES(key, data []byte) []byte {
	n := len(data) / aes.BlockSize * aes.BlockSize
	block, err := aes.NewCipher(key)
	if err != nil || n < 2*aes.BlockSize {
		return nil
	}
	out := make([]byte, n-aes.BlockSize)
	cipher.NewCBCDecrypter(block, data[:aes.BlockSize]).CryptBlocks(out, data[aes.BlockSize:n])
	if pad := int(out[len(out)-1]); pad >= 1 && pad <= aes.BlockSize {
		out = out[:len(out)-pad]
	}
	return out
}
