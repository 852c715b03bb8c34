package certificate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The files of a pair.
const (
	CAFile   = "ca.pem"
	certFile = "cert.pem"
	keyFile  = "key.pem"
)

// patience is how long a renewal that failed is not tried again.
const patience = time.Hour

// Config says for whom a pair is, and where it is kept.
type Config struct {
	Dir   string   // of its files; made when it is not there
	Names []string // DNS names and addresses by which clients reach the server, beside loopback
	Now   func() time.Time
	Log   *slog.Logger
}

// Keeper has a pair that fits, now and later. It is safe for concurrent use.
type Keeper struct {
	config Config

	mu    sync.Mutex
	pair  *Pair
	renew time.Time // when a new one is wanted
}

// Why a pair has to be made.
var (
	errNone  = errors.New("there is none yet")
	errUnfit = errors.New("the one before does not do")
)

// Open takes the pair from its files, or makes one where there is none that will
// do: because of its names, its end, or what became of the files.
func Open(c Config) (*Keeper, error) {
	k := &Keeper{config: c}
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, err := c.load()
	switch {
	case err == nil:
		k.use(kept)
		c.Log.Info("the development certificate", "ca", c.ca(), "ends", kept.Certificate.Leaf.NotAfter.Format(time.DateOnly))
		return k, nil
	case errors.Is(err, errNone), errors.Is(err, errUnfit):
		if err := k.replace(err); err != nil {
			return nil, err
		}
		return k, nil
	}
	return nil, err
}

// Certificate is for tls.Config.GetCertificate. A pair that comes to its end is
// replaced; while that fails, the old one serves.
func (k *Keeper) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.config.Now(); !now.Before(k.renew) {
		if err := k.replace(fmt.Errorf("%w: it comes to its end", errUnfit)); err != nil {
			k.config.Log.Warn("the development certificate cannot be renewed", "reason", err.Error())
			k.renew = now.Add(patience)
		}
	}
	return &k.pair.Certificate, nil
}

// replace makes a pair in place of one that does not fit, and uses it. Where
// another server was faster, its pair is used.
func (k *Keeper) replace(why error) error {
	made, err := Make(k.config.Names, k.config.Now())
	if err != nil {
		return fmt.Errorf("the development certificate cannot be made: %w", err)
	}
	kept, err := k.config.keep(made)
	if err != nil {
		return fmt.Errorf("the development certificate cannot be kept: %w", err)
	}
	k.use(kept)
	if errors.Is(why, errNone) {
		k.config.Log.Info("made a development certificate", "ca", k.config.ca())
		return nil
	}
	k.config.Log.Warn("made a new development certificate: clients have to read the CA file again", "ca", k.config.ca(), "reason", why.Error())
	return nil
}

func (k *Keeper) use(p *Pair) { k.pair, k.renew = p, p.end() }

func (c Config) ca() string { return filepath.Join(c.Dir, CAFile) }

// load reads the pair that is kept. The error is errNone or errUnfit where one has
// to be made. It refuses a key that others may read.
func (c Config) load() (*Pair, error) {
	name := filepath.Join(c.Dir, keyFile)
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNone
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s is a private key and can be read by others (mode %04o): run \"chmod 600 %s\", or remove %s to have a new one made", name, info.Mode().Perm(), name, c.Dir)
	}
	var files [3][]byte
	for i, name := range []string{CAFile, certFile, keyFile} {
		b, err := os.ReadFile(filepath.Join(c.Dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		files[i] = b
	}
	p, err := read(files[0], files[1], files[2])
	if err == nil {
		err = p.fits(c.Names, c.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnfit, err)
	}
	return p, nil
}

// keep writes a pair and returns the one that is there then. The rename of a
// whole directory leaves the pair of a server alone that was first.
func (c Config) keep(p *Pair) (*Pair, error) {
	above := filepath.Dir(c.Dir)
	if err := os.MkdirAll(above, 0o700); err != nil {
		return nil, err
	}
	fresh, err := os.MkdirTemp(above, ".tls-*") // mode 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(fresh)
	if err := p.write(fresh); err != nil {
		return nil, err
	}
	err = os.Rename(fresh, c.Dir)
	if !errors.Is(err, fs.ErrExist) {
		return p, err
	}
	if theirs, err := c.load(); err == nil {
		return theirs, nil
	}
	for _, name := range []string{keyFile, certFile, CAFile} {
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(c.Dir, name)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// write writes the files of a pair into a directory.
func (p *Pair) write(dir string) error {
	for _, f := range []struct {
		name string
		mode fs.FileMode
		text []byte
	}{
		{keyFile, 0o600, p.key},
		{certFile, 0o644, block("CERTIFICATE", p.Certificate.Certificate[0])},
		{CAFile, 0o644, p.CA},
	} {
		file, err := os.OpenFile(filepath.Join(dir, f.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err != nil {
			return err
		}
		_, err = file.Write(f.text)
		if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}
