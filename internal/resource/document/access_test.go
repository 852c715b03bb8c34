package document

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

func (r *rig) user(t testing.TB, name string, aliases ...api.UserAlias) {
	t.Helper()
	must(t, r, api.CreateUser, &api.CreateUserInput{ApplicationID: r.app, UserID: name, UserAliases: aliases})
}

func (r *rig) group(t testing.TB, name string, users ...string) {
	t.Helper()
	in := &api.PutGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: name, Type: api.MembershipTypeIndex}
	for _, u := range users {
		in.GroupMembers.MemberUsers = append(in.GroupMembers.MemberUsers, api.MemberUser{UserID: u})
	}
	must(t, r, api.PutGroup, in)
	r.work(t)
}

func (r *rig) check(t testing.TB, user, id, source string) *api.CheckDocumentAccessOutput {
	t.Helper()
	in := &api.CheckDocumentAccessInput{ApplicationID: r.app, IndexID: r.index, UserID: user, DocumentID: id}
	if source != "" {
		in.DataSourceID = &source
	}
	return must(t, r, api.CheckDocumentAccess, in)
}

// asJSON is an answer as it crosses the line, but for its indentation.
func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCheckAccess(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.user(t, "Ann+x@Example.com")
		r.group(t, "bakers", "ann@example.com")
		and := api.MemberRelationAnd
		r.indexed(t, text("a", "x", func(d *api.Document) {
			d.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{
				{Principals: append(allowed("ANN@example.com", "bakers"), api.Principal{User: &api.PrincipalUser{ID: new("eve@example.com"), Access: api.ReadAccessTypeDeny}}), MemberRelation: &and},
				{Principals: allowed("cooks")},
			}}
		}))
		got := r.check(t, "ann@example.com", "a", "")
		const want = `{
 "userGroups": [
  {
   "name": "bakers",
   "type": "INDEX"
  }
 ],
 "userAliases": [
  {
   "id": "ann@example.com",
   "type": "INDEX"
  }
 ],
 "hasAccess": true,
 "documentAcl": {
  "allowlist": {
   "memberRelation": "OR",
   "conditions": [
    {
     "memberRelation": "OR",
     "groups": [
      {
       "name": "cooks",
       "type": "INDEX"
      }
     ]
    },
    {
     "memberRelation": "AND",
     "users": [
      {
       "id": "ann@example.com",
       "type": "INDEX"
      }
     ],
     "groups": [
      {
       "name": "bakers",
       "type": "INDEX"
      }
     ]
    }
   ]
  },
  "denyList": {
   "memberRelation": "OR",
   "conditions": [
    {
     "memberRelation": "AND",
     "users": [
      {
       "id": "eve@example.com",
       "type": "INDEX"
      }
     ]
    }
   ]
  }
 }
}`
		if diff := cmp.Diff(want, asJSON(t, got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if out := r.check(t, "eve@example.com", "a", ""); *out.HasAccess {
			t.Error("who is denied has access")
		}
		unknown := r.check(t, "stranger@example.com", "a", "")
		if *unknown.HasAccess || len(unknown.UserGroups) != 0 || len(unknown.UserAliases) != 1 {
			t.Errorf("a stranger: %s", asJSON(t, unknown))
		}
	})
}

func TestCheckAccessToWhatIsPublicOrNotRead(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("open", "x"))
		out := r.check(t, "stranger@example.com", "open", "")
		if got := asJSON(t, out.DocumentACL); !*out.HasAccess || got != "{}" {
			t.Errorf("hasAccess %t, list %s", *out.HasAccess, got)
		}
		r.put(t, text("new", "x", only("ann@example.com")))
		if *r.check(t, "bob@example.com", "new", "").HasAccess || !*r.check(t, "ann@example.com", "new", "").HasAccess {
			t.Error("a document that is not read yet is judged by another list than its own")
		}
		_, err := call(t, r, api.CheckDocumentAccess, &api.CheckDocumentAccessInput{ApplicationID: r.app, IndexID: r.index, UserID: "u", DocumentID: "ghost"})
		optest.Refused(t, err, absentDocument("ghost"))
	})
}

// as is somebody who signed in with an e-mail address.
func as(email string) op.Caller {
	c := optest.Root("111122223333")
	c.Root, c.Principal = false, "arn:aws:sts::111122223333:assumed-role/web/session"
	c.Person = &op.Person{Name: email, Email: email}
	return c
}

func (r *rig) content(c op.Caller, t testing.TB, id string, format api.OutputFormat) (*api.GetDocumentContentOutput, error) {
	t.Helper()
	return optest.Call(t, r.Registry, c, api.GetDocumentContent, &api.GetDocumentContentInput{
		ApplicationID: r.app, IndexID: r.index, DocumentID: id, OutputFormat: &format,
	})
}

// download follows an address.
func (r *rig) download(t testing.TB, address string) (*Content, string, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://parley.example.com" + ContentPath; !strings.HasPrefix(address, want+"?") {
		t.Errorf("%s does not begin with %s", address, want)
	}
	c, err := r.Open(t.Context(), u.Query())
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	if err := c.Copy(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if int64(b.Len()) != c.Size {
		t.Errorf("%d bytes, announced as %d", b.Len(), c.Size)
	}
	return c, b.String(), nil
}

func TestContent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		page := text("page", "<html><head><title>T</title></head><body><h1>Bread</h1><p>It is baked.</p></body></html>", only("ann@example.com"))
		page.ContentType = new(api.ContentTypeHTML)
		r.indexed(t, page, text("notes/plain.txt", "Fish \"and\" chips."), text("crlf", "one\r\ntwo\r\n"))
		for _, tt := range []struct {
			id         string
			format     api.OutputFormat
			mime, name string
			want       string
		}{
			{"page", api.OutputFormatRaw, "text/html", "page.html", string(page.Content.Blob)},
			{"notes/plain.txt", api.OutputFormatRaw, "text/plain", "plain.txt", `Fish "and" chips.`},
			{"notes/plain.txt", api.OutputFormatExtracted, "application/json", "plain.txt.json", `{"schemaVersionId":"V1","outputFormat":"JSON","plainTextDocumentContent":"Fish \"and\" chips."}`},
			{"crlf", api.OutputFormatRaw, "text/plain", "crlf.txt", "one\r\ntwo\r\n"},
			{"crlf", api.OutputFormatExtracted, "application/json", "crlf.txt.json", `{"schemaVersionId":"V1","outputFormat":"JSON","plainTextDocumentContent":"one\ntwo"}`},
			{"page", api.OutputFormatExtracted, "application/json", "page.html.json",
				`{"schemaVersionId":"V1","outputFormat":"JSON","nonPlainTextDocumentContent":[{"text":"Bread","elementType":"HEADER"},{"text":"It is baked.","elementType":"TEXT"}]}`},
		} {
			out, err := r.content(as("ann@example.com"), t, tt.id, tt.format)
			if err != nil {
				t.Fatal(err)
			}
			c, got, err := r.download(t, out.PresignedURL)
			if err != nil {
				t.Fatal(err)
			}
			if out.MimeType != tt.mime || c.Type != tt.mime || c.Name != tt.name || strings.TrimSpace(got) != strings.TrimSpace(tt.want) {
				t.Errorf("%s %s: %s, %s, %q:\n%s\nwant %s", tt.id, tt.format, out.MimeType, c.Type, c.Name, got, tt.want)
			}
		}
	})
}

// What is hidden is answered as if it were not there.
func TestHiddenIsAbsent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("hidden", "x", only("ann@example.com")))
		for _, id := range []string{"hidden", "absent"} {
			_, err := r.content(as("bob@example.com"), t, id, api.OutputFormatRaw)
			message := optest.Refused(t, err, absentDocument(id))
			if want := "There is no document with ID " + id + " in index " + r.index + ". If it is of a data source, give its dataSourceId too."; message != want {
				t.Errorf("%s", message)
			}
		}
		if _, err := r.content(as("ann@example.com"), t, "hidden", api.OutputFormatRaw); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAddressEnds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "one"))
		out, err := r.content(as("ann@example.com"), t, "a", api.OutputFormatRaw)
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(addressLife - time.Second)
		if _, _, err := r.download(t, out.PresignedURL); err != nil {
			t.Error(err)
		}
		denied := fault.Error{Code: fault.AccessDenied}
		for _, damaged := range []string{
			strings.Replace(out.PresignedURL, "?d=", "?d=A", 1), strings.Replace(out.PresignedURL, "&s=", "&s=A", 1),
			"https://parley.example.com" + ContentPath + "?", out.PresignedURL[:len(out.PresignedURL)-3],
		} {
			_, _, err := r.download(t, damaged)
			optest.Refused(t, err, denied)
		}
		r.indexed(t, text("a", "two"))
		_, _, err = r.download(t, out.PresignedURL)
		if !fault.Is(err, fault.ResourceNotFound) {
			t.Errorf("the address of a version that is no more: %v", err)
		}
		r.clock.Advance(time.Second)
		_, _, err = r.download(t, out.PresignedURL)
		message := optest.Refused(t, err, denied)
		if want := "The address is over: it could be used for 5 minutes. Ask for the document's content again."; message != want {
			t.Errorf("%s", message)
		}
	})
}

func TestContentWithoutAUser(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := *must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "kiosk", IdentityType: new(api.IdentityTypeAnonymous)}).ApplicationID
		idx := *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: app, DisplayName: "docs"}).IndexID
		_, err := call(t, r, api.GetDocumentContent, &api.GetDocumentContentInput{ApplicationID: app, IndexID: idx, DocumentID: "a"})
		optest.Refused(t, err, fault.Error{Code: fault.AccessDenied})
	})
}

// A large file comes in pieces, and leaves in pieces.
func TestLargeFile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		words := strings.Repeat("Seven words are in every single line.\n", 70_000) // 2.6 MB
		r.indexed(t, text("a", words, titled("A")))
		r.wantStates(t, "a INDEXED")
		out, err := r.content(as("ann@example.com"), t, "a", api.OutputFormatRaw)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := r.download(t, out.PresignedURL); err != nil || got != words {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(words))
		}
		var kept int
		for _, c := range r.followed(t) {
			kept = len(c)
		}
		if kept < 2_000_000 {
			t.Errorf("search has %d bytes of it", kept)
		}
		r.indexed(t, text("a", "small", titled("A")))
		for table, want := range map[string]int{"passage": 1, "document_part": 1, "document_waste": 0} {
			if n := r.rows(t, table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
	})
}

// followed is what search has, by title.
func (r *rig) followed(t testing.TB) map[string]string { return r.follower().found(t) }
