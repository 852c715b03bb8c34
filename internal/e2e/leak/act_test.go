package leak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/document"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

func custom() document.Interface {
	return document.NewLazyDocument(map[string]any{"type": "CUSTOM", "version": "1.0.0"})
}

// written is a name as a request gives it: an address in some other form.
func written(r *rand.Rand, n name) string {
	n = n[strings.LastIndexByte(n, ' ')+1:]
	local, domain, ok := strings.Cut(n, "@")
	switch {
	case ok && r.IntN(3) == 0:
		return strings.ToUpper(local) + "@Example.com"
	case ok && r.IntN(3) == 0:
		return local + "+tag@" + domain
	}
	return n
}

func isLocal(n name) bool { return strings.HasPrefix(n, "local ") }
func isGroup(n name) bool { return strings.Contains(n, "group ") }

// kind is the membership type of a name. What is of the index may leave it out.
func kind(r *rand.Rand, n name) types.MembershipType {
	switch {
	case isLocal(n):
		return types.MembershipTypeDatasource
	case r.IntN(2) == 0:
		return types.MembershipTypeIndex
	}
	return ""
}

// step is one request that changes people, and what they are after it.
type step struct {
	do    func(ctx context.Context) error
	after *people
}

// groupStep gives a group other members.
func (s *site) groupStep(w *world, p *people, g name, members []name) step {
	in := &qbusiness.PutGroupInput{ApplicationId: &s.app, IndexId: &s.index, GroupName: new(written(w.r, g)), Type: types.MembershipTypeIndex, GroupMembers: &types.GroupMembers{}}
	if isLocal(g) {
		in.Type, in.DataSourceId = types.MembershipTypeDatasource, &s.source
	}
	for _, m := range members {
		k := kind(w.r, m)
		if isLocal(g) && !isLocal(m) {
			k = types.MembershipTypeIndex // not that of the group
		}
		if isGroup(m) {
			in.GroupMembers.MemberGroups = append(in.GroupMembers.MemberGroups, types.MemberGroup{GroupName: new(written(w.r, m)), Type: k})
		} else {
			in.GroupMembers.MemberUsers = append(in.GroupMembers.MemberUsers, types.MemberUser{UserId: new(written(w.r, m)), Type: k})
		}
	}
	after := p.clone()
	after.groups[g] = members
	return step{func(ctx context.Context) error { _, err := s.admin.PutGroup(ctx, in); return err }, after}
}

// groupEnds takes a group away.
func (s *site) groupEnds(p *people, g name) step {
	in := &qbusiness.DeleteGroupInput{ApplicationId: &s.app, IndexId: &s.index, GroupName: new(g[strings.LastIndexByte(g, ' ')+1:])}
	if isLocal(g) {
		in.DataSourceId = &s.source
	}
	after := p.clone()
	delete(after.groups, g)
	return step{func(ctx context.Context) error { _, err := s.admin.DeleteGroup(ctx, in); return err }, after}
}

// alias is another name as a request gives it.
func (s *site) alias(r *rand.Rand, n name) types.UserAlias {
	a := types.UserAlias{UserId: new(written(r, n))}
	if isLocal(n) {
		a.UserId, a.DataSourceId = new(n[strings.LastIndexByte(n, ' ')+1:]), &s.source
	}
	if r.IntN(2) == 0 {
		a.IndexId = &s.index
	}
	return a
}

// userSteps make a user, take one away, and give one another alias.
func (s *site) userSteps(w *world, p *people, who int) (steps []step) {
	address := written(w.r, "user "+p.persons[who].address)
	add := func(do func(ctx context.Context) error, exists bool, aliases ...name) {
		p = p.clone()
		p.persons[who].exists, p.persons[who].aliases = exists, aliases
		steps = append(steps, step{do, p})
	}
	if p.persons[who].exists {
		in := &qbusiness.DeleteUserInput{ApplicationId: &s.app, UserId: &address}
		add(func(ctx context.Context) error { _, err := s.admin.DeleteUser(ctx, in); return err }, false)
		if w.r.IntN(2) == 0 {
			return steps
		}
	}
	first, later := w.aliases(who), []name(nil)
	if w.r.IntN(2) == 0 {
		first, later = later, first
	}
	create := &qbusiness.CreateUserInput{ApplicationId: &s.app, UserId: &address}
	for _, n := range first {
		create.UserAliases = append(create.UserAliases, s.alias(w.r, n))
	}
	add(func(ctx context.Context) error { _, err := s.admin.CreateUser(ctx, create); return err }, true, first...)
	if len(later) > 0 {
		update := &qbusiness.UpdateUserInput{ApplicationId: &s.app, UserId: &address}
		for _, n := range later {
			update.UserAliasesToUpdate = append(update.UserAliasesToUpdate, s.alias(w.r, n))
		}
		add(func(ctx context.Context) error { _, err := s.admin.UpdateUser(ctx, update); return err }, true, later...)
	}
	return steps
}

// peopleSteps are one change of groups or users.
func (s *site) peopleSteps(w *world, p *people) []step {
	g, level := w.anyGroup()
	_, there := p.groups[g]
	switch {
	case w.r.IntN(3) == 0:
		return s.userSteps(w, p, w.r.IntN(w.users))
	case there && w.r.IntN(4) == 0:
		return []step{s.groupEnds(p, g)}
	}
	return []step{s.groupStep(w, p, g, w.members(g, level))}
}

// walk takes some steps.
func (s *site) walk(t *testing.T, w *world, steps ...step) {
	t.Helper()
	for _, step := range steps {
		fatal(t, step.do(t.Context()))
		w.people = step.after
	}
}

// putPapers puts versions of documents, ten at most, all of the data source or none.
func (s *site) putPapers(t *testing.T, w *world, papers []*paper) {
	t.Helper()
	in := &qbusiness.BatchPutDocumentInput{ApplicationId: &s.app, IndexId: &s.index}
	if papers[0].source {
		in.DataSourceSyncId = &s.execution
	}
	for _, p := range papers {
		in.Documents = append(in.Documents, s.document(w.r, p))
	}
	out, err := s.admin.BatchPutDocument(t.Context(), in)
	fatal(t, err)
	for _, f := range out.FailedDocuments {
		t.Fatalf("%s was not taken: %s", *f.Id, *f.Error.ErrorMessage)
	}
}

func (s *site) document(r *rand.Rand, p *paper) types.Document {
	d := types.Document{
		Id: new(p.id()), Title: new("Title " + p.canary("t")), ContentType: types.ContentTypePlainText,
		Content:             &types.DocumentContentMemberBlob{Value: []byte(p.text(r))},
		AccessConfiguration: accessOf(r, p.rights),
		Attributes: []types.DocumentAttribute{
			attribute("_source_uri", &types.DocumentAttributeValueMemberStringValue{Value: "https://docs.example.com/" + p.canary("u")}),
			attribute("dept", &types.DocumentAttributeValueMemberStringValue{Value: p.dept}),
			attribute("level", &types.DocumentAttributeValueMemberLongValue{Value: p.level}),
			attribute("tags", &types.DocumentAttributeValueMemberStringListValue{Value: p.tags}),
		},
	}
	if p.source {
		d.Attributes = append(d.Attributes,
			attribute("_data_source_id", &types.DocumentAttributeValueMemberStringValue{Value: s.source}),
			attribute("_data_source_sync_job_execution_id", &types.DocumentAttributeValueMemberStringValue{Value: s.execution}))
	}
	return d
}

func attribute(name string, v types.DocumentAttributeValue) types.DocumentAttribute {
	return types.DocumentAttribute{Name: &name, Value: v}
}

// accessOf is the rights of a document as a request gives them.
func accessOf(r *rand.Rand, of *rights) *types.AccessConfiguration {
	if of == nil {
		return nil
	}
	a := &types.AccessConfiguration{MemberRelation: relation(of.and)}
	for _, c := range of.controls {
		control := types.AccessControl{MemberRelation: relation(c.and)}
		for _, side := range []struct {
			names  []name
			access types.ReadAccessType
		}{{c.allow, types.ReadAccessTypeAllow}, {c.deny, types.ReadAccessTypeDeny}} {
			for _, n := range side.names {
				control.Principals = append(control.Principals, entry(r, n, side.access))
			}
		}
		a.AccessControls = append(a.AccessControls, control)
	}
	return a
}

func relation(and bool) types.MemberRelation {
	if and {
		return types.MemberRelationAnd
	}
	return types.MemberRelationOr
}

func entry(r *rand.Rand, n name, access types.ReadAccessType) types.Principal {
	if isGroup(n) {
		return &types.PrincipalMemberGroup{Value: types.PrincipalGroup{Name: new(written(r, n)), Access: access, MembershipType: kind(r, n)}}
	}
	return &types.PrincipalMemberUser{Value: types.PrincipalUser{Id: new(written(r, n)), Access: access, MembershipType: kind(r, n)}}
}

// changePapers puts new documents, new versions of old ones, and takes some away.
func (s *site) changePapers(t *testing.T, w *world) {
	t.Helper()
	var plain, ours []*paper
	for range 1 + w.r.IntN(9) {
		p := w.paper(w.next, 1)
		if w.r.IntN(3) > 0 {
			old := w.anyPaper()
			p = w.paper(old.number, old.version+1)
		} else {
			w.next++
		}
		w.put(p)
		if p.source {
			ours = append(ours, p)
		} else {
			plain = append(plain, p)
		}
	}
	for _, batch := range [][]*paper{latest(plain), latest(ours)} {
		if len(batch) > 0 {
			s.putPapers(t, w, batch)
		}
	}
	if w.r.IntN(3) == 0 {
		s.deletePaper(t, w, w.anyPaper())
	}
}

// latest leaves one version of each document.
func latest(papers []*paper) (left []*paper) {
	at := map[int]int{}
	for _, p := range papers {
		if i, twice := at[p.number]; twice {
			left[i] = p
			continue
		}
		at[p.number] = len(left)
		left = append(left, p)
	}
	return left
}

func (s *site) deletePaper(t *testing.T, w *world, p *paper) {
	t.Helper()
	in := &qbusiness.BatchDeleteDocumentInput{ApplicationId: &s.app, IndexId: &s.index, Documents: []types.DeleteDocument{{DocumentId: new(p.id())}}}
	if p.source {
		in.DataSourceSyncId = &s.execution
	}
	out, err := s.admin.BatchDeleteDocument(t.Context(), in)
	fatal(t, err)
	if len(out.FailedDocuments) > 0 {
		t.Fatal(errors.New(*out.FailedDocuments[0].Error.ErrorMessage))
	}
	w.remove(p.number)
}

// fill puts everything there is at first.
func (s *site) fill(t *testing.T, w *world) {
	t.Helper()
	for level := range levels {
		for n := range w.size.groups / levels {
			g := w.groupName(level, n)
			s.walk(t, w, s.groupStep(w, w.people, g, w.members(g, level)))
		}
	}
	for who := range w.users {
		if who%2 == 0 {
			s.walk(t, w, s.userSteps(w, w.people, who)...)
		}
	}
	var batches [2][]*paper
	for w.next < w.documents {
		p := w.paper(w.next, 1)
		w.next++
		w.put(p)
		b := &batches[map[bool]int{true: 1}[p.source]]
		if *b = append(*b, p); len(*b) == 10 {
			s.putPapers(t, w, *b)
			*b = nil
		}
	}
	for _, b := range batches {
		if len(b) > 0 {
			s.putPapers(t, w, b)
		}
	}
	s.settle(t)
}

// numberOf reads the number of a document's ID.
func numberOf(id string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "doc-"))
	if err != nil {
		return -1
	}
	return n
}

// absentID is a document that never was, of an ID as long.
func absentID(number int) string { return fmt.Sprintf("doc-9%06d", number%1_000_000) }
