package parleytest_test

import (
	"context"
	"fmt"
	"log"

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
