package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// S3Config names an S3-compatible endpoint.
type S3Config struct {
	Endpoint    string // URL such as http://minio.internal:9000; empty for AWS itself
	Region      string
	Credentials aws.CredentialsProvider // nil reads without signing
	Client      *outbound.Client        // whose policy must open the endpoint
}

// S3 makes a Store of an S3-compatible endpoint. A custom endpoint is addressed
// in path style (endpoint/bucket/key). Requests are not retried here: the job
// that reads does that.
func S3(c S3Config) (Store, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || c.Endpoint != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("the S3 endpoint %q is not a URL such as http://minio.internal:9000", c.Endpoint)
	}
	if c.Region == "" {
		return nil, errors.New("the S3 endpoint needs a region, such as us-east-1")
	}
	o := s3.Options{
		Region: c.Region, Credentials: c.Credentials, HTTPClient: c.Client.HTTP(), Retryer: aws.NopRetryer{},
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	}
	if c.Credentials == nil {
		o.Credentials = aws.AnonymousCredentials{}
	}
	if c.Endpoint != "" {
		o.BaseEndpoint, o.UsePathStyle = aws.String(c.Endpoint), true
	}
	return &endpoint{s3.New(o)}, nil
}

type endpoint struct{ s3 *s3.Client }

// Open sends GetObject.
func (e *endpoint) Open(ctx context.Context, bucket, key string) (Object, error) {
	if err := errors.Join(ctx.Err(), checkNames(bucket, key)); err != nil {
		return Object{}, err
	}
	out, err := e.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return Object{}, explainS3(err, bucket, key)
	}
	o := Object{Body: out.Body, Size: -1, ETag: strings.Trim(aws.ToString(out.ETag), `"`), LastModified: aws.ToTime(out.LastModified)}
	if out.ContentLength != nil {
		o.Size = *out.ContentLength
	}
	return o, nil
}

// List sends ListObjectsV2, as often as it takes.
func (e *endpoint) List(ctx context.Context, bucket, prefix, after string, limit int) ([]Entry, error) {
	if err := errors.Join(ctx.Err(), checkBucket(bucket)); err != nil {
		return nil, err
	}
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, EncodingType: types.EncodingTypeUrl}
	if after != "" {
		in.StartAfter = &after
	}
	var entries []Entry
	for last := after; len(entries) < limit; last = entries[len(entries)-1].Key {
		in.MaxKeys = aws.Int32(int32(min(maxPage, limit-len(entries))))
		out, err := e.s3.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, explainS3(err, bucket, prefix)
		}
		page, err := pageOf(out, prefix, last)
		if err != nil {
			return nil, fmt.Errorf("the S3 endpoint answered for %s with a list that cannot be: %w", uri(bucket, prefix), err)
		}
		entries = append(entries, page...)
		if !aws.ToBool(out.IsTruncated) {
			break
		}
		in.ContinuationToken = out.NextContinuationToken
	}
	return entries[:min(limit, len(entries))], nil
}

const maxPage = 1000 // keys in an answer, S3 API reference

// pageOf reads an answer, and holds it to what List promises: a crawl would lose
// objects with an endpoint that lists them in another order.
func pageOf(out *s3.ListObjectsV2Output, prefix, last string) ([]Entry, error) {
	if len(out.Contents) == 0 && aws.ToBool(out.IsTruncated) {
		return nil, errors.New("an empty part that is not the last")
	}
	entries := make([]Entry, 0, len(out.Contents))
	for _, o := range out.Contents {
		entry, err := entryOf(o, out.EncodingType)
		if err != nil {
			return nil, err
		}
		if entry.Key <= last || !strings.HasPrefix(entry.Key, prefix) {
			return nil, fmt.Errorf("the key %q after %q, which is not in the order of keys, or has another prefix", entry.Key, last)
		}
		last = entry.Key
		entries = append(entries, entry)
	}
	return entries, nil
}

// entryOf undoes the encoding that keeps characters which XML cannot hold.
func entryOf(o types.Object, encoding types.EncodingType) (Entry, error) {
	key := aws.ToString(o.Key)
	if encoding == types.EncodingTypeUrl {
		plain, err := url.QueryUnescape(key)
		if err != nil {
			return Entry{}, fmt.Errorf("the key %q, which is not encoded as it says", key)
		}
		key = plain
	}
	return Entry{Key: key, Size: aws.ToInt64(o.Size), ETag: strings.Trim(aws.ToString(o.ETag), `"`), LastModified: aws.ToTime(o.LastModified)}, nil
}

// Put sends PutObject.
func (e *endpoint) Put(ctx context.Context, bucket, key string, data []byte) error {
	if err := errors.Join(ctx.Err(), checkNames(bucket, key)); err != nil {
		return err
	}
	_, err := e.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)})
	if err != nil {
		return explainS3(err, bucket, key)
	}
	return nil
}

// explainS3 turns an error of the SDK into one of this package. Endpoints
// differ in their codes more than in their statuses.
func explainS3(err error, bucket, key string) error {
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return fmt.Errorf("reach the S3 endpoint: %w", refused)
	}
	if errors.Is(err, outbound.ErrTooLarge) {
		return fmt.Errorf("%w: %s", ErrTooLarge, uri(bucket, key))
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("open %s: %w", uri(bucket, key), err)
	}
	said := fmt.Sprintf("the S3 endpoint answered %s for %s", api.ErrorCode(), uri(bucket, key))
	switch status := statusOf(err); {
	case api.ErrorCode() == "NoSuchBucket":
		return fmt.Errorf("%w: %s", ErrNoBucket, said)
	case status == http.StatusNotFound:
		return fmt.Errorf("%w: %s", ErrNoKey, said)
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s", ErrDenied, said)
	default:
		return fmt.Errorf("%s (status %d)", said, status)
	}
}

func statusOf(err error) int {
	if res, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return res.HTTPStatusCode()
	}
	return 0
}
