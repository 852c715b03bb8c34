package datasource

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const absent = "f9000000-0000-4000-8000-00000000000f"

func TestADataSourceIsShownAsItWasMade(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.input(bucketConfig)
		in.Description, in.SyncSchedule, in.RoleARN = new("of books"), new("cron(0 18 ? * MON-FRI *)"), new(role)
		in.VPCConfiguration = &api.DataSourceVPCConfiguration{SubnetIDs: []string{"subnet-1"}, SecurityGroupIDs: []string{"sg-1"}}
		in.MediaExtractionConfiguration = &api.MediaExtractionConfiguration{
			ImageExtractionConfiguration: &api.ImageExtractionConfiguration{ImageExtractionStatus: api.ImageExtractionStatusEnabled},
		}
		in.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{
			InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{{
				Target: &api.DocumentAttributeTarget{Key: "_category", Value: &api.DocumentAttributeValue{StringValue: new("fiction")}},
			}},
		}
		in.Tags = []api.Tag{{Key: "room", Value: "3"}}
		made := optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in)
		arn := fmt.Sprintf("arn:aws:qbusiness:us-east-1:111122223333:application/%s/index/%s/data-source/%s", b.app, b.idx, *made.DataSourceID)
		want := &api.GetDataSourceOutput{
			ApplicationID: &b.app, IndexID: &b.idx, DataSourceID: made.DataSourceID, DataSourceARN: &arn,
			DisplayName: new("shelf"), Type: new("S3"), Configuration: json.RawMessage(bucketConfig), VPCConfiguration: in.VPCConfiguration,
			CreatedAt: new(b.clock.Now()), UpdatedAt: new(b.clock.Now()), Description: in.Description, Status: new(api.DataSourceStatusActive),
			SyncSchedule: in.SyncSchedule, RoleARN: in.RoleARN,
			DocumentEnrichmentConfiguration: in.DocumentEnrichmentConfiguration, MediaExtractionConfiguration: in.MediaExtractionConfiguration,
		}
		if diff := cmp.Diff(want, b.get(t, *made.DataSourceID)); diff != "" {
			t.Errorf("GetDataSource (-want +got):\n%s", diff)
		}
		if *made.DataSourceARN != arn {
			t.Errorf("the ARN is %s, want %s", *made.DataSourceARN, arn)
		}
		tags := optest.Must(t, b.Registry, b.caller, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		if diff := cmp.Diff(in.Tags, tags.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	const kinds = "CUSTOM, MEMORY, S3"
	for name, tt := range map[string]struct {
		change func(in *api.CreateDataSourceInput)
		field  string
		says   string
	}{
		"no object":         {func(in *api.CreateDataSourceInput) { in.Configuration = []byte(`"S3"`) }, "configuration", `configuration: has to be a JSON object, such as {"type": "CUSTOM", "version": "1.0.0"}`},
		"no type":           {func(in *api.CreateDataSourceInput) { in.Configuration = []byte(`{}`) }, "configuration.type", "configuration.type: is missing; the types there are: " + kinds},
		"another type":      {func(in *api.CreateDataSourceInput) { in.Configuration = []byte(`{"type":"SHAREPOINT"}`) }, "configuration.type", "configuration.type: is not one of the types there are: " + kinds + "; documents of another system can be put into a data source of type CUSTOM"},
		"a type in figures": {func(in *api.CreateDataSourceInput) { in.Configuration = []byte(`{"type":7}`) }, "configuration.type", "configuration.type: has to be text; here is a JSON number"},
		"no bucket": {func(in *api.CreateDataSourceInput) { in.Configuration, in.RoleARN = []byte(`{"type":"S3"}`), new(role) },
			"configuration.connectionConfiguration.repositoryEndpointMetadata.BucketName", "configuration.connectionConfiguration.repositoryEndpointMetadata.BucketName: is missing"},
		"no role":         {func(in *api.CreateDataSourceInput) { in.Configuration = []byte(bucketConfig) }, "roleArn", "roleArn: is missing: a data source of type S3 is read as a role that you hand over"},
		"CUSTOM schedule": {func(in *api.CreateDataSourceInput) { in.SyncSchedule = new("cron(0 18 ? * MON-FRI *)") }, "syncSchedule", "syncSchedule: cannot be given for a data source of type CUSTOM: nothing is crawled; whoever puts its documents starts its sync jobs"},
		"a bad schedule": {func(in *api.CreateDataSourceInput) {
			in.Configuration, in.SyncSchedule = []byte(memoryConfig), new("cron(0 25 ? * MON-FRI *)")
		}, "syncSchedule", `syncSchedule: hours: "25" is not a number from 0 to 23`},
		"a rule": {func(in *api.CreateDataSourceInput) {
			in.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{{
				Target: &api.DocumentAttributeTarget{Key: "shelf", Value: &api.DocumentAttributeValue{StringValue: new("A")}},
			}}}
		}, "documentEnrichmentConfiguration.inlineConfigurations[0].target.key",
			"documentEnrichmentConfiguration.inlineConfigurations[0].target.key: is shelf, which the index does not have: add it with UpdateIndex first"},
		"a tag": {func(in *api.CreateDataSourceInput) { in.Tags = []api.Tag{{Key: "aws:x", Value: ""}} }, "tags[0].key", "tags[0].key: keys that begin with aws: are reserved; choose another prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newScratch(t)
			in := b.input(customConfig)
			tt.change(in)
			_, err := optest.Call(t, b.Registry, b.caller, api.CreateDataSource, in)
			if said := optest.Refused(t, err, optest.Invalid(tt.field)); said != tt.says {
				t.Errorf("got  %s\nwant %s", said, tt.says)
			}
		})
	}
}

// TestTheRoleIsAsked when the source is made, and when its configuration asks for
// more.
func TestTheRoleIsAsked(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.sources.Roles.TrustUnknown = false
		in := b.input(bucketConfig)
		in.RoleARN = new(role)
		refused := func(err error, want string) {
			t.Helper()
			if said := optest.Refused(t, err, optest.Invalid("roleArn")); !strings.Contains(said, want) {
				t.Errorf("%s\ndoes not say %q", said, want)
			}
		}
		create := func() (*api.CreateDataSourceOutput, error) {
			return optest.Call(t, b.Registry, b.caller, api.CreateDataSource, in)
		}
		_, err := create()
		refused(err, "there is no role "+role)

		people := b.sources.Roles.Principals
		const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}`
		if _, err := people.CreateRole(t.Context(), b.caller, &iam.CreateRoleInput{RoleName: "reader", AssumeRolePolicyDocument: trust}); err != nil {
			t.Fatal(err)
		}
		_, err = create()
		refused(err, "is not allowed to do s3:ListBucket on arn:aws:s3:::books")

		const reads = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::books","arn:aws:s3:::books/*"]}}`
		if _, err := people.PutRolePolicy(t.Context(), b.caller, &iam.PutRolePolicyInput{RoleName: "reader", PolicyName: "reads", PolicyDocument: reads}); err != nil {
			t.Fatal(err)
		}
		made, err := create()
		if err != nil {
			t.Fatal(err)
		}
		_, err = optest.Call(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{
			ApplicationID: b.app, IndexID: b.idx, DataSourceID: *made.DataSourceID,
			Configuration: []byte(strings.Replace(bucketConfig, "books", "other-books", 1)),
		})
		refused(err, "is not allowed to do s3:ListBucket on arn:aws:s3:::other-books")
	})
}

func TestWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, customConfig)
		for _, missing := range []struct {
			app, idx, id string
			want         fault.Error
		}{
			{absent, b.idx, id, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: absent}},
			{b.app, absent, id, fault.Error{Code: fault.ResourceNotFound, ResourceType: "index", ResourceID: absent}},
			{b.app, b.idx, absent, fault.Error{Code: fault.ResourceNotFound, ResourceType: typeName, ResourceID: absent}},
		} {
			for name, call := range map[string]func() error{
				"GetDataSource": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.GetDataSource, &api.GetDataSourceInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
				"UpdateDataSource": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
				"DeleteDataSource": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
				"StartDataSourceSyncJob": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.StartDataSourceSyncJob, &api.StartDataSourceSyncJobInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
				"StopDataSourceSyncJob": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.StopDataSourceSyncJob, &api.StopDataSourceSyncJobInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
				"ListDataSourceSyncJobs": func() error {
					_, err := optest.Call(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, &api.ListDataSourceSyncJobsInput{ApplicationID: missing.app, IndexID: missing.idx, DataSourceID: missing.id})
					return err
				},
			} {
				t.Run(name, func(t *testing.T) { optest.Refused(t, call(), missing.want) })
			}
		}
		_, err := optest.Call(t, b.Registry, optest.Root("999988887777"), api.GetDataSource, &api.GetDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: b.app})
	})
}

func TestAnApplicationHasAtMostSoManyDataSources(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.sources.Quotas.DataSources = 2
		b.create(t, customConfig)
		b.create(t, customConfig)
		in := b.input(customConfig)
		in.IndexID = b.newIndex(t, b.app, "maps") // the quota is the application's
		_, err := optest.Call(t, b.Registry, b.caller, api.CreateDataSource, in)
		said := optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: typeName, ResourceID: b.app})
		if want := "The application " + b.app + " has 2 data sources, the most it may have. Delete one first."; said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
	})
	if n := (Quotas{}).dataSources(); n != 50 {
		t.Errorf("the default is %d", n)
	}
}

func TestATokenMakesOneDataSource(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.input(customConfig)
		in.ClientToken = new("once")
		first := optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in)
		again := optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the second answer (-first +second):\n%s", diff)
		}
	})
}

func TestUpdateChangesWhatItNames(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.input(memoryConfig)
		in.Description = new("before")
		made := optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in)
		want := b.get(t, *made.DataSourceID)
		b.clock.Advance(time.Hour)
		change := &api.UpdateDataSourceInput{
			ApplicationID: b.app, IndexID: b.idx, DataSourceID: *made.DataSourceID,
			DisplayName: new("rack"), SyncSchedule: new("rate(1 hour)"), Configuration: []byte(`{"type":"MEMORY","syncMode":"FORCED_FULL_CRAWL"}`),
		}
		optest.Must(t, b.Registry, b.caller, api.UpdateDataSource, change)
		want.DisplayName, want.SyncSchedule, want.Configuration, want.UpdatedAt = change.DisplayName, change.SyncSchedule, change.Configuration, new(b.clock.Now())
		if diff := cmp.Diff(want, b.get(t, *made.DataSourceID)); diff != "" {
			t.Errorf("after the update (-want +got):\n%s", diff)
		}
	})
}

func TestUpdateRefuses(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, memoryConfig)
		for _, tt := range []struct {
			config, field, says string
		}{
			{customConfig, "configuration.type", "configuration.type: is MEMORY and cannot become CUSTOM; make another data source"},
			{`{"type":"MEMORY","syncMode":"SOMETIMES"}`, "configuration.syncMode", `configuration.syncMode: "SOMETIMES" is none of FULL_CRAWL, FORCED_FULL_CRAWL and CHANGE_LOG`},
			{`{"type":"MEMORY","additionalProperties":{"isCrawlAcl":false}}`, "configuration.additionalProperties.isCrawlAcl",
				"configuration.additionalProperties.isCrawlAcl: cannot be turned off once it is on: everyone would see what is for a few; make another data source without it"},
		} {
			_, err := optest.Call(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{
				ApplicationID: b.app, IndexID: b.idx, DataSourceID: id, Configuration: []byte(tt.config),
			})
			if said := optest.Refused(t, err, optest.Invalid(tt.field)); said != tt.says {
				t.Errorf("got  %s\nwant %s", said, tt.says)
			}
		}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		_, err := optest.Call(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
		_, err = b.start(t, id)
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
	})
}

// TestListsGoPageByPage: the newest first, ten by default.
func TestListsGoPageByPage(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var want []string
		for range 12 {
			want = append([]string{b.create(t, customConfig)}, want...)
			b.clock.Advance(time.Second)
		}
		list := func(c op.Caller, size *int32, token *string) (*api.ListDataSourcesOutput, error) {
			return optest.Call(t, b.Registry, c, api.ListDataSources, &api.ListDataSourcesInput{ApplicationID: b.app, IndexID: b.idx, MaxResults: size, NextToken: token})
		}
		for _, size := range []*int32{nil, new(int32(5)), new(int32(1))} {
			var got []string
			var token *string
			for first := true; first || token != nil; first = false {
				out, err := list(b.caller, size, token)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range out.DataSources {
					got = append(got, *d.DataSourceID)
				}
				token = out.NextToken
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("all pages (-want +got):\n%s", diff)
			}
		}
		out, err := list(b.caller, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.DataSources) != 10 || *out.DataSources[0].Type != custom || *out.DataSources[0].Status != api.DataSourceStatusActive {
			t.Errorf("a page of %d, first %+v", len(out.DataSources), out.DataSources[0])
		}
		_, err = list(b.caller, nil, new("x"))
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}
