package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	idVariable      = "PARLEY_ROOT_ACCESS_KEY_ID"
	secretVariable  = "PARLEY_ROOT_SECRET_ACCESS_KEY"
	credentialsFile = "credentials"
	minSecret       = 16
)

// key is the root credential.
type key struct {
	id, secret string
	file       string // where it is kept; empty when the environment gave it
	made       bool   // just now
}

// rootKey takes the root credential from the environment, or else from the file
// in the data directory, which is made on first start.
func rootKey(dir, account, region string, env func(string) string) (key, error) {
	k := key{id: env(idVariable), secret: env(secretVariable)}
	switch {
	case k.id != "" && k.secret != "":
		return k, k.check()
	case k.id != "":
		return key{}, misuse("%s is set and %s is not: set both, or none", idVariable, secretVariable)
	case k.secret != "":
		return key{}, misuse("%s is set and %s is not: set both, or none", secretVariable, idVariable)
	}
	path := filepath.Join(dir, credentialsFile)
	k, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKey(dir, path, account, region); err != nil {
		return key{}, fmt.Errorf("the root credential cannot be made: %w", err)
	}
	k, err = readKey(path)
	k.made = true
	return k, err
}

// idForm is IAM's: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html
var idForm = regexp.MustCompile(`^\w{1,128}$`)

func (k key) check() error {
	if !idForm.MatchString(k.id) {
		return misuse("%s has 1 to 128 letters, digits and underscores; got %q", idVariable, k.id)
	}
	if len(k.secret) < minSecret || strings.ContainsFunc(k.secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return misuse("%s must have at least %d characters, without spaces: it may do everything in the account", secretVariable, minSecret)
	}
	return nil
}

// readKey reads the default profile of an AWS credentials file. It refuses one
// that others may read.
func readKey(path string) (key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return key{}, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return key{}, fmt.Errorf("%s has the root credential and can be read by others (mode %04o): run \"chmod 600 %s\", and remove the file first if others had access", path, mode, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return key{}, err
	}
	defer f.Close()
	values, err := profile(f, "default")
	if err != nil {
		return key{}, err
	}
	k := key{id: values["aws_access_key_id"], secret: values["aws_secret_access_key"], file: path}
	if !idForm.MatchString(k.id) || k.secret == "" {
		return key{}, fmt.Errorf("%s has no [default] profile with aws_access_key_id and aws_secret_access_key: mend it, or remove it to have a new one made", path)
	}
	return k, nil
}

// profile reads the settings of one profile, as the AWS tools write them.
func profile(f *os.File, name string) (map[string]string, error) {
	values := map[string]string{}
	within := false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch k, v, ok := strings.Cut(line, "="); {
		case strings.HasPrefix(line, "["):
			within = line == "["+name+"]"
		case within && ok && !strings.HasPrefix(line, "#"):
			values[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return values, lines.Err()
}

// makeKey writes a new credential. The link, unlike a rename, leaves the file
// alone when another server that shares the directory was first.
func makeKey(dir, path, account, region string) error {
	id, secret, err := principal.Mint(account)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".credentials-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "# The root credential of a Parley server: it may do everything in account %s.\n"+
		"[default]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n", account, id, secret, region)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
