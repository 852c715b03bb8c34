package e2e

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

func TestTagLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
			DisplayName: new("tagged"), IdentityType: types.IdentityTypeAnonymous, Tags: tags("team", "it", "cost", "1"),
		}))(t)
		plugin := s.plugin(t, *app.ApplicationId, "tagged-too")
		for _, arn := range []string{*app.ApplicationArn, *plugin.PluginArn} {
			must(s.TagResource(t.Context(), &qbusiness.TagResourceInput{ResourceARN: &arn, Tags: tags("cost", "2", "née", "Ø /=+-@")}))(t)
			want := map[string]string{"cost": "2", "née": "Ø /=+-@"}
			if arn == *app.ApplicationArn {
				want["team"] = "it"
			}
			s.tagged(t, arn, want)
			for range 2 { // untagging is idempotent
				must(s.UntagResource(t.Context(), &qbusiness.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"cost", "never-there"}}))(t)
			}
			delete(want, "cost")
			s.tagged(t, arn, want)
		}
	})
}

func TestTagRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("tagged"), IdentityType: types.IdentityTypeAnonymous}))(t)
		_, err := s.TagResource(t.Context(), &qbusiness.TagResourceInput{ResourceARN: app.ApplicationArn, Tags: tags("AWS:mine", "x")})
		refusedMember(t, err, "tags[0].key")

		var many []types.Tag
		for i := range 51 {
			many = append(many, tags(fmt.Sprintf("key-%d", i), "x")...)
		}
		_, err = s.TagResource(t.Context(), &qbusiness.TagResourceInput{ResourceARN: app.ApplicationArn, Tags: many})
		refusedMember(t, err, "tags")
		s.tagged(t, *app.ApplicationArn, map[string]string{})

		for _, arn := range []string{
			"arn:aws:qbusiness:us-east-1:999999999999:application/" + *app.ApplicationId,
			"arn:aws:qbusiness:us-east-1:" + (*app.ApplicationArn)[len("arn:aws:qbusiness:us-east-1:"):][:12] + ":application/0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90",
		} {
			_, err = s.ListTagsForResource(t.Context(), &qbusiness.ListTagsForResourceInput{ResourceARN: &arn})
			if e := fails[*types.ResourceNotFoundException](t, err); *e.ResourceType == "" || *e.ResourceId == "" {
				t.Errorf("not found: type %q, id %q", *e.ResourceType, *e.ResourceId)
			}
		}
	})
}

func tags(pairs ...string) []types.Tag {
	var out []types.Tag
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return out
}

func (s *site) tagged(t *testing.T, arn string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, tag := range must(s.ListTagsForResource(t.Context(), &qbusiness.ListTagsForResourceInput{ResourceARN: &arn}))(t).Tags {
		got[*tag.Key] = *tag.Value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags of %s (-want +got):\n%s", arn, diff)
	}
}
