package principal

import (
	"testing"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// Documents that tests write.
const (
	readTopics  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sns:Get*","Resource":"*"}}`
	writeTopics = `{"Version":"2012-10-17","Statement":{"Sid":"Write","Effect":"Allow","Action":"sns:Publish","Resource":"*"}}`
	trustRoot   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}`
	ownPrefix   = "arn:aws:iam::111122223333:policy"
)

// world is a service with its operations, called through the pipeline.
type world struct {
	*Service
	calls *op.Registry
	clock *storetest.Clock
	root  op.Caller
}

// worlds runs a test on every engine.
func worlds(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(db, clock)) }, storetest.WithClock(clock.Now))
}

func newWorld(db *store.DB, clock *storetest.Clock) *world {
	w := &world{Service: service(db, seal.Random()), clock: clock, root: optest.Root(us), calls: &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}}}
	w.Now = clock.Now
	w.Mount(w.calls)
	return w
}

// oneWorld is a world for a test that need not run on every engine.
func oneWorld(t *testing.T) *world {
	t.Helper()
	clock := storetest.NewClock()
	return newWorld(storetest.New(t, storetest.WithClock(clock.Now)), clock)
}

// must calls an operation as the root; it has to succeed.
func must[In, Out any](t *testing.T, w *world, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, w.calls, w.root, o, in)
}

// refused calls an operation as the root; it has to be refused in these words.
func refused[In, Out any](t *testing.T, w *world, o *smithy.Operation[In, Out], in *In, code fault.Code, message string) {
	t.Helper()
	refusedFor(t, w, w.root, o, in, code, message)
}

func refusedFor[In, Out any](t *testing.T, w *world, c op.Caller, o *smithy.Operation[In, Out], in *In, code fault.Code, message string) {
	t.Helper()
	_, err := optest.Call(t, w.calls, c, o, in)
	if f := fault.As(err); f == nil || f.Code != code || f.Message != message {
		t.Errorf("%s\ngot  %v\nwant %s: %s", o.Name, err, code, message)
	}
}

// user makes a user with a key, and returns the caller that the key stands for.
func (w *world) user(t *testing.T, name string) op.Caller {
	t.Helper()
	must(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: name})
	k := must(t, w, iam.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: &name}).AccessKey
	c, secret, found, err := w.Find(t.Context(), k.AccessKeyID)
	if err != nil || !found || secret != k.SecretAccessKey {
		t.Fatalf("the key of %s: found %t, %v", name, found, err)
	}
	c.Region = "us-east-1"
	return c
}

// role makes a role.
func (w *world) role(t *testing.T, name string) iam.Role {
	t.Helper()
	return must(t, w, iam.CreateRole, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trustRoot}).Role
}

// policy makes a managed policy, and returns its ARN.
func (w *world) policy(t *testing.T, name, document string) string {
	t.Helper()
	return *must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: name, PolicyDocument: document}).Policy.ARN
}

// rootWithKey is the root as it signs.
func (w *world) rootWithKey() op.Caller {
	c := w.root
	c.AccessKeyID = "AKIAROOT"
	return c
}
