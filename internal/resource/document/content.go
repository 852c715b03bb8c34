package document

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/accessor"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// ContentPath is where the addresses of GetContent lead.
const ContentPath = "/documents/content"

// addressLife is how long an address of GetContent can be used (model:
// GetDocumentContentResponse).
const addressLife = 5 * time.Minute

// GetContent returns an address of a document's content for the user for whom the
// caller's session speaks, if they may see the document now. What they may not see
// is answered as if it were not there, after the same work; and so is, to an outside
// company, what its data accessor's filter does not let through.
func (s *Service) GetContent(ctx context.Context, c op.Caller, in *api.GetDocumentContentInput) (*api.GetDocumentContentOutput, error) {
	p := Place{c.Tenant(), in.ApplicationID, in.IndexID, ""}
	if in.DataSourceID != nil {
		p.Source = *in.DataSourceID
	}
	k := keyOf(p, in.DocumentID)
	var d *served
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		u, err := s.Apps.Known(tx, c, p.Application, application.Named{})
		if err != nil {
			return err
		}
		if err := s.Indexes.Exists(tx, c, p.Application, p.Index); err != nil {
			return err
		}
		who, err := s.Directory.OfUser(tx, p.Tenant, p.Application, p.Index, u)
		if err != nil {
			return err
		}
		filter, err := through(tx, c, p)
		if err != nil {
			return err
		}
		if d, err = served1(tx, k, who.Set()); d != nil && !filter.Match(d.version.Attributes) {
			d = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	extracted := in.OutputFormat != nil && *in.OutputFormat == api.OutputFormatExtracted
	if d == nil || !extracted && d.version.Mime == "" {
		return nil, absent(in.DocumentID, p)
	}
	a := address{key: k, Generation: d.generation, Extracted: extracted, Expires: s.Now().Add(addressLife).Unix()}
	out := &api.GetDocumentContentOutput{PresignedURL: s.base(c) + ContentPath + "?" + s.sign(a), MimeType: d.version.Mime}
	if extracted {
		out.MimeType = extractedMime
	}
	return out, nil
}

// through is what a caller's data accessor lets through; nil: they have none, or it
// has no filter. One that cannot be applied to the index lets nothing through.
func through(tx *store.Tx, c op.Caller, p Place) (*facet.Filter, error) {
	under, err := accessor.Under(tx, c, p.Application)
	if err != nil || under == nil {
		return nil, err
	}
	kinds, err := attributesOf(tx, p)
	if err != nil {
		return nil, err
	}
	if bad := attribute.CheckKinds("documentAttributeFilter", under, kinds); len(bad) > 0 {
		return nil, fault.Denied("The filter of the data accessor cannot be applied to this index: it is about document attributes that the index does not have, or has of another type. The owner of the application has to mend it with UpdateIndex or UpdateDataAccessor.")
	}
	return attribute.Filter(under), nil
}

const extractedMime = "application/json"

// base is where browsers reach the server: as it was told, or as the request did.
func (s *Service) base(c op.Caller) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http://"
	if c.Origin.Secure {
		scheme = "https://"
	}
	return scheme + c.Origin.Host
}

// served is what of a document is given to somebody who may see it.
type served struct {
	generation int64
	version    version
}

// served1 is the live version of a document if somebody may see it, or nil. It
// asks the same of the store either way.
func served1(tx *store.Tx, k key, who acl.Set) (*served, error) {
	var id, doc, list string
	d := &served{}
	err := tx.Row(`SELECT d.live, d.doc, d.acl, COALESCE(a.doc, '') FROM document d
		LEFT JOIN acl a ON a.tenant = d.tenant AND a.application = d.application AND a.idx = d.idx AND a.acl = d.acl
		WHERE d.tenant = $1 AND d.application = $2 AND d.idx = $3 AND d.document = $4 AND d.live > 0`,
		k.Tenant, k.Application, k.Index, k.document).Scan(&d.generation, &doc, &id, &list)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if id != "" {
		l, err := readList(list)
		if err != nil || !l.Allows(who) {
			return nil, err
		}
	}
	return d, json.Unmarshal([]byte(doc), &d.version)
}

// Visible reports whether somebody may see a document. One that is not there,
// nobody may.
func Visible(tx *store.Tx, p Place, id string, who acl.Set) (bool, error) {
	d, err := served1(tx, keyOf(p, id), who)
	return d != nil, err
}

// address names one form of one version of a document, until a time.
type address struct {
	key

	Generation int64
	Extracted  bool
	Expires    int64 // Unix seconds
}

// sign writes an address as the query of a URL.
func (s *Service) sign(a address) string {
	payload := strings.Join([]string{
		a.Tenant, a.Application, a.Index, a.document, strconv.FormatInt(a.Generation, 10), strconv.FormatBool(a.Extracted), strconv.FormatInt(a.Expires, 10),
	}, " ")
	encode := base64.RawURLEncoding.EncodeToString
	return url.Values{"d": {encode([]byte(payload))}, "s": {encode(s.mac(payload))}}.Encode()
}

func (s *Service) mac(payload string) []byte {
	return s.Keys.MAC("document-content", []byte(payload))
}

// Content is the content of a document as a browser gets it.
type Content struct {
	Name string // of the file
	Type string // media type
	Size int64
	Copy func(ctx context.Context, to io.Writer) error
}

// Open returns the content that an address of GetContent leads to. Who may see the
// document was asked when the address was made; it leads to the version of then,
// and nowhere once that is no more. The error is an AccessDenied for an address that
// was not made here or is over, and a ResourceNotFound for what is no more.
func (s *Service) Open(ctx context.Context, query url.Values) (*Content, error) {
	a, err := s.verify(query)
	if err != nil {
		return nil, err
	}
	var d *row
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		d, err = find(tx, a.key)
		return err
	})
	if err != nil {
		return nil, err
	}
	if d == nil || d.live != a.Generation {
		return nil, fault.NotFound("document", a.document, "The document is not there any more, or another version of it is: ask for its content again.")
	}
	return s.content(ctx, d, a)
}

// verify reads an address.
func (s *Service) verify(query url.Values) (a address, err error) {
	decode := base64.RawURLEncoding.Strict().DecodeString // one address, one spelling
	payload, err := decode(query.Get("d"))
	mac, bad := decode(query.Get("s"))
	if err != nil || bad != nil || subtle.ConstantTimeCompare(mac, s.mac(string(payload))) != 1 {
		return a, fault.Denied("The address was not made by this server, or is damaged.")
	}
	_, err = fmt.Sscan(string(payload), &a.Tenant, &a.Application, &a.Index, &a.document, &a.Generation, &a.Extracted, &a.Expires)
	if err == nil && s.Now().Unix() >= a.Expires {
		err = fault.Denied("The address is over: it could be used for %d minutes. Ask for the document's content again.", addressLife/time.Minute)
	}
	return a, err
}

// content says how one form of a version is read: piece by piece, as it is sent. No
// form is ever whole in memory, because an address may be followed many times at
// once.
func (s *Service) content(ctx context.Context, d *row, a address) (*Content, error) {
	v := &d.version
	c := &Content{Name: fileName(v, d.id), Type: v.Mime, Size: v.Size, Copy: s.pieces(a, rawPart)}
	if !a.Extracted {
		return c, nil
	}
	c.Name, c.Type, c.Size, c.Copy = c.Name+".json", extractedMime, v.Extracted, s.pieces(a, textPart)
	if !v.Same {
		return c, nil
	}
	c.Copy = extractedAs(s.pieces(a, rawPart))
	var size counter
	err := c.Copy(ctx, &size)
	c.Size = int64(size)
	return c, err
}

// fileName is the name under which a browser keeps the content.
func fileName(v *version, id string) string {
	name := cmp.Or(v.Name, id)
	if f, known := formats[v.Type]; known && !strings.Contains(name, ".") {
		name += "." + f.extension
	}
	return name
}

// pieces sends the pieces of one kind, each in a read of its own: a slow reader
// holds nothing.
func (s *Service) pieces(a address, kind string) func(ctx context.Context, to io.Writer) error {
	return func(ctx context.Context, to io.Writer) error {
		for n := 0; ; n++ {
			var data []byte
			err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
				data, err = part(tx, a.key, a.Generation, kind, n)
				return err
			})
			if errors.Is(err, store.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if _, err := to.Write(data); err != nil || len(data) < partSize {
				return err
			}
		}
	}
}
