package torture

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// TestKilledLibraryLosesNoDocument: documents are put, replaced and deleted while
// the server is killed. After each start every document that was acknowledged is
// INDEXED in its last version and found by a word that only it has, once; nothing
// else is found, and what got no answer happened as a whole or not at all.
func TestKilledLibraryLosesNoDocument(t *testing.T) {
	s := newStage(t, 1)
	l, err := newLibrary(t.Context(), s.server)
	if err != nil {
		t.Fatal(err)
	}
	s.actors = []actor{l}
	s.run(t, 300*time.Millisecond, 700*time.Millisecond, l)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	t.Logf("%s, %d starts cut short", l, s.cut)
	if l.acknowledged() < 3**rounds {
		t.Error("too few requests were acknowledged: this proves nothing")
	}
}

// library is an index with its writers.
type library struct {
	api                   *qbusiness.Client
	app, index, retriever string
	scribes               []*scribe

	signature string // the word of the last document that was put before a check
	signings  int
}

// scribe writes documents of its own, one request at a time.
type scribe struct {
	*library

	name         string
	random       *rand.Rand
	count        int
	sure         map[string]string // by document ID, the word that only its last version has
	doubt        map[string]string // what the request without an answer would have made; "" deletes
	past         []string          // words that nothing has any more
	acknowledged int
}

// newLibrary makes an index.
func newLibrary(ctx context.Context, server *launch.Server) (*library, error) {
	l := &library{api: qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &server.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return server.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})}
	app, err := l.api.CreateApplication(ctx, &qbusiness.CreateApplicationInput{DisplayName: new("library"), IdentityType: types.IdentityTypeAnonymous})
	if err != nil {
		return nil, err
	}
	index, err := l.api.CreateIndex(ctx, &qbusiness.CreateIndexInput{ApplicationId: app.ApplicationId, DisplayName: new("docs")})
	if err != nil {
		return nil, err
	}
	retriever, err := l.api.CreateRetriever(ctx, &qbusiness.CreateRetrieverInput{
		ApplicationId: app.ApplicationId, DisplayName: new("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: index.IndexId}},
	})
	if err != nil {
		return nil, err
	}
	l.app, l.index, l.retriever = *app.ApplicationId, *index.IndexId, *retriever.RetrieverId
	for i := range 3 {
		l.scribes = append(l.scribes, &scribe{
			library: l, name: fmt.Sprintf("s%d", i), random: rand.New(rand.NewPCG(*seed, uint64(100+i))), sure: map[string]string{},
		})
	}
	return l, nil
}

func (l *library) who() string { return "library" }

// load lets everybody write.
func (l *library) load(ctx context.Context) error {
	load, ctx := errgroup.WithContext(ctx)
	for _, s := range l.scribes {
		load.Go(func() error { return s.write(ctx) })
	}
	return load.Wait()
}

// acknowledged is how many requests were answered.
func (l *library) acknowledged() (n int) {
	for _, s := range l.scribes {
		n += s.acknowledged
	}
	return n
}

// String sums up.
func (l *library) String() string {
	return fmt.Sprintf("%d requests acknowledged, %d documents", l.acknowledged(), len(l.held()))
}

// write sends requests until one gets no answer.
func (s *scribe) write(ctx context.Context) error {
	for {
		next := map[string]string{}
		var err error
		if len(s.sure) > 3 && s.random.IntN(5) == 0 {
			err = s.erase(ctx, next)
		} else {
			err = s.put(ctx, next)
		}
		switch {
		case answered(err):
			return err
		case err != nil:
			s.doubt = next
			return nil //nolint:nilerr // a request without an answer is what the round is about
		}
		s.acknowledged++
		s.apply(next)
	}
}

// apply takes what a request made as known.
func (s *scribe) apply(next map[string]string) {
	for id, word := range next {
		if old := s.sure[id]; old != "" {
			s.past = append(s.past, old)
		}
		if s.sure[id] = word; word == "" {
			delete(s.sure, id)
		}
	}
}

// put puts some documents, new ones and others again; now and then a large one.
func (s *scribe) put(ctx context.Context, next map[string]string) error {
	in := &qbusiness.BatchPutDocumentInput{ApplicationId: &s.app, IndexId: &s.index}
	for range 1 + s.random.IntN(4) {
		s.count++
		id, word := fmt.Sprintf("%s-%d", s.name, s.count), fmt.Sprintf("canary%s%dx", s.name, s.count)
		if len(s.sure) > 0 && s.random.IntN(3) == 0 {
			id = pick(s.random, slices.Sorted(maps.Keys(s.sure)))
		}
		if next[id] != "" {
			continue
		}
		text := "The bird " + word + " sings in the mine."
		if s.random.IntN(12) == 0 {
			text += strings.Repeat("\nIt sings a long song of coal and light.", 30_000)
		}
		next[id] = word
		in.Documents = append(in.Documents, types.Document{Id: &id, ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte(text)}})
	}
	out, err := s.api.BatchPutDocument(ctx, in)
	if err == nil && len(out.FailedDocuments) > 0 {
		return fmt.Errorf("failed: %s", *out.FailedDocuments[0].Error.ErrorMessage)
	}
	return err
}

func (s *scribe) erase(ctx context.Context, next map[string]string) error {
	id := pick(s.random, slices.Sorted(maps.Keys(s.sure)))
	next[id] = ""
	_, err := s.api.BatchDeleteDocument(ctx, &qbusiness.BatchDeleteDocumentInput{ApplicationId: &s.app, IndexId: &s.index, Documents: []types.DeleteDocument{{DocumentId: &id}}})
	return err
}

// settle waits until the restarted server has read everything, and checks it.
func (l *library) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if _, err := l.rests(ctx); err != nil {
		return err
	}
	if err := l.sign(ctx); err != nil {
		return err
	}
	listed, err := l.rests(ctx)
	if err != nil {
		return err
	}
	if err := l.signed(ctx); err != nil {
		return err
	}
	for _, s := range l.scribes {
		if err := s.resolve(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if want := slices.Sorted(maps.Keys(l.held())); !slices.Equal(listed, want) {
		return fmt.Errorf("listed are %v, acknowledged %v", listed, want)
	}
	index, err := l.api.GetIndex(ctx, &qbusiness.GetIndexInput{ApplicationId: &l.app, IndexId: &l.index})
	if err != nil {
		return err
	}
	if n := *index.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount; int(n) != len(listed) {
		return fmt.Errorf("the index counts %d documents, and lists %d", n, len(listed))
	}
	return nil
}

// held are all documents that are to be there.
func (l *library) held() map[string]string {
	all := map[string]string{"signature": l.signature}
	for _, s := range l.scribes {
		maps.Copy(all, s.sure)
	}
	return all
}

// rests waits until no document is on its way, and returns the IDs of all.
func (l *library) rests(ctx context.Context) ([]string, error) {
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		var ids []string
		moving := ""
		for pages := qbusiness.NewListDocumentsPaginator(l.api, &qbusiness.ListDocumentsInput{ApplicationId: &l.app, IndexId: &l.index}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, errors.Join(err, fmt.Errorf("the last that was on its way: %s", moving))
			}
			for _, d := range page.DocumentDetailList {
				ids = append(ids, *d.DocumentId)
				if d.Status != types.DocumentStatusIndexed {
					moving = fmt.Sprintf("%s is %s", *d.DocumentId, d.Status)
				}
			}
		}
		if moving == "" {
			tick.Stop()
			slices.Sort(ids)
			return ids, nil
		}
	}
}

// sign puts one more document, and signed waits until search has it: then it has
// everything, which on a busy machine it may not have when it first answers.
func (l *library) sign(ctx context.Context) error {
	l.signings++
	l.signature = fmt.Sprintf("signature%dx", l.signings)
	_, err := l.api.BatchPutDocument(ctx, &qbusiness.BatchPutDocumentInput{ApplicationId: &l.app, IndexId: &l.index, Documents: []types.Document{
		{Id: new("signature"), ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte("The end: " + l.signature + ".")}},
	}})
	return err
}

func (l *library) signed(ctx context.Context) error {
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		found, err := l.find(ctx, l.signature)
		if err != nil || len(found) > 0 {
			tick.Stop()
			return err
		}
	}
}

// resolve finds out what became of the request without an answer, and looks for
// every word: those that are past are found no more.
func (s *scribe) resolve(ctx context.Context) error {
	if happened, err := s.happened(ctx); err != nil {
		return err
	} else if happened {
		s.apply(s.doubt)
	}
	s.doubt = nil
	for id, word := range s.sure {
		if found, err := s.find(ctx, word); err != nil || !slices.Equal(found, []string{id}) {
			return fmt.Errorf("the word of %s is found in %v (%v)", id, found, err)
		}
	}
	for _, word := range s.past[max(0, len(s.past)-20):] {
		if found, err := s.find(ctx, word); err != nil || len(found) > 0 {
			return fmt.Errorf("a word that is past is found in %v (%v)", found, err)
		}
	}
	return nil
}

// happened reports whether the request without an answer did; part of it is an
// error.
func (s *scribe) happened(ctx context.Context) (bool, error) {
	did := 0
	for id, word := range s.doubt {
		look, want := word, []string{id}
		if word == "" {
			look, want = s.sure[id], nil
		}
		found, err := s.find(ctx, look)
		if err != nil {
			return false, err
		}
		if slices.Equal(found, want) {
			did++
		}
	}
	if did > 0 && did < len(s.doubt) {
		return false, fmt.Errorf("of %v, which got no answer, %d happened", s.doubt, did)
	}
	return did > 0, nil
}

// find returns the IDs of the documents with a word.
func (l *library) find(ctx context.Context, word string) (ids []string, err error) {
	out, err := l.api.SearchRelevantContent(ctx, &qbusiness.SearchRelevantContentInput{
		ApplicationId: &l.app, QueryText: &word,
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: &l.retriever}},
	})
	if err != nil {
		return nil, err
	}
	for _, found := range out.RelevantContent {
		ids = append(ids, *found.DocumentId)
	}
	return ids, nil
}
