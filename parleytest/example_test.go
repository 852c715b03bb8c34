package parleytest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/parleytest"
)

// In a test, parleytest.Start(t) does the same and closes the server itself.
func Example() {
	srv, err := parleytest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	ctx := context.Background()
	client := qbusiness.NewFromConfig(srv.Config())
	created, err := client.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName:  aws.String("helpdesk"),
		IdentityType: types.IdentityTypeAnonymous,
	})
	if err != nil {
		log.Fatal(err)
	}
	got, err := client.GetApplication(ctx, &qbusiness.GetApplicationInput{ApplicationId: created.ApplicationId})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*got.DisplayName, got.Status)
	// Output: helpdesk ACTIVE
}

// ExampleWithOutbound asks a plugin whose API is the test's own.
func ExampleWithOutbound() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `[{"id": 7, "subject": "Coffee machine leaks"}]`)
	}))
	defer api.Close()
	document := `{"openapi": "3.0.3", "info": {"title": "Tickets", "version": "1"}, "servers": [{"url": "` + api.URL + `"}],
		"paths": {"/tickets": {"get": {"operationId": "listTickets", "summary": "List tickets", "description": "List the open tickets",
			"responses": {"200": {"description": "The tickets", "content": {"application/json": {"schema": {"type": "array", "items": {
				"type": "object", "properties": {"id": {"type": "integer"}, "subject": {"type": "string"}}}}}}}}}}}}`

	srv, err := parleytest.New(parleytest.WithOutbound(api.URL))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	ctx := context.Background()
	client := qbusiness.NewFromConfig(srv.Config())
	app, err := client.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("helpdesk"), IdentityType: types.IdentityTypeAwsIamIdpOidc, ClientIdsForOIDC: []string{"helpdesk"},
		IamIdentityProviderArn: aws.String("arn:aws:iam::000000000000:oidc-provider/login.example.com"), // plugins act for people
	})
	if err != nil {
		log.Fatal(err)
	}
	plugin, err := client.CreatePlugin(ctx, &qbusiness.CreatePluginInput{
		ApplicationId: app.ApplicationId, DisplayName: aws.String("tickets"), Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{},
		CustomPluginConfiguration: &types.CustomPluginConfiguration{
			Description: aws.String("Tickets"), ApiSchemaType: types.APISchemaTypeOpenApiV3,
			ApiSchema: &types.APISchemaMemberPayload{Value: document},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	out, err := client.ChatSync(ctx, &qbusiness.ChatSyncInput{
		ApplicationId: app.ApplicationId, ChatMode: types.ChatModePluginMode,
		ChatModeConfiguration: &types.ChatModeConfigurationMemberPluginConfiguration{
			Value: types.PluginConfiguration{PluginId: plugin.PluginId},
		},
		UserMessage: aws.String("Which tickets are open?"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.SystemMessage)
	// Output:
	// | id | subject |
	// | --- | --- |
	// | 7 | Coffee machine leaks |
}

// ExampleServer_AddRole is another company's software, before and after a customer
// grants it an action on an application.
func ExampleServer_AddRole() {
	srv, err := parleytest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	ctx := context.Background()
	customer := qbusiness.NewFromConfig(srv.Config())
	app, err := customer.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("helpdesk"), IdentityType: types.IdentityTypeAnonymous,
	})
	if err != nil {
		log.Fatal(err)
	}
	id, secret, err := srv.AddRole(ctx, "210987654321", "partner", nil)
	if err != nil {
		log.Fatal(err)
	}
	partner := qbusiness.NewFromConfig(srv.ConfigFor(id, secret))

	in := &qbusiness.GetApplicationInput{ApplicationId: app.ApplicationId}
	_, err = partner.GetApplication(ctx, in)
	var denied *types.AccessDeniedException
	fmt.Println("denied:", errors.As(err, &denied))

	_, err = customer.AssociatePermission(ctx, &qbusiness.AssociatePermissionInput{
		ApplicationId: app.ApplicationId, StatementId: aws.String("partner"),
		Actions: []string{"qbusiness:GetApplication"}, Principal: aws.String("arn:aws:iam::210987654321:role/partner"),
	})
	if err != nil {
		log.Fatal(err)
	}
	got, err := partner.GetApplication(ctx, in)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("granted:", *got.DisplayName)
	// Output:
	// denied: true
	// granted: helpdesk
}
