package leak

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// moment is one state of people and documents that answers may be of.
type moment struct {
	*people
	mu   sync.Mutex
	in   map[name][]name
	seen map[int]map[name]bool
}

func (m *moment) has(who int) map[name]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.in, m.seen = m.within(), map[int]map[name]bool{}
	}
	names, ok := m.seen[who]
	if !ok {
		names = m.names(who, m.in)
		m.seen[who] = names
	}
	return names
}

// truth is what may be true while questions are asked: one moment between changes,
// several while people change; and of documents the version of now, and one that is
// on its way.
type truth struct {
	*library
	moments []*moment
	coming  map[int]*paper
}

// versions are those of a document that may be shown.
func (tr *truth) versions(number int) (all []*paper) {
	for _, p := range []*paper{tr.papers[number], tr.coming[number]} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// history is what there was of a document, for whoever looks for a mistake.
func (tr *truth) history(number int) string {
	all := []string{fmt.Sprint("quiet ", tr.quiet())}
	for _, p := range tr.gone {
		if p.number == number {
			all = append(all, fmt.Sprint("was ", p.version))
		}
	}
	for _, p := range tr.versions(number) {
		all = append(all, fmt.Sprintf("is %d %+v", p.version, p.rights))
	}
	return strings.Join(all, ", ")
}

// may reports whether somebody may see a version at some moment, and at all.
func (tr *truth) may(who int, p *paper) (ever, always bool) {
	always = true
	for _, m := range tr.moments {
		if p.rights.admit(m.has(who)) {
			ever = true
		} else {
			always = false
		}
	}
	return ever, always
}

// quiet reports whether nothing is being changed.
func (tr *truth) quiet() bool { return len(tr.moments) == 1 && len(tr.coming) == 0 }

// asker asks questions and looks at the answers.
type asker struct {
	*site
	*truth
	r    *rand.Rand
	ctx  context.Context //nolint:containedctx // of the test
	fail func(format string, args ...any)
	*tally
	*talks
}

// tally is what was asked, and what came of it.
type tally struct {
	mu    sync.Mutex
	calls map[string]int
}

func (y *tally) count(what string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.calls[what]++
}

func (y *tally) String() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(y.calls)) {
		all = append(all, fmt.Sprint(what, " ", y.calls[what]))
	}
	return strings.Join(all, ", ")
}

var (
	canaries = regexp.MustCompile(`kanari(\d{7})v(\d+)[btu]`)
	ids      = regexp.MustCompile(`doc-(\d{7})`)
)

// search looks for anything in an answer that somebody may not see. asked is the ID
// that the request named itself.
func (a *asker) search(what string, who int, answer []byte, asked string) {
	for _, found := range canaries.FindAllSubmatch(answer, -1) {
		number, _ := strconv.Atoi(string(found[1]))
		version, _ := strconv.Atoi(string(found[2]))
		if !slices.ContainsFunc(a.versions(number), func(p *paper) bool {
			ever, _ := a.may(who, p)
			return p.version == version && ever
		}) {
			a.fail("%s: person %d is shown %s; %s", what, who, found[0], a.history(number))
		}
	}
	for _, found := range ids.FindAllSubmatch(answer, -1) {
		if string(found[0]) != asked && !a.known(who, numberOf(string(found[0]))) {
			a.fail("%s: person %d is told of %s", what, who, found[0])
		}
	}
}

// known reports whether somebody may know of a document.
func (a *asker) known(who, number int) bool {
	return slices.ContainsFunc(a.versions(number), func(p *paper) bool {
		ever, _ := a.may(who, p)
		return ever
	})
}

// find asks SearchRelevantContent, page by page, and returns the documents found,
// and a token of a next page.
func (a *asker) find(who int, query string, s *sieve, size int32) (found map[int]bool, token *string) {
	found = map[int]bool{}
	in := &qbusiness.SearchRelevantContentInput{
		ApplicationId: &a.app, QueryText: &query, MaxResults: &size, AttributeFilter: s.filter(),
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: &a.retriever}},
	}
	for {
		a.count("search")
		ctx, tape := taped(a.ctx)
		out, err := a.users[who].SearchRelevantContent(ctx, in)
		if err != nil {
			a.fail("person %d searches %q: %v", who, query, err)
			return found, nil
		}
		a.search("search", who, tape.body, "")
		for _, c := range out.RelevantContent {
			if n := numberOf(*c.DocumentId); found[n] {
				a.fail("person %d finds %s twice by %q", who, *c.DocumentId, query)
			} else {
				found[n] = true
			}
		}
		if out.NextToken == nil {
			return found, token
		}
		a.search("page token", who, decoded(*out.NextToken), "")
		in.NextToken, token = out.NextToken, out.NextToken
	}
}

// decoded is what a token says to whoever reads it.
func decoded(token string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return []byte(token)
	}
	return raw
}

func (s *sieve) filter() *types.AttributeFilter {
	if s == nil {
		return nil
	}
	var all []types.AttributeFilter
	if s.dept != "" {
		all = append(all, types.AttributeFilter{EqualsTo: new(attribute("dept", &types.DocumentAttributeValueMemberStringValue{Value: s.dept}))})
	}
	if s.level > 0 {
		all = append(all, types.AttributeFilter{GreaterThanOrEquals: new(attribute("level", &types.DocumentAttributeValueMemberLongValue{Value: s.level}))})
	}
	if s.tag != "" {
		all = append(all, types.AttributeFilter{ContainsAny: new(attribute("tags", &types.DocumentAttributeValueMemberStringListValue{Value: []string{s.tag, "none"}}))})
	}
	if len(all) == 0 {
		all = append(all, types.AttributeFilter{GreaterThanOrEquals: new(attribute("level", &types.DocumentAttributeValueMemberLongValue{Value: 0}))})
	}
	f := &types.AttributeFilter{AndAllFilters: all}
	if s.not {
		f = &types.AttributeFilter{NotFilter: f}
	}
	return f
}

func (a *asker) sieve() *sieve {
	if a.r.IntN(2) == 0 {
		return nil
	}
	s := &sieve{not: a.r.IntN(4) == 0}
	if a.r.IntN(2) == 0 {
		s.dept = fmt.Sprint("dept", a.r.IntN(6))
	}
	if a.r.IntN(2) == 0 {
		s.level = int64(a.r.IntN(6))
	}
	if a.r.IntN(3) == 0 {
		s.tag = fmt.Sprint("tag", a.r.IntN(5))
	}
	return s
}

// searchTopic asks for a topic: what is found has to be every document of it that
// somebody may see, and nothing else.
func (a *asker) searchTopic(who int, topic string) {
	s, size := a.sieve(), int32(100)
	if a.r.IntN(5) == 0 && a.quiet() { // scores follow what somebody may see, and pages the scores
		size = int32(3 + a.r.IntN(20))
	}
	found, token := a.find(who, topic, s, size)
	for number := range a.candidates(topic) {
		ever, always := false, true
		for _, p := range a.versions(number) {
			e, all := a.may(who, p)
			fits := slices.Contains(p.topics, topic) && s.passes(p)
			ever, always = ever || e && fits, always && all && fits
		}
		switch {
		case found[number] && !ever:
			a.fail("person %d finds document %d by %s, %+v; %s", who, number, topic, s, a.history(number))
		case !found[number] && always:
			a.fail("person %d does not find document %d by %s, %+v; %s", who, number, topic, s, a.history(number))
		}
		delete(found, number)
	}
	for number := range found {
		a.fail("person %d finds document %d by %s, which it does not say", who, number, topic)
	}
	if token != nil {
		a.foreignToken(who, topic, s, size, *token)
	}
}

// candidates are the documents that a topic may find.
func (a *asker) candidates(topic string) map[int]*paper {
	all := maps.Clone(a.about[topic])
	if all == nil {
		all = map[int]*paper{}
	}
	for n, p := range a.coming {
		if slices.Contains(p.topics, topic) {
			all[n] = p
		}
	}
	return all
}

// foreignToken tries somebody's page token as somebody else.
func (a *asker) foreignToken(owner int, query string, s *sieve, size int32, token string) {
	other := (owner + 1 + a.r.IntN(len(a.users)-1)) % len(a.users)
	a.count("another's token")
	ctx, tape := taped(a.ctx)
	_, err := a.users[other].SearchRelevantContent(ctx, &qbusiness.SearchRelevantContentInput{
		ApplicationId: &a.app, QueryText: &query, MaxResults: &size, AttributeFilter: s.filter(), NextToken: &token,
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: &a.retriever}},
	})
	if _, ok := errors.AsType[*types.ValidationException](err); !ok {
		a.fail("person %d goes on with the token of person %d: %v", other, owner, err)
	}
	a.search("another's token", other, tape.body, "")
}

// searchCanary asks for a word that only one document says.
func (a *asker) searchCanary(who int, p *paper) {
	found, _ := a.find(who, p.canary(pick(a.r, []string{"b", "t"})), nil, 100)
	ever, always := a.may(who, p)
	if found[p.number] && !ever || !found[p.number] && always && len(a.versions(p.number)) == 1 {
		a.fail("person %d finds document %d by its canary: %v", who, p.number, found[p.number])
	}
}

// searchGone asks for a word that a version said which is there no more.
func (a *asker) searchGone(who int, p *paper) {
	if found, _ := a.find(who, p.canary("b"), nil, 100); len(found) > 0 {
		a.fail("person %d finds %v by %s, which is gone", who, found, p.canary("b"))
	}
}

// content asks for a document, follows the address it is at, and compares what is
// hidden with what is absent.
func (a *asker) content(who int, p *paper) {
	a.count("content")
	in := &qbusiness.GetDocumentContentInput{ApplicationId: &a.app, IndexId: &a.index, DocumentId: new(p.id())}
	if p.source {
		in.DataSourceId = &a.source
	}
	if a.r.IntN(2) == 0 {
		in.OutputFormat = types.OutputFormatExtracted
	}
	ctx, tape := taped(a.ctx)
	out, err := a.users[who].GetDocumentContent(ctx, in)
	a.search("content", who, tape.body, p.id())
	ever, always := a.may(who, p)
	if len(a.versions(p.number)) != 1 || a.papers[p.number] != p {
		ever, always = a.known(who, p.number), false
	}
	switch {
	case err == nil && !ever:
		a.fail("person %d gets the content of document %d", who, p.number)
	case err != nil && always:
		a.fail("person %d does not get the content of document %d: %v", who, p.number, err)
	case err == nil:
		a.follow(who, p, *out.PresignedUrl)
	default:
		a.compare(who, p, in, tape)
	}
}

// follow reads a content from its address, as a browser does.
func (a *asker) follow(who int, p *paper, address string) {
	a.count("address")
	ctx, tape := taped(a.ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		a.fail("%v", err)
		return
	}
	res, err := a.http.Do(req)
	if err != nil {
		a.fail("%v", err)
		return
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		a.fail("%v", err)
	}
	if err := res.Body.Close(); err != nil {
		a.fail("%v", err)
	}
	a.search("address", who, tape.body, p.id())
	if len(a.coming) == 0 && (res.StatusCode != http.StatusOK || !bytes.Contains(tape.body, []byte(p.canary("b")))) {
		a.fail("the address of document %d answers %d", p.number, res.StatusCode)
	}
}

// compare asks for a document that is not there, and wants the same answer.
func (a *asker) compare(who int, p *paper, in *qbusiness.GetDocumentContentInput, hidden *tape) {
	a.count("absent content")
	absent := *in
	absent.DocumentId = new(absentID(p.number))
	ctx, tape := taped(a.ctx)
	_, err := a.users[who].GetDocumentContent(ctx, &absent)
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		a.fail("a document that is not there: %v", err)
	}
	want := strings.ReplaceAll(tape.text(), *absent.DocumentId, *in.DocumentId)
	if got := hidden.text(); got != want {
		a.fail("person %d can tell hidden from absent:\n%s\n%s", who, got, want)
	}
}

// check asks the operator's question.
func (a *asker) check(who int, p *paper) {
	a.count("check")
	in := &qbusiness.CheckDocumentAccessInput{ApplicationId: &a.app, IndexId: &a.index, DocumentId: new(p.id()), UserId: new(written(a.r, "user "+a.moments[0].persons[who].address))}
	if p.source {
		in.DataSourceId = &a.source
	}
	ctx, tape := taped(a.ctx)
	out, err := a.admin.CheckDocumentAccess(ctx, in)
	if canaries.Match(tape.body) {
		a.fail("CheckDocumentAccess shows %s", canaries.Find(tape.body))
	}
	if len(a.coming) > 0 || a.papers[p.number] != p {
		return // it may be either
	}
	if err != nil {
		a.fail("CheckDocumentAccess of %s: %v", p.id(), err)
		return
	}
	ever, always := a.may(who, p)
	if *out.HasAccess && !ever || !*out.HasAccess && always {
		a.fail("CheckDocumentAccess of person %d and document %d: %v", who, p.number, *out.HasAccess)
	}
}

// list tries what is not theirs.
func (a *asker) list(who int) {
	a.count("list")
	ctx, tape := taped(a.ctx)
	_, err := a.users[who].ListDocuments(ctx, &qbusiness.ListDocumentsInput{ApplicationId: &a.app, IndexId: &a.index})
	if _, ok := errors.AsType[*types.AccessDeniedException](err); !ok {
		a.fail("person %d lists documents: %v", who, err)
	}
	if found := ids.Find(tape.body); found != nil || canaries.Match(tape.body) {
		a.fail("a refused list tells of %s", found)
	}
}

// ask is one question, by chance.
func (a *asker) ask() {
	who, p := a.r.IntN(len(a.users)), a.anyOf()
	switch n := a.r.IntN(100); {
	case n < 52:
		a.searchTopic(who, pick(a.r, p.topics))
	case n < 55 && len(a.gone) > 0:
		a.searchGone(who, pick(a.r, a.gone))
	case n < 62:
		a.searchCanary(who, p)
	case n < 78:
		a.content(who, p)
	case n < 91:
		a.check(who, p)
	case n < 94:
		a.chat(who, pick(a.r, p.topics))
	case n < 97:
		if earlier, some := a.any(a.r); some {
			a.recall(earlier)
		}
	default:
		a.list(who)
	}
}

// anyOf is a document that is there, or a version that is coming.
func (a *asker) anyOf() *paper {
	if len(a.coming) > 0 && a.r.IntN(2) == 0 {
		return a.coming[pick(a.r, slices.Sorted(maps.Keys(a.coming)))]
	}
	for {
		if p := a.papers[a.r.IntN(a.next)]; p != nil {
			return p
		}
	}
}
