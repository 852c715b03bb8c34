package principal

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
)

// taggable is one kind of entity with its three operations.
type taggable struct {
	tag   func(tags []iam.Tag)
	untag func(keys []string)
	list  func(marker *string, size int32) ([]iam.Tag, *string)
}

func taggables(t *testing.T, w *world) map[string]taggable {
	w.user(t, "ann")
	w.role(t, "r")
	arn := w.policy(t, "p", readTopics)
	idp := *must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example.com"}).OpenIDConnectProviderARN
	saml := *must(t, w, iam.CreateSAMLProvider, &iam.CreateSAMLProviderInput{Name: "okta", SAMLMetadataDocument: string(samltest.New(t).Metadata())}).SAMLProviderARN
	return map[string]taggable{
		"user": {
			func(tags []iam.Tag) { must(t, w, iam.TagUser, &iam.TagUserInput{UserName: "Ann", Tags: tags}) },
			func(keys []string) { must(t, w, iam.UntagUser, &iam.UntagUserInput{UserName: "Ann", TagKeys: keys}) },
			func(m *string, n int32) ([]iam.Tag, *string) {
				out := must(t, w, iam.ListUserTags, &iam.ListUserTagsInput{UserName: "ann", Marker: m, MaxItems: &n})
				return out.Tags, out.Marker
			},
		},
		"role": {
			func(tags []iam.Tag) { must(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "R", Tags: tags}) },
			func(keys []string) { must(t, w, iam.UntagRole, &iam.UntagRoleInput{RoleName: "r", TagKeys: keys}) },
			func(m *string, n int32) ([]iam.Tag, *string) {
				out := must(t, w, iam.ListRoleTags, &iam.ListRoleTagsInput{RoleName: "r", Marker: m, MaxItems: &n})
				return out.Tags, out.Marker
			},
		},
		"policy": {
			func(tags []iam.Tag) { must(t, w, iam.TagPolicy, &iam.TagPolicyInput{PolicyARN: arn, Tags: tags}) },
			func(keys []string) { must(t, w, iam.UntagPolicy, &iam.UntagPolicyInput{PolicyARN: arn, TagKeys: keys}) },
			func(m *string, n int32) ([]iam.Tag, *string) {
				out := must(t, w, iam.ListPolicyTags, &iam.ListPolicyTagsInput{PolicyARN: arn, Marker: m, MaxItems: &n})
				return out.Tags, out.Marker
			},
		},
		"SAML provider": {
			func(tags []iam.Tag) {
				must(t, w, iam.TagSAMLProvider, &iam.TagSAMLProviderInput{SAMLProviderARN: saml, Tags: tags})
			},
			func(keys []string) {
				must(t, w, iam.UntagSAMLProvider, &iam.UntagSAMLProviderInput{SAMLProviderARN: saml, TagKeys: keys})
			},
			func(m *string, n int32) ([]iam.Tag, *string) {
				out := must(t, w, iam.ListSAMLProviderTags, &iam.ListSAMLProviderTagsInput{SAMLProviderARN: saml, Marker: m, MaxItems: &n})
				return out.Tags, out.Marker
			},
		},
		"provider": {
			func(tags []iam.Tag) {
				must(t, w, iam.TagOpenIDConnectProvider, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderARN: idp, Tags: tags})
			},
			func(keys []string) {
				must(t, w, iam.UntagOpenIDConnectProvider, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderARN: idp, TagKeys: keys})
			},
			func(m *string, n int32) ([]iam.Tag, *string) {
				out := must(t, w, iam.ListOpenIDConnectProviderTags, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderARN: idp, Marker: m, MaxItems: &n})
				return out.Tags, out.Marker
			},
		},
	}
}

func TestTags(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for name, e := range taggables(t, w) {
			e.tag([]iam.Tag{{Key: "Team", Value: "red"}, {Key: "b", Value: "1"}})
			e.tag([]iam.Tag{{Key: "team", Value: "blue"}, {Key: "a", Value: ""}}) // replaces Team
			want := []iam.Tag{{Key: "a", Value: ""}, {Key: "b", Value: "1"}, {Key: "team", Value: "blue"}}
			var got []iam.Tag
			for marker, more := (*string)(nil), true; more; more = marker != nil {
				var page []iam.Tag
				page, marker = e.list(marker, 2)
				got = append(got, page...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			e.untag([]string{"B", "none"})
			if got, _ := e.list(nil, 10); len(got) != 2 {
				t.Errorf("%s: %v", name, got)
			}
		}
	})
}

func TestTagsRefuse(t *testing.T) {
	w := oneWorld(t)
	taggables(t, w)
	var many []iam.Tag
	for i := range maxTags {
		many = append(many, iam.Tag{Key: fmt.Sprint(i), Value: "x"})
	}
	must(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "r", Tags: many})
	refused(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "r", Tags: []iam.Tag{{Key: "one more"}}}, codeLimit, "The number of tags has reached the maximum limit of 50.")
	must(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "r", Tags: many[:2]})
	refused(t, w, iam.TagUser, &iam.TagUserInput{UserName: "ann", Tags: []iam.Tag{{Key: "k", Value: "1"}, {Key: "K", Value: "2"}}}, codeInvalid, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	refused(t, w, iam.TagUser, &iam.TagUserInput{UserName: "ann", Tags: []iam.Tag{{Key: "Aws:k", Value: "1"}}}, codeInvalid, `Tag keys that begin with aws: are reserved; got "Aws:k".`)
	refused(t, w, iam.TagPolicy, &iam.TagPolicyInput{PolicyARN: ownPrefix + "/p", Tags: []iam.Tag{{Key: "k;", Value: "1"}}}, codeInvalid, `A tag has letters, digits, spaces and _.:/=+-@ only; got "k;" = "1".`)
	refused(t, w, iam.TagUser, &iam.TagUserInput{UserName: "bob"}, codeNoSuchEntity, "The user with name bob cannot be found.")
	refused(t, w, iam.UntagUser, &iam.UntagUserInput{UserName: "bob"}, codeNoSuchEntity, "The user with name bob cannot be found.")
	refused(t, w, iam.ListUserTags, &iam.ListUserTagsInput{UserName: "bob"}, codeNoSuchEntity, "The user with name bob cannot be found.")
	refused(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "none"}, codeNoSuchEntity, "The role with name none cannot be found.")
	refused(t, w, iam.UntagRole, &iam.UntagRoleInput{RoleName: "none"}, codeNoSuchEntity, "The role with name none cannot be found.")
	refused(t, w, iam.TagSAMLProvider, &iam.TagSAMLProviderInput{SAMLProviderARN: "arn:aws:iam::111122223333:saml-provider/none"}, codeNoSuchEntity, "Manifest not found for arn arn:aws:iam::111122223333:saml-provider/none")
	refused(t, w, iam.ListRoleTags, &iam.ListRoleTagsInput{RoleName: "none"}, codeNoSuchEntity, "The role with name none cannot be found.")
	refused(t, w, iam.ListRoleTags, &iam.ListRoleTagsInput{RoleName: "r", Marker: new("x")}, fault.Validation, "Invalid Marker: it is not one that this list gave to this caller; begin again without it.")
}
