// Package secretstore keeps secrets and serves them in the way of AWS Secrets
// Manager: names, versions, staging labels, recovery windows.
//
// It owns the rules of these and the rows secret and secret_version. What a
// version holds is sealed (platform/seal) and bound to its row; no log, error
// or list has any of it. Plugins read a secret by its ARN: Service.Value reads
// what is kept here, Remote what AWS Secrets Manager keeps, Resolver asks one
// after the other.
//
// It does not decide who may (edge/access), nor know the protocol on the wire
// (edge/wire). Rotation, replication and resource policies are not built.
package secretstore

import (
	"crypto/rand"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Limits of Secrets Manager (user guide, "AWS Secrets Manager quotas").
const (
	maxHeld     = 65536 // bytes in a version
	maxVersions = 1000  // of a secret
	keptUnnamed = 100   // versions above which those without a label go, the oldest first
	maxLabels   = 20    // on a version
	minWindow   = 7     // days in which a deleted secret can be restored
	maxWindow   = 30
)

// youngest is the age below which no version is pruned.
const youngest = 24 * time.Hour

// Secret is a secret without what it holds. Its row has it as JSON.
type Secret struct {
	Name        string            `json:"name"`
	Suffix      string            `json:"suffix"` // six characters at random, which end its ARN
	Description *string           `json:"description,omitzero"`
	KMSKeyID    *string           `json:"kmsKeyId,omitzero"`
	Tags        map[string]string `json:"tags"`
	Labels      labels            `json:"labels"`
	Token       string            `json:"token"` // of the request that made it

	CreatedAt  time.Time `json:"createdAt"`
	ChangedAt  time.Time `json:"changedAt"`
	AccessedOn time.Time `json:"accessedOn,omitzero"` // the day on which its value was last read; zero: never
	DeletedAt  time.Time `json:"deletedAt,omitzero"`  // when its deletion was asked for; zero: it was not
	PurgeAt    time.Time `json:"purgeAt,omitzero"`    // when it will be removed, if so
}

// id is the last part of the ARN, and names the versions' rows.
func (s *Secret) id() string { return s.Name + "-" + s.Suffix }

func (s *Secret) deleted() bool { return !s.DeletedAt.IsZero() }

// day is the day of a moment: when a secret was read is told no closer.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// nameForm is what a name may be. The model has checked the length.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9/_+=.@!-]{1,512}$`)

// suffixLength is how many characters at random end an ARN.
const suffixLength = 6

func newSuffix() string {
	return pick(letters+digits, suffixLength)
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
)

// pick draws n characters, each as likely as the others.
func pick(alphabet string, n int) string {
	drawn := make([]byte, 0, n)
	most := 256 - 256%len(alphabet) // a byte above would favour the first characters
	var b [1]byte
	for len(drawn) < n {
		rand.Read(b[:])
		if int(b[0]) < most {
			drawn = append(drawn, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(drawn)
}

// newSecret makes a secret of a request. The time and the suffix are its row's.
func newSecret(in *secretsmanager.CreateSecretInput) (*Secret, error) {
	switch {
	case !nameForm.MatchString(in.Name):
		return nil, invalidName()
	case in.AddReplicaRegions != nil:
		return nil, invalidParameter("AddReplicaRegions: this server does not replicate secrets to other Regions; create the secret in each Region where it is needed.")
	case in.Type != nil:
		return nil, invalidParameter("Type: secrets managed by others are not known here; leave it out.")
	}
	made := &Secret{Name: in.Name, Description: in.Description, KMSKeyID: in.KMSKeyID, Tags: map[string]string{}, Labels: labels{}}
	return made, made.tag(in.Tags)
}

// tag sets tags over those that the secret has.
func (s *Secret) tag(tags []secretsmanager.Tag) error {
	given := make([]api.Tag, len(tags))
	for i, t := range tags {
		if t.Key == nil || t.Value == nil {
			return invalidParameter("Tags[%d]: a tag has a Key and a Value.", i)
		}
		given[i] = api.Tag{Key: *t.Key, Value: *t.Value}
	}
	if bad := tag.Check("Tags", given); len(bad) > 0 {
		return invalidParameter("%s: %s.", bad[0].Name, bad[0].Message)
	}
	for _, t := range given {
		s.Tags[t.Key] = t.Value
	}
	if n := len(s.Tags); n > tag.MaxPerResource {
		return invalidParameter("Tags: the secret would bear %d tags; at most %d are allowed.", n, tag.MaxPerResource)
	}
	return nil
}

// tags are the secret's, ordered by key.
func (s *Secret) tags() []secretsmanager.Tag {
	var all []secretsmanager.Tag
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		all = append(all, secretsmanager.Tag{Key: &key, Value: new(s.Tags[key])})
	}
	return all
}
