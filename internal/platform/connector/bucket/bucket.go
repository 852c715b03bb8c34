// Package bucket is the S3 kind of data source: the objects of a bucket.
//
// It owns which bucket a configuration names and what its documents' IDs are.
// Patterns, sidecars, the ACL file and the crawl are those of tree; how a bucket
// is reached is blob's.
package bucket

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/tree"
)

// Kind is S3.
type Kind struct{}

// Type is S3.
func (Kind) Type() string { return "S3" }

// endpoint is the part of a configuration that is the bucket's own.
type endpoint struct {
	Connection struct {
		Metadata struct {
			Bucket string `json:"BucketName"`
		} `json:"repositoryEndpointMetadata"`
	} `json:"connectionConfiguration"`
}

const bucketField = "connectionConfiguration.repositoryEndpointMetadata.BucketName"

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Check returns what is wrong with a configuration.
func (k Kind) Check(config json.RawMessage) []connector.Problem {
	_, _, problems := k.read(config)
	return problems
}

func (k Kind) read(config json.RawMessage) (string, tree.Options, []connector.Problem) {
	options, problems := tree.Read(config)
	settings, _ := connector.SettingsOf(config)
	if settings.Type != k.Type() && len(problems) == 0 {
		problems = append(problems, connector.Problem{Field: "type", Message: fmt.Sprintf("is %q, not S3", settings.Type)})
	}
	var e endpoint
	if wrong := connector.Decode(config, &e); wrong != nil {
		return "", options, append(problems, wrong...)
	}
	bucket := e.Connection.Metadata.Bucket
	switch {
	case bucket == "":
		problems = append(problems, connector.Problem{Field: bucketField, Message: "is missing"})
	case !bucketName.MatchString(bucket):
		problems = append(problems, connector.Problem{Field: bucketField, Message: fmt.Sprintf("%q is not the name of a bucket (3 to 63 lower-case letters, digits, dots and hyphens)", bucket)})
	}
	return bucket, options, problems
}

// Open makes a Source of the bucket's objects. Whether the bucket is there, the
// crawl finds out.
func (k Kind) Open(ctx context.Context, config json.RawMessage, env connector.Env) (connector.Source, error) {
	name, options, problems := k.read(config)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the configuration's %s %s", problems[0].Field, problems[0].Message)
	}
	files := &objects{env.Objects, name}
	return &tree.Source{Files: files, Options: options, Base: "s3://" + name + "/", Hidden: true, Log: env.Log}, ctx.Err()
}

// Needs are what it takes to list and read the bucket.
func (k Kind) Needs(config json.RawMessage) []connector.Need {
	name, _, _ := k.read(config)
	arn := "arn:aws:s3:::" + name
	return []connector.Need{{Action: "s3:ListBucket", Resource: arn}, {Action: "s3:GetObject", Resource: arn + "/*"}}
}

// objects are those of one bucket.
type objects struct {
	store  blob.Store
	bucket string
}

// List lists keys of the bucket.
func (o *objects) List(ctx context.Context, prefix, after string, limit int) ([]blob.Entry, error) {
	return o.store.List(ctx, o.bucket, prefix, after, limit)
}

// Open opens an object of the bucket.
func (o *objects) Open(ctx context.Context, key string) (blob.Object, error) {
	return o.store.Open(ctx, o.bucket, key)
}
