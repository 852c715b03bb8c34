package experience

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// TestLife is a web experience from its making to its end.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, began := r.app(t, api.IdentityTypeAwsIAMIDC), r.clock.Now()
		made := must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{
			ApplicationID: app, Title: new("Ask"), Subtitle: new("us"), WelcomeMessage: new("Hello"), RoleARN: new(role),
			Origins: []string{"https://intranet.example.com:8443"}, Tags: []api.Tag{{Key: "team", Value: "web"}}, ClientToken: new("once"),
			BrowserExtensionConfiguration: &api.BrowserExtensionConfiguration{EnabledBrowserExtensions: []api.BrowserExtension{"CHROME"}},
			CustomizationConfiguration:    &api.CustomizationConfiguration{LogoURL: new("https://cdn.example.com/logo.svg")},
		})
		arn := "arn:aws:qbusiness:us-east-1:" + account + ":application/" + app + "/web-experience/" + id(1)
		if *made.WebExperienceID != id(1) || *made.WebExperienceARN != arn {
			t.Fatalf("made %s %s", *made.WebExperienceID, *made.WebExperienceARN)
		}
		want := &api.GetWebExperienceOutput{
			ApplicationID: &app, WebExperienceID: new(id(1)), WebExperienceARN: &arn, DefaultEndpoint: new(public + "/web/" + id(1) + "/"),
			Status: new(api.WebExperienceStatusActive), CreatedAt: &began, UpdatedAt: &began,
			Title: new("Ask"), Subtitle: new("us"), WelcomeMessage: new("Hello"), RoleARN: new(role),
			SamplePromptsControlMode: new(api.WebExperienceSamplePromptsControlModeEnabled), Origins: []string{"https://intranet.example.com:8443"},
			BrowserExtensionConfiguration: &api.BrowserExtensionConfiguration{EnabledBrowserExtensions: []api.BrowserExtension{"CHROME"}},
			CustomizationConfiguration:    &api.CustomizationConfiguration{LogoURL: new("https://cdn.example.com/logo.svg")},
		}
		if diff := cmp.Diff(want, r.get(t, app, id(1))); diff != "" {
			t.Errorf("GetWebExperience (-want +got):\n%s", diff)
		}
		tags := must(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn}).Tags
		if diff := cmp.Diff([]api.Tag{{Key: "team", Value: "web"}}, tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}

		r.clock.Advance(time.Minute)
		must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: id(1), Title: new(""), Origins: []string{}})
		want.Title, want.Origins, want.UpdatedAt = new(""), []string{}, new(began.Add(time.Minute))
		if diff := cmp.Diff(want, r.get(t, app, id(1))); diff != "" {
			t.Errorf("after UpdateWebExperience (-want +got):\n%s", diff)
		}

		must(t, r, api.DeleteWebExperience, &api.DeleteWebExperienceInput{ApplicationID: app, WebExperienceID: id(1)})
		_, err := call(t, r, api.GetWebExperience, &api.GetWebExperienceInput{ApplicationID: app, WebExperienceID: id(1)})
		optest.Refused(t, err, absent("web-experience", id(1)))
		_, err = call(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		optest.Refused(t, err, absent("web-experience", arn))
	})
}

// TestStatusBeforeSignIn: what each identity type needs before people can sign in.
func TestStatusBeforeSignIn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for kind, without := range map[api.IdentityType]api.WebExperienceStatus{
			api.IdentityTypeAnonymous:        api.WebExperienceStatusActive,
			api.IdentityTypeAwsIAMIDC:        api.WebExperienceStatusPendingAuthConfig,
			api.IdentityTypeAwsQuicksightIDP: api.WebExperienceStatusPendingAuthConfig,
			api.IdentityTypeAwsIAMIDPSAML:    api.WebExperienceStatusPendingAuthConfig,
			api.IdentityTypeAwsIAMIDPOIDC:    api.WebExperienceStatusPendingAuthConfig,
		} {
			app := r.app(t, kind)
			made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app}).WebExperienceID
			if got := *r.get(t, app, made).Status; got != without {
				t.Errorf("%s without a role: %s, want %s", kind, got, without)
			}
			must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, RoleARN: new(role)})
			want := api.WebExperienceStatusActive
			if kind == api.IdentityTypeAwsIAMIDPSAML || kind == api.IdentityTypeAwsIAMIDPOIDC {
				want = api.WebExperienceStatusPendingAuthConfig // the provider is still missing
			}
			if got := *r.get(t, app, made).Status; got != want {
				t.Errorf("%s with a role: %s, want %s", kind, got, want)
			}
			if kind == api.IdentityTypeAwsIAMIDPSAML {
				must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, IdentityProviderConfiguration: samlAt("https://idp.example.com/sso")})
				if got := *r.get(t, app, made).Status; got != api.WebExperienceStatusActive {
					t.Errorf("with SAML: %s", got)
				}
			}
		}
	})
}

// TestRefused goes through what the model lets through and the rules do not.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		open, federated := r.app(t, api.IdentityTypeAnonymous), r.app(t, api.IdentityTypeAwsIAMIDPSAML)
		for name, tt := range map[string]struct {
			in     api.CreateWebExperienceInput
			fields []string
			words  string
		}{
			"origin without a host": {api.CreateWebExperienceInput{Origins: []string{"https://..."}}, []string{"origins[0]"}, "is not an origin such as https://"},
			"origin without a port": {api.CreateWebExperienceInput{Origins: []string{"https://a.example", "https://a.example:70000"}}, []string{"origins[1]"}, "between 1 and 65535"},
			"origin twice":          {api.CreateWebExperienceInput{Origins: []string{"https://a.example", "https://a.example"}}, []string{"origins[1]"}, "is given before"},
			"logo without a host":   {api.CreateWebExperienceInput{CustomizationConfiguration: &api.CustomizationConfiguration{LogoURL: new("https:///logo.png"), FontURL: new("")}}, []string{"customizationConfiguration.logoUrl"}, "a URL that a browser can fetch"},
			"style sheet of %":      {api.CreateWebExperienceInput{CustomizationConfiguration: &api.CustomizationConfiguration{CustomCSSURL: new("https://a%zz.example/a.css")}}, []string{"customizationConfiguration.customCSSUrl"}, ""},
			"extension twice":       {api.CreateWebExperienceInput{BrowserExtensionConfiguration: &api.BrowserExtensionConfiguration{EnabledBrowserExtensions: []api.BrowserExtension{"CHROME", "CHROME"}}}, []string{"browserExtensionConfiguration.enabledBrowserExtensions[1]"}, "CHROME is given before"},
			"SAML for nobody":       {api.CreateWebExperienceInput{IdentityProviderConfiguration: samlAt("https://idp.example.com")}, []string{"identityProviderConfiguration.samlConfiguration"}, "AWS_IAM_IDP_SAML; this one's is ANONYMOUS"},
			"OIDC for SAML":         {api.CreateWebExperienceInput{ApplicationID: federated, IdentityProviderConfiguration: oidc("arn:aws:secretsmanager:us-east-1:" + account + ":secret:a-AbCdEf")}, []string{"identityProviderConfiguration.openIDConnectConfiguration"}, "AWS_IAM_IDP_OIDC; this one's is AWS_IAM_IDP_SAML"},
			"SAML with a password":  {api.CreateWebExperienceInput{ApplicationID: federated, IdentityProviderConfiguration: samlAt("https://me:secret@idp.example.com")}, []string{"identityProviderConfiguration.samlConfiguration.authenticationUrl"}, "without a user"},
			"tag twice":             {api.CreateWebExperienceInput{Tags: []api.Tag{{Key: "a"}, {Key: "a"}}}, []string{"tags[1].key"}, "is given before"},
			"everything at once": {api.CreateWebExperienceInput{Origins: []string{"https://..."}, Tags: []api.Tag{{Key: "aws:a"}}, IdentityProviderConfiguration: samlAt("https://idp.example.com")},
				[]string{"origins[0]", "identityProviderConfiguration.samlConfiguration", "tags[0].key"}, ""},
			"role of another account": {api.CreateWebExperienceInput{RoleARN: new("arn:aws:iam::444455556666:role/page")}, []string{"roleArn"}, "not of the application's account"},
		} {
			t.Run(name, func(t *testing.T) {
				if tt.in.ApplicationID == "" {
					tt.in.ApplicationID = open
				}
				_, err := call(t, r, api.CreateWebExperience, &tt.in)
				if text := optest.Refused(t, err, optest.Invalid(tt.fields...)); !strings.Contains(text, tt.words) {
					t.Errorf("%s\ndoes not say %s", text, tt.words)
				}
			})
		}
		if n := len(must(t, r, api.ListWebExperiences, &api.ListWebExperiencesInput{ApplicationID: open}).WebExperiences); n != 0 {
			t.Errorf("%d experiences are there", n)
		}
	})
}

func TestAbsent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAnonymous)
		const none = "a0000000-0000-4000-8000-999999999999"
		for name, ask := range map[string]func(app string) error{
			"Get": func(app string) error {
				_, err := call(t, r, api.GetWebExperience, &api.GetWebExperienceInput{ApplicationID: app, WebExperienceID: id(9)})
				return err
			},
			"Update": func(app string) error {
				_, err := call(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: id(9)})
				return err
			},
			"Delete": func(app string) error {
				_, err := call(t, r, api.DeleteWebExperience, &api.DeleteWebExperienceInput{ApplicationID: app, WebExperienceID: id(9)})
				return err
			},
			"CreateAnonymousURL": func(app string) error {
				_, err := call(t, r, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: id(9)})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				optest.Refused(t, ask(app), absent("web-experience", id(9)))
				optest.Refused(t, ask(none), absent("application", none))
			})
		}
		_, err := call(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: none})
		optest.Refused(t, err, absent("application", none))
		_, err = call(t, r, api.ListWebExperiences, &api.ListWebExperiencesInput{ApplicationID: none})
		optest.Refused(t, err, absent("application", none))
	})
}

// TestList pages through experiences, the newest first.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAnonymous)
		for range 3 {
			must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app})
			r.clock.Advance(time.Second)
		}
		var got []string
		in := &api.ListWebExperiencesInput{ApplicationID: app, MaxResults: new(int32(2))}
		for pages := 1; ; pages++ {
			out := must(t, r, api.ListWebExperiences, in)
			for _, e := range out.WebExperiences {
				got = append(got, *e.WebExperienceID)
				if *e.Status != api.WebExperienceStatusActive || *e.DefaultEndpoint != public+"/web/"+*e.WebExperienceID+"/" {
					t.Errorf("%s at %s", *e.Status, *e.DefaultEndpoint)
				}
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				if pages != 2 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if diff := cmp.Diff([]string{id(3), id(2), id(1)}, got); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
	})
}

// TestToken: the same request is answered the same, another is a conflict.
func TestToken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAnonymous)
		in := &api.CreateWebExperienceInput{ApplicationID: app, ClientToken: new("once")}
		first, again := must(t, r, api.CreateWebExperience, in), must(t, r, api.CreateWebExperience, in)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("again (-want +got):\n%s", diff)
		}
		in.Title = new("another")
		_, err := call(t, r, api.CreateWebExperience, in)
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "clientToken", ResourceID: "once"})
	})
}

func TestQuota(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Quotas.Experiences = 2
		app := r.app(t, api.IdentityTypeAnonymous)
		for range 2 {
			must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app})
		}
		_, err := call(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app})
		optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "web-experience", ResourceID: app})
	})
}

// TestApplicationGoes: its experiences and used passes go with it, whatever their
// number, and nothing is made below it meanwhile.
func TestApplicationGoes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		for range 3 {
			if _, err := r.Enter(t.Context(), made, r.pass(t, app, made)); err != nil {
				t.Fatal(err)
			}
		}
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: app})
		conflict := fault.Error{Code: fault.Conflict, ResourceType: "application", ResourceID: app}
		_, err := call(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app})
		optest.Refused(t, err, conflict)
		_, err = call(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made})
		optest.Refused(t, err, conflict)
		_, err = call(t, r, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: made})
		optest.Refused(t, err, optest.Invalid("applicationId"))
		_, err = r.Show(t.Context(), made, "")
		optest.Refused(t, err, absent("web-experience", made))
		r.work(t)
		if n := r.rows(t); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// TestBase: without a public URL the address is where the request came.
func TestBase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.PublicURL = ""
		app, made := r.open(t)
		want := fmt.Sprintf("http://127.0.0.1:8080/web/%s/", made)
		if got := *r.get(t, app, made).DefaultEndpoint; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		c := us()
		c.Origin.Secure = true
		out := optest.Must(t, r.Registry, c, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: made})
		if got := *out.AnonymousURL; !strings.HasPrefix(got, strings.Replace(want, "http:", "https:", 1)+"?pass=") {
			t.Errorf("%s", got)
		}
	})
}
