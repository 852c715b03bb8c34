package assembly

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Buckets says how S3 objects are reached: in a directory, at an S3-compatible
// endpoint, or not at all.
type Buckets struct {
	Dir string // each folder in it is a bucket

	Endpoint    string // URL such as http://minio.internal:9000
	Region      string
	AccessKeyID string // empty: objects are read without a signature
	Secret      string
}

func (b Buckets) open(log *slog.Logger) (blob.Store, error) {
	switch {
	case b.Dir != "" && b.Endpoint != "":
		return nil, errors.New("buckets are either folders of a directory or at an S3 endpoint: give one of the two")
	case b.Dir != "":
		return blob.Directory(b.Dir)
	case b.Endpoint != "":
		return b.remote(log)
	}
	return blob.None{}, nil
}

// largestDocument is the most that is read of an object, and of a page or file of
// a web site, in bytes (user guide: quotas).
const largestDocument = 50 << 20

// remote opens the endpoint, and the way out to it alone.
func (b Buckets) remote(log *slog.Logger) (blob.Store, error) {
	origin, err := originOf(b.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("the S3 endpoint: %w", err)
	}
	c := blob.S3Config{
		Endpoint: b.Endpoint, Region: b.Region,
		Client: outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}, MaxBody: largestDocument, Timeout: 2 * time.Minute}, log),
	}
	if b.AccessKeyID != "" {
		c.Credentials = credentials.NewStaticCredentialsProvider(b.AccessKeyID, b.Secret, "")
	}
	return blob.S3(c)
}
